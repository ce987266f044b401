import { randomUUID } from 'node:crypto';
import { GATEWAY_ROUTES, mayCall, ROLES, ROUTES, SERVICES, type Role, type Route } from '@rewards/contracts';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { type System } from '../testing/system';
import { Started } from '../testing/started';
import { publishInvalidMessages } from './testing/known-world';
import { PROCESS_OF, startSystem } from './testing/start';
import { TokenForge, type Subject } from './testing/token-forge';

const ANY = ['USER', 'OPERATOR', 'AUDITOR'];
const STAFF = ['OPERATOR', 'AUDITOR'];

/** The roles that may call each route, copied from the public contract, not from the code. ADMIN may call every route. */
const CONTRACT: Readonly<Record<string, 'anyone' | readonly string[]>> = {
  'POST /auth/register': 'anyone',
  'POST /auth/login': 'anyone',
  'POST /auth/refresh': 'anyone',
  'POST /auth/logout': 'anyone',
  'GET /auth/me': ANY,
  'POST /auth/password': ANY,
  'GET /.well-known/jwks.json': 'anyone',
  'GET /accounts': [],
  'POST /accounts/{accountId}/roles': [],
  'POST /accounts/{accountId}/erase': [],
  'POST /events': ['OPERATOR'],
  'POST /events/{eventId}/change': ['OPERATOR'],
  'POST /events/{eventId}/rewards': ['OPERATOR'],
  'POST /events/{eventId}/rewards/{name}/change': ['OPERATOR'],
  'POST /events/{eventId}/rewards/{name}/withdraw': ['OPERATOR'],
  'POST /events/{eventId}/rewards/{name}/hold': ['OPERATOR'],
  'POST /events/{eventId}/rewards/{name}/release': ['OPERATOR'],
  'POST /events/{eventId}/publish': ['OPERATOR'],
  'POST /events/{eventId}/unpublish': ['OPERATOR'],
  'POST /events/{eventId}/pause': ['OPERATOR'],
  'POST /events/{eventId}/resume': ['OPERATOR'],
  'POST /events/{eventId}/end': ['OPERATOR'],
  'POST /events/{eventId}/delete': ['OPERATOR'],
  'POST /events/{eventId}/restore': ['OPERATOR'],
  'POST /events/{eventId}/clone': ['OPERATOR'],
  'GET /events': ANY,
  'GET /events/{eventId}': ANY,
  'GET /events/{eventId}/progress': ANY,
  'GET /participations': ANY,
  'POST /events/{eventId}/completion': ANY,
  'POST /events/{eventId}/claims': ANY,
  'GET /claims/mine': ANY,
  'GET /claims': STAFF,
  'GET /claims/export': STAFF,
  'GET /claims/{claimId}': ANY,
  'GET /events/{eventId}/statistics': STAFF,
  'GET /events/{eventId}/participations': STAFF,
  'GET /events/{eventId}/participations/export': STAFF,
  'GET /participations/{eventId}/{accountId}': STAFF,
  'GET /participations/{eventId}/{accountId}/explain': STAFF,
  'GET /audit': STAFF,
  'GET /audit/export': STAFF,
  'GET /players': STAFF,
  'GET /players/{accountId}': STAFF,
  'GET /audit/stream': STAFF,
  'GET /projections': STAFF,
  'POST /projections/{name}/rebuild': [],
  'GET /dead-letters': STAFF,
  'GET /dead-letters/groups': STAFF,
  'GET /dead-letters/{id}': STAFF,
  'POST /dead-letters/{id}/redrive': ['OPERATOR'],
  'POST /dead-letters/{id}/discard': ['OPERATOR'],
  'POST /dead-letters/redrive': ['OPERATOR'],
  'POST /dead-letters/discard': ['OPERATOR'],
  'GET /verification': STAFF,
  'GET /delivery-endpoints': STAFF,
  'GET /delivery-endpoints/{id}': STAFF,
  'GET /deliveries': STAFF,
  'GET /deliveries/export': STAFF,
  'GET /deliveries/{deliveryId}': STAFF,
  'POST /delivery-endpoints': [],
  'POST /delivery-endpoints/{id}/change': [],
  'POST /delivery-endpoints/{id}/pause': ['OPERATOR'],
  'POST /delivery-endpoints/{id}/resume': ['OPERATOR'],
  'POST /delivery-endpoints/{id}/rotate-secret': [],
  'POST /delivery-endpoints/{id}/remove': [],
  'POST /delivery-endpoints/{id}/test': [],
  'POST /deliveries/resend': ['OPERATOR'],
  'POST /deliveries/{deliveryId}/resend': ['OPERATOR'],
  'POST /deliveries/{deliveryId}/abandon': ['OPERATOR'],
};

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

const started = new Started();
let system: System;
let forge: TokenForge;
let subjects: Readonly<Record<Role, Subject>>;
let erased: Subject;
let parameters: Readonly<Record<string, string>>;

beforeAll(async () => {
  system = started.add(await startSystem());
  forge = await TokenForge.of(system);
  const admin = await Client.admin(system);
  const clients: Partial<Record<Role, Client>> = {};
  const account = async (...roles: Role[]): Promise<Subject> => {
    const client = new Client(system);
    if (roles[0]) clients[roles[0]] = client;
    const accountId = await client.register();
    const { status } = await admin.post(`/accounts/${accountId}/roles`, { roles });
    expect(status).toBe(200);
    return { accountId, email: client.email, roles };
  };
  const [user, operator, auditor, administrator] = await Promise.all(ROLES.map((role) => account(role)));
  subjects = { USER: user, OPERATOR: operator, AUDITOR: auditor, ADMIN: administrator } as Record<Role, Subject>;
  erased = await account('ADMIN');
  expect((await admin.post(`/accounts/${erased.accountId}/erase`)).status).toBe(200);

  const endpoint = await admin.post('/delivery-endpoints', { name: 'Rewards', kind: 'BUS' });
  expect(endpoint.status).toBe(201);
  const rewardName = '극한성장의 비약';
  const event = await admin.post('/events', {
    name: 'open to all',
    startsAt: new Date(Date.now() - 60_000).toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 1 },
    rewards: [{ name: rewardName, type: 'ITEM', amount: 1 }],
    publish: true,
  });
  expect(event.status).toBe(201);
  const { eventId } = event.body.data;
  const player = clients.USER as Client;
  await player.logIn();
  await until('completion', async () => (await player.post(`/events/${eventId}/completion`)).status === 200, Boolean, {
    withinMs: 30_000,
  });
  const claim = await player.post(`/events/${eventId}/claims`, { requestId: 'r1', rewardName, all: true });
  const { claimId } = claim.body.data;
  const location = claim.headers.get('location') ?? '';
  const afterClaim = { 'x-min-position': claim.headers.get('x-position') ?? '' };
  const claimed = await player.get(location, afterClaim);
  expect([claimed.status, claimed.body.data.claimId]).toEqual([200, claimId]);
  const { body: deliveries } = await admin.get(`/deliveries?eventId=${eventId}`, afterClaim);
  const [{ deliveryId }] = deliveries.data as [{ deliveryId: string }];
  await publishInvalidMessages(system, 1);
  const deadLetters = async () => (await admin.get('/dead-letters')).body.data as { id: string }[];
  const [letter] = await until('a dead letter', deadLetters, (letters) => letters.length > 0);
  const id = letter?.id ?? '';
  const endpointId = endpoint.body.data.id as string;
  parameters = {
    ...{ eventId, accountId: subjects.USER.accountId, name: encodeURIComponent(rewardName) },
    ...{ id, claimId, endpointId, deliveryId },
  };
  const readable = await admin.get(`/events/${eventId}`, { 'x-min-position': event.headers.get('x-position') ?? '' });
  expect(readable.status).toBe(200);
}, 60_000);
afterAll(() => started.stop());

const pathOf = ({ path }: Route): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[path.startsWith('/delivery-endpoints/') ? 'endpointId' : name];
    if (value === undefined) throw new Error(`no value for {${name}}`);
    return value;
  });

const SERVED = 'served';

/** The query that a route requires. */
const REQUIRED_QUERIES: Readonly<Record<string, string>> = { '/players': '?q=nothing' };

/**
 * Sends a request that changes nothing: the handler rejects its unknown field, but only after access was granted.
 * @returns `served`, or the rejection
 */
const probe = async (base: string, route: Route, headers: Readonly<Record<string, string>>): Promise<string> => {
  const response = await fetch(`${base}${pathOf(route)}${REQUIRED_QUERIES[route.path] ?? ''}`, {
    method: route.method,
    headers: { ...headers, ...(route.method === 'POST' && { 'content-type': 'application/json' }) },
    ...(route.method === 'POST' && { body: '{"unknownField":true}' }),
  });
  if (response.ok) {
    await response.body?.cancel();
    return route.method === 'GET' ? SERVED : `accepted with ${response.status}`;
  }
  const { status, code } = (await response.json()) as { status: number; code: string };
  expect(status).toBe(response.status);
  return route.method === 'POST' && code === 'VALIDATION_FAILED' ? SERVED : `${status} ${code}`;
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const FORGED_IDENTITY = (accountId: string) => ({
  'x-user-id': accountId,
  'x-user-email': 'admin@example.com',
  'x-user-roles': 'ADMIN',
  'x-forwarded-user': accountId,
});

const UNAUTHENTICATED = '401 UNAUTHENTICATED';

describe('the route table', () => {
  it('grants each route to the roles of the contract', () => {
    const withAdmin = (access: 'anyone' | readonly string[] | undefined) =>
      Array.isArray(access) ? ROLES.filter((role) => role === 'ADMIN' || access.includes(role)) : access;
    const table = Object.fromEntries(ROUTES.map((route) => [nameOf(route), withAdmin(route.access)]));
    const contract = Object.fromEntries(ROUTES.map((route) => [nameOf(route), withAdmin(CONTRACT[nameOf(route)]) ?? 'unlisted']));
    expect(table).toEqual(contract);
  });

  it('lists each route once', () => {
    expect(new Set(ROUTES.map(nameOf)).size).toBe(ROUTES.length);
  });

  it.each(SERVICES)('lists exactly the routes that %s serves', async (service) => {
    const response = await fetch(`${system.urlOf(PROCESS_OF[service])}/api-docs.json`);
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    const served = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = ROUTES.filter((route) => route.service === service).map(nameOf);
    expect(served.sort()).toEqual([...listed, 'GET /health/live', 'GET /health/ready'].sort());
  });
});

it('describes exactly the routes of both tables, and health, in the document of the gateway', async () => {
  const { paths } = (await (await fetch(`${system.url}/api-docs.json`)).json()) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const health = ['GET /health', 'GET /health/live', 'GET /health/ready'];
  expect(described.sort()).toEqual([...[...ROUTES, ...GATEWAY_ROUTES].map(nameOf), ...health].sort());
});

it.each(GATEWAY_ROUTES.map((route) => [nameOf(route), route] as const))('no service serves %s', async (_name, { path }) => {
  for (const service of SERVICES) {
    const response = await fetch(`${system.urlOf(PROCESS_OF[service])}${path}`, {
      method: 'POST',
      headers: bearer(forge.make(subjects.ADMIN)),
    });
    expect([service, response.status]).toEqual([service, 404]);
  }
});

const TARGETS = ['through the gateway', 'bypassing the gateway'] as const;
type Target = (typeof TARGETS)[number];

const baseOf = (target: Target, { service }: Route): string =>
  target === 'through the gateway' ? system.url : system.urlOf(PROCESS_OF[service]);

/** Sends requests and returns the outcomes that differ from the expected one, by name. */
const unexpectedOutcomes = async (
  expected: string,
  requests: Readonly<Record<string, Readonly<Record<string, string>>>>,
  send: (headers: Readonly<Record<string, string>>) => Promise<string>,
): Promise<Record<string, string>> => {
  const outcomes = await Promise.all(
    Object.entries(requests).map(async ([name, headers]) => [name, await send(headers)] as const),
  );
  return Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== expected));
};

describe.each(TARGETS)('%s', (target) => {
  const cases = ROUTES.map((route) => [nameOf(route), route] as const);
  const protectedRoutes = cases.filter(([, { access }]) => access !== 'anyone');

  it.each(cases)('%s accepts exactly the roles of the route table', async (_name, route) => {
    const outcomes = await Promise.all(
      ROLES.map(async (role) => [role, await probe(baseOf(target, route), route, bearer(forge.make(subjects[role])))] as const),
    );
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(ROLES.map((role) => [role, mayCall(route.access, [role]) ? SERVED : '403 FORBIDDEN'])),
    );
  });

  it.each(cases)('%s rejects forged and malformed tokens', async (_name, route) => {
    const tokens = Object.entries(forge.forgeries(subjects.ADMIN)).map(([name, token]) => [name, bearer(token)] as const);
    const good = forge.make(subjects.ADMIN);
    const requests = {
      ...Object.fromEntries(tokens),
      'no headers': {},
      'forged headers': FORGED_IDENTITY(subjects.ADMIN.accountId),
      'a token without its scheme': { authorization: good },
      'a token of another scheme': { authorization: `Basic ${good}` },
      'a token in a cookie': { cookie: `accessToken=${good}; authorization=Bearer ${good}` },
      'a token in another header': { 'x-access-token': good, 'proxy-authorization': `Bearer ${good}` },
    };
    const expected = route.access === 'anyone' ? SERVED : UNAUTHENTICATED;
    expect(await unexpectedOutcomes(expected, requests, (headers) => probe(baseOf(target, route), route, headers))).toEqual({});
  });

  it.each(protectedRoutes)('%s ignores identity headers of a request with a valid token', async (_name, route) => {
    const headers = { ...bearer(forge.make(subjects.USER)), ...FORGED_IDENTITY(subjects.ADMIN.accountId) };
    const expected = mayCall(route.access, ['USER']) ? SERVED : '403 FORBIDDEN';
    expect(await probe(baseOf(target, route), route, headers)).toBe(expected);
  });

  it.each(protectedRoutes.filter(([, { service }]) => service === 'auth'))(
    '%s checks the roles of the stored account, not those of a valid token',
    async (_name, route) => {
      const send = (subject: Subject) => probe(baseOf(target, route), route, bearer(forge.make(subject)));
      expect(await send({ ...subjects.ADMIN, accountId: randomUUID() })).toBe(UNAUTHENTICATED);
      expect(await send(erased)).toBe(UNAUTHENTICATED);
      const promoted: Subject = { ...subjects.USER, roles: ['ADMIN'] };
      expect(await send(promoted)).toBe(mayCall(route.access, ['USER']) ? SERVED : '403 FORBIDDEN');
    },
  );

  it.each(['/unlisted', '/events/x/unlisted', '/accounts/x', '/auth', '/admin', '/health/unlisted', '/consumers', '/users'])(
    '%s is in no route table: 401 without a token, 404 with one',
    async (path) => {
      for (const service of SERVICES) {
        const base = target === 'through the gateway' ? system.url : system.urlOf(PROCESS_OF[service]);
        expect((await fetch(`${base}${path}`)).status).toBe(401);
        expect((await fetch(`${base}${path}`, { headers: bearer(forge.make(subjects.ADMIN)) })).status).toBe(404);
      }
    },
  );
});

it('rejects paths of one service on every other service', async () => {
  const headers = bearer(forge.make(subjects.ADMIN));
  const answered = await Promise.all(
    ROUTES.flatMap((route) =>
      SERVICES.filter((service) => service !== route.service).map(async (service) => {
        const outcome = await probe(system.urlOf(PROCESS_OF[service]), route, headers);
        return [`${nameOf(route)} on ${service}`, outcome] as const;
      }),
    ),
  );
  expect(answered.filter(([, outcome]) => !/^40[45] /.test(outcome))).toEqual([]);
});

it('does not serve metrics through the gateway', async () => {
  expect((await fetch(`${system.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${system.url}/metrics`, { headers: bearer(forge.make(subjects.ADMIN)) })).status).toBe(404);
});
