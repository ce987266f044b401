import { Agent } from 'node:http';
import { findRoute, mayCall, ROUTES, type Role, type Route } from '@rewards/contracts';
import type { Json, OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { ApiContract } from '@rewards/testing/api-contract';
import fc from 'fast-check';
import type { System } from '../testing/system';
import { answerFaults } from './testing/answer-faults';
import { exchange, type Answer, type RawRequest } from './testing/exchange';
import { spoiltRequest, wellFormedRequest, type FuzzedRequest } from './testing/fuzzed-request';
import { KnownWorld, type Caller } from './testing/known-world';
import { operationsOf, resolveIn, type OpenApi, type Operation, type Resolve, type Schema } from './testing/open-api';
import { Started } from '../testing/started';
import { startSystem } from './testing/start';

/** `FUZZ_REQUESTS=20000 npx jest e2e/security/fuzz` is the long run. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_500);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_131);
const AT_ONCE = 8;
const WELL_FORMED_WEIGHT = 3;
const SPOILT_WEIGHT = 2;
/** Of all answers that are to be 2xx, and of each route one in how many requests of the run. */
const LEAST_SUCCESSES = 0.2;
const REQUESTS_PER_SUCCESS_OF_A_ROUTE = 400;
const SHOWN_FINDINGS = 20;

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

/** Half characters have no encoding. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

const written = (operation: Operation, request: FuzzedRequest): RawRequest => {
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
  if (!route) throw new Error(`${operation.name} is in no route table`);
  return route;
};

const SPELLED_FREELY: ReadonlySet<string> = new Set(['email', 'name', 'rewardName']);

/** As the services read it: white space around names and e-mails is not part of them. */
const asRead = (value: unknown, field = ''): unknown => {
  if (typeof value === 'string') return SPELLED_FREELY.has(field) ? value.normalize('NFC').trim() : value;
  if (Array.isArray(value)) return value.map((item) => asRead(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asRead(item, name)]));
};

const bodyFaults = ({ body: schema }: Operation, { body }: RawRequest): string[] => {
  if (!schema || body === undefined || body.trim() === '') return [];
  try {
    return [...contract.schemaFaults(schema as Json, asRead(JSON.parse(body.replace(/^\ufeff/, ''))), 'body')];
  } catch {
    return ['body is no JSON'];
  }
};

const queryFaults = ({ parameters }: Operation, query: FuzzedRequest['query']): string[] =>
  query.flatMap(([name, text], index) => {
    const declared = parameters.find((parameter) => parameter.in === 'query' && parameter.name === name);
    if (!declared) return [`query: ${name} is documented nowhere`];
    if (query.findIndex(([other]) => other === name) !== index) return [`query: ${name} is there twice`];
    const { type } = resolve<Schema>(declared.schema);
    const value = type === 'integer' && /^\d+$/.test(text) ? Number(text) : asRead(text, name);
    return contract.schemaFaults(declared.schema as Json, value, `query: ${name}`);
  });

/** What is wrong with the outcome of a request. */
const faultsOf = (operation: Operation, request: FuzzedRequest, sent: RawRequest, answer: Answer): string[] => {
  const { access } = routeOf(operation);
  const isAllowed = mayCall(access, ROLES_OF[request.caller]);
  const isSuccess = answer.status < 300;
  return [
    ...answerFaults(operation, answer, contract),
    ...(isSuccess && !isAllowed ? [`accepted from ${request.caller}`] : []),
    ...(request.isWellFormed && [400, 401, 403, 413, 415].includes(answer.status) && !isWrongSecret(operation, answer)
      ? [`refused although well-formed: ${(JSON.parse(answer.text) as { detail: string }).detail}`]
      : []),
    ...(isSuccess
      ? [...bodyFaults(operation, sent), ...queryFaults(operation, request.query)].map((fault) => `accepted although ${fault}`)
      : []),
  ];
};

/** Another request has used the refresh token or ended its session, or the account has another password. */
const isWrongSecret = ({ path }: Operation, { status }: Answer): boolean =>
  ['/auth/refresh', '/auth/password'].includes(path) && status === 401;

interface Tally {
  sent: number;
  successes: number;
  readonly statuses: Map<number, number>;
}

it(`holds the contract for ${REQUESTS} requests of seed ${SEED}`, async () => {
  const tallies = new Map<string, Tally>(operations.map(({ name }) => [name, { sent: 0, successes: 0, statuses: new Map() }]));
  const findings = new Map<string, string>();
  const find = (operation: Operation, fault: string, seed: number, sent: RawRequest, answer?: Answer) => {
    const kind = `${operation.name}: ${fault}`;
    const { authorization: _secret, ...headers } = sent.headers;
    const shown = { seed, ...sent, body: sent.body?.slice(0, 500), headers, answer: answer?.text.slice(0, 500) };
    if (!findings.has(kind)) findings.set(kind, JSON.stringify(shown));
  };

  const fuzz = async (index: number): Promise<void> => {
    const seed = SEED + index;
    const operation = operations[index % operations.length] as Operation;
    const wellFormed = wellFormedRequest(operation, routeOf(operation).access, world, resolve);
    const arbitrary = fc.oneof(
      { weight: WELL_FORMED_WEIGHT, arbitrary: wellFormed },
      { weight: SPOILT_WEIGHT, arbitrary: wellFormed.chain((request) => spoiltRequest(operation, request)) },
    );
    const [request] = fc.sample(arbitrary, { seed, numRuns: 1 }) as [FuzzedRequest];
    const sent = written(operation, request);
    world.spend(operation.name, request.body, request.parameters);
    const tally = tallies.get(operation.name)!;
    tally.sent += 1;
    let answer: Answer;
    try {
      answer = await exchange(system.ports.gateway, agent, sent);
    } catch (error) {
      return find(operation, `no answer: ${String(error)}`, seed, sent);
    }
    tally.statuses.set(answer.status, (tally.statuses.get(answer.status) ?? 0) + 1);
    for (const fault of faultsOf(operation, request, sent, answer)) find(operation, fault, seed, sent, answer);
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
  expect([...findings].slice(0, SHOWN_FINDINGS).map(([kind, example]) => `${kind}\n  ${example}`)).toEqual([]);
  const successes = [...tallies.values()].reduce((sum, tally) => sum + tally.successes, 0);
  expect(successes).toBeGreaterThanOrEqual(REQUESTS * LEAST_SUCCESSES);
  const least = Math.floor(REQUESTS / REQUESTS_PER_SUCCESS_OF_A_ROUTE);
  expect(rows.filter((_row, index) => [...tallies.values()][index]!.successes < least)).toEqual([]);
}, 600_000);

it('knows every operation of the document by its route', () => {
  expect(
    operations.map(({ method, path }) => findRoute(method, path)).filter((route) => route === null || 'allow' in route),
  ).toEqual([]);
  expect(operations).toHaveLength(ROUTES.length);
});
