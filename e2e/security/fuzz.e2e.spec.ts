import { Agent } from 'node:http';
import { findRoute, mayCall, ROUTES, type Role, type Route } from '@rewards/contracts';
import type { Json, OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { ApiContract } from '@rewards/testing/api-contract';
import fc from 'fast-check';
import type { System } from '../testing/system';
import { answerViolations } from './testing/answer-violations';
import { exchange, type Answer, type RawRequest } from './testing/exchange';
import { malformedRequest, wellFormedRequest, type FuzzedRequest } from './testing/fuzzed-request';
import { KnownWorld, type Caller } from './testing/known-world';
import { operationsOf, resolveIn, type OpenApi, type Operation, type Resolve, type Schema } from './testing/open-api';
import { Started } from '../testing/started';
import { startSystem } from './testing/start';

/** `FUZZ_REQUESTS=20000 npx jest e2e/security/fuzz` sends more requests. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_500);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_131);
const AT_ONCE = 8;
const WELL_FORMED_WEIGHT = 3;
const MALFORMED_WEIGHT = 2;
/** Minimum share of 2xx answers. Each route must have one for every `REQUESTS_PER_SUCCESS_OF_A_ROUTE` requests of the run. */
const MIN_SUCCESS_RATE = 0.2;
const REQUESTS_PER_SUCCESS_OF_A_ROUTE = 400;
const MAX_REPORTED = 20;

const started = new Started();
let system: System;
let world: KnownWorld;
let operations: readonly Operation[];
let resolve: Resolve;
let contract: ApiContract;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

beforeAll(async () => {
  system = started.add(await startSystem());
  world = await KnownWorld.build(system);
  const document = (await (await fetch(`${system.url}/api-docs.json`)).json()) as OpenApi;
  operations = operationsOf(document);
  resolve = resolveIn(document);
  contract = new ApiContract(document as unknown as OpenApiDocument);
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await started.stop();
});

/** Encodes text for a URL. The buffer replaces lone surrogates, which cannot be encoded. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

const rawRequestOf = (operation: Operation, request: FuzzedRequest): RawRequest => {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(request.parameters[name] ?? ''));
  const query = request.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  const authorization = world.authorizationOf(request.caller, request.which);
  const body = request.body === undefined || typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  return {
    method: operation.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: {
      ...request.headers,
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    },
    body,
  };
};

const ROLES_OF: Readonly<Record<Caller, readonly Role[]>> = {
  nobody: [],
  stranger: [],
  player: ['USER'],
  operator: ['OPERATOR'],
  auditor: ['AUDITOR'],
  admin: ['ADMIN'],
};

const routeOf = (operation: Operation): Route => {
  const route = ROUTES.find(({ method, path }) => method === operation.method && path === operation.path);
  if (!route) throw new Error(`The route table does not list ${operation.name}`);
  return route;
};

const NORMALISED_FIELDS: ReadonlySet<string> = new Set(['email', 'name', 'rewardName']);

/** Normalises a value as the services do: names and e-mail addresses are normalised to NFC and trimmed. */
const normalised = (value: unknown, field = ''): unknown => {
  if (typeof value === 'string') return NORMALISED_FIELDS.has(field) ? value.normalize('NFC').trim() : value;
  if (Array.isArray(value)) return value.map((item) => normalised(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalised(item, name)]));
};

const bodyViolations = ({ body: schema }: Operation, { body }: RawRequest): string[] => {
  if (!schema || body === undefined || body.trim() === '') return [];
  try {
    return [...contract.schemaViolations(schema as Json, normalised(JSON.parse(body.replace(/^\ufeff/, ''))), 'body')];
  } catch {
    return ['body is not JSON'];
  }
};

const queryViolations = ({ parameters }: Operation, query: FuzzedRequest['query']): string[] =>
  query.flatMap(([name, text], index) => {
    const declared = parameters.find((parameter) => parameter.in === 'query' && parameter.name === name);
    if (!declared) return [`query: ${name} is not documented`];
    if (query.findIndex(([other]) => other === name) !== index) return [`query: ${name} is repeated`];
    const { type } = resolve<Schema>(declared.schema);
    const value = type === 'integer' && /^\d+$/.test(text) ? Number(text) : normalised(text, name);
    return contract.schemaViolations(declared.schema as Json, value, `query: ${name}`);
  });

/** Returns the violations of the contract by the outcome of a request. */
const violationsOf = (operation: Operation, request: FuzzedRequest, sent: RawRequest, answer: Answer): string[] => {
  const { access } = routeOf(operation);
  const isAllowed = mayCall(access, ROLES_OF[request.caller]);
  const isSuccess = answer.status < 300;
  return [
    ...answerViolations(operation, answer, contract),
    ...(isSuccess && !isAllowed ? [`accepted from ${request.caller}`] : []),
    ...(request.isWellFormed && [400, 401, 403, 413, 415].includes(answer.status) && !isOutdatedSecret(operation, answer)
      ? [`rejected although well-formed: ${(JSON.parse(answer.text) as { detail: string }).detail}`]
      : []),
    ...(isSuccess
      ? [...bodyViolations(operation, sent), ...queryViolations(operation, request.query)].map(
          (violation) => `accepted although ${violation}`,
        )
      : []),
  ];
};

/** Returns whether another request may have used the refresh token, ended its session or changed the password. */
const isOutdatedSecret = ({ path }: Operation, { status }: Answer): boolean =>
  ['/auth/refresh', '/auth/password'].includes(path) && status === 401;

interface Tally {
  sent: number;
  successes: number;
  readonly statuses: Map<number, number>;
}

it(`satisfies the contract for ${REQUESTS} requests of seed ${SEED}`, async () => {
  const tallies = new Map<string, Tally>(operations.map(({ name }) => [name, { sent: 0, successes: 0, statuses: new Map() }]));
  const findings = new Map<string, string>();
  const report = (operation: Operation, violation: string, seed: number, sent: RawRequest, answer?: Answer) => {
    const kind = `${operation.name}: ${violation}`;
    const { authorization: _secret, ...headers } = sent.headers;
    const example = { seed, ...sent, body: sent.body?.slice(0, 500), headers, answer: answer?.text.slice(0, 500) };
    if (!findings.has(kind)) findings.set(kind, JSON.stringify(example));
  };

  const fuzz = async (index: number): Promise<void> => {
    const seed = SEED + index;
    const operation = operations[index % operations.length] as Operation;
    const wellFormed = wellFormedRequest(operation, routeOf(operation).access, world, resolve);
    const arbitrary = fc.oneof(
      { weight: WELL_FORMED_WEIGHT, arbitrary: wellFormed },
      { weight: MALFORMED_WEIGHT, arbitrary: wellFormed.chain((request) => malformedRequest(operation, request)) },
    );
    const [request] = fc.sample(arbitrary, { seed, numRuns: 1 }) as [FuzzedRequest];
    const sent = rawRequestOf(operation, request);
    world.spend(operation.name, request.body, request.parameters);
    const tally = tallies.get(operation.name)!;
    tally.sent += 1;
    let answer: Answer;
    try {
      answer = await exchange(system.ports.gateway, agent, sent);
    } catch (error) {
      return report(operation, `no answer: ${String(error)}`, seed, sent);
    }
    tally.statuses.set(answer.status, (tally.statuses.get(answer.status) ?? 0) + 1);
    for (const violation of violationsOf(operation, request, sent, answer)) report(operation, violation, seed, sent, answer);
    if (answer.status >= 300) return;
    tally.successes += 1;
    const body = answer.headers['content-type']?.startsWith('application/json') ? (JSON.parse(answer.text) as object) : {};
    world.learn(operation.name, body, (answer.headers['x-position'] as string | undefined) ?? null);
  };

  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < REQUESTS) await fuzz(next++);
    }),
  );

  const rows = [...tallies].map(([name, { sent, successes, statuses }]) => {
    const byStatus = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    return `${name}: ${successes} of ${sent} 2xx (${byStatus.join(', ')})`;
  });
  if (process.env['FUZZ_REQUESTS'] !== undefined) process.stdout.write(`${rows.join('\n')}\n`);
  expect([...findings].slice(0, MAX_REPORTED).map(([kind, example]) => `${kind}\n  ${example}`)).toEqual([]);
  const successes = [...tallies.values()].reduce((sum, tally) => sum + tally.successes, 0);
  expect(successes).toBeGreaterThanOrEqual(REQUESTS * MIN_SUCCESS_RATE);
  const minSuccesses = Math.floor(REQUESTS / REQUESTS_PER_SUCCESS_OF_A_ROUTE);
  expect(rows.filter((_row, index) => [...tallies.values()][index]!.successes < minSuccesses)).toEqual([]);
}, 600_000);

it('finds a route for every operation of the document', () => {
  expect(
    operations.map(({ method, path }) => findRoute(method, path)).filter((route) => route === null || 'allow' in route),
  ).toEqual([]);
  expect(operations).toHaveLength(ROUTES.length);
});
