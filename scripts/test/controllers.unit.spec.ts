import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROUTES } from '@rewards/contracts';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../..');
const ROUTE_DECORATORS = ['Get', 'Post', 'Put', 'Patch', 'Delete', 'All'];
/** The only allowed parameters: path, query, body and the call. */
const PARAMETER_DECORATORS = ['Param', 'Query', 'Body', 'OfCall'];
const MAX_LINES = 5;

interface Handler {
  readonly name: string;
  /** Number of lines from the signature to the closing brace, without decorators. */
  readonly lines: number;
  readonly parameterDecorators: readonly string[];
}

const decoratorsOf = (node: ts.HasDecorators): string[] =>
  (ts.getDecorators(node) ?? []).map(({ expression }) =>
    ts.isCallExpression(expression) ? expression.expression.getText() : expression.getText(),
  );

const handlersIn = (path: string, text: string): Handler[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return file.statements
    .filter(ts.isClassDeclaration)
    .flatMap(({ members }) => members.filter(ts.isMethodDeclaration))
    .filter((method) => decoratorsOf(method).some((name) => ROUTE_DECORATORS.includes(name)))
    .map((method) => {
      const signature = method.modifiers?.find((modifier) => !ts.isDecorator(modifier)) ?? method.name;
      return {
        name: `${path} ${method.name.getText()}`,
        lines: lineOf(method.end) - lineOf(signature.getStart()) + 1,
        parameterDecorators: method.parameters.flatMap(decoratorsOf),
      };
    });
};

const tooLong = (handlers: readonly Handler[]) => handlers.filter(({ lines }) => lines > MAX_LINES);
const forbiddenParameters = (handlers: readonly Handler[]) =>
  handlers.flatMap(({ name, parameterDecorators }) =>
    parameterDecorators
      .filter((decorator) => !PARAMETER_DECORATORS.includes(decorator))
      .map((decorator) => `${name}: @${decorator}`),
  );

describe('the routes of all controllers', () => {
  const services = ['auth-service', 'command-service', 'projections', 'query-service'];
  const handlers = services
    .flatMap((service) =>
      readdirSync(join(ROOT, service, 'src'), { recursive: true }).map((path) => join(service, 'src', String(path))),
    )
    .filter((path) => path.endsWith('.controller.ts'))
    .flatMap((path) => handlersIn(path, readFileSync(join(ROOT, path), 'utf8')));

  it('are all checked', () => expect(handlers).toHaveLength(ROUTES.length));

  it(`have at most ${MAX_LINES} lines each`, () => expect(tooLong(handlers)).toEqual([]));

  it('have only path, query, body and the call as parameters', () => expect(forbiddenParameters(handlers)).toEqual([]));
});

describe('the check of controllers', () => {
  const handlers = handlersIn(
    'planted.controller.ts',
    [
      'class Planted {',
      "  @Get('short')",
      '  @HttpCode(200)',
      '  async short(',
      '    @OfCall() call: Call,',
      '  ) {',
      '    return call.caller;',
      '  }',
      '',
      "  @Get('long')",
      '  long(@Res() reply: Reply) {',
      '    const one = 1;',
      '    const two = 2;',
      '    const three = 3;',
      '    return reply.send(one + two + three);',
      '  }',
      '',
      '  private unrouted() {',
      '    return [',
      '      1,',
      '      2,',
      '      3,',
      '    ];',
      '  }',
      '}',
      '',
    ].join('\n'),
  );

  it('finds a route that is too long', () =>
    expect(tooLong(handlers).map(({ name }) => name)).toEqual(['planted.controller.ts long']));

  it('counts neither decorators nor other methods', () => expect(handlers.map(({ lines }) => lines)).toEqual([5, 6]));

  it('finds a forbidden parameter', () => expect(forbiddenParameters(handlers)).toEqual(['planted.controller.ts long: @Res']));
});
