import { randomUUID } from 'node:crypto';
import {
  isName,
  CONDITION_TYPES,
  isCanonicalPath,
  REWARD_EVENT_STATUSES,
  START,
  type RewardEventStatus,
  type Route,
} from '@rewards/contracts';
import fc, { type Arbitrary } from 'fast-check';
import { CALLERS, type Caller, type KnownEvent, type KnownWorld } from './known-world';
import type { Operation, Resolve, Schema } from './open-api';

export interface FuzzedRequest {
  /** Whether validation must accept the request. */
  readonly isWellFormed: boolean;
  readonly caller: Caller;
  /** Selects one of several tokens of the caller. */
  readonly which: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for no body. A string is sent verbatim. */
  readonly body: unknown;
}

const HOUR = 3_600_000;

const oneOf = <Item>(items: readonly Item[], otherwise: Item): Arbitrary<Item> =>
  items.length > 0 ? fc.constantFrom(...items) : fc.constant(otherwise);

/** Text that any field accepts: visible, and without characters that change the reading direction. */
const plainText = (minimum: number, maximum: number): Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: minimum, maxLength: Math.max(minimum, Math.min(40, Math.floor(maximum / 4))) })
    .map((text) => text.normalize('NFC').trim())
    .filter(
      (text) =>
        [...text].length >= minimum && [...text].length <= maximum && (text === '' || isName([...text].slice(0, 100).join(''))),
    );

/** Generates values that a schema accepts. */
const validFor = (unresolved: Schema, resolve: Resolve): Arbitrary<unknown> => {
  const schema = resolve<Schema>(unresolved);
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map((variant) => validFor(variant, resolve)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const { type } = schema;
  if (typeof type === 'object') return fc.oneof(...type.map((one) => validFor({ ...schema, type: one }, resolve)));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'number':
    case 'integer':
      return fc.integer({ min: schema.minimum, max: Math.min(schema.maximum ?? 1_000, 2_147_483_647) });
    case 'string':
      return validText(schema);
    case 'array':
      return fc.uniqueArray(validFor(schema.items ?? {}, resolve), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
        selector: (item) => (item as { name?: unknown } | null)?.name ?? item,
      });
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, validFor(field, resolve)])),
        { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true },
      );
    case undefined:
      return fc.constant({});
  }
};

const validText = ({ format, pattern, minLength = 0, maxLength }: Schema): Arbitrary<string> => {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date' || format === 'date-time')
    return fc
      .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => (format === 'date' ? date.toISOString().slice(0, 10) : date.toISOString()));
  if (pattern === undefined) return plainText(minLength, maxLength ?? 200);
  if (pattern.includes('@')) return fc.integer({ min: 0, max: 1e9 }).map((number) => `fuzz-${number}@example.com`);
  if (maxLength === undefined) return fc.stringMatching(new RegExp(pattern));
  return plainText(minLength, maxLength).filter((text) => new RegExp(pattern, 'u').test(text));
};

const times = (claimsUntil: 'always' | 'sometimes' | 'never'): Arbitrary<Record<string, unknown>> =>
  fc
    // Half of the events are scheduled when they are published, and half are active.
    .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 51, max: 1_000 }), fc.option(fc.integer({ min: 0, max: 1_000 })))
    .map(([start, end, claims]) => ({
      startsAt: new Date(Date.now() + start * HOUR).toISOString(),
      endsAt: new Date(Date.now() + end * HOUR).toISOString(),
      ...(claimsUntil !== 'never' &&
        (claims !== null || claimsUntil === 'always') && {
          claimsUntil: new Date(Date.now() + (end + (claims ?? 0)) * HOUR).toISOString(),
        }),
    }));

const condition: Arbitrary<object> = fc
  .tuple(fc.constantFrom(...CONDITION_TYPES), fc.integer({ min: 1, max: 1_000 }), fc.option(fc.integer({ min: 0, max: 1_000 })))
  // Every window touches at least one day, so a count of 1 is always possible.
  .map(([type, count, graceDays]) => ({
    type,
    count: type === 'LOGIN_COUNT' ? count : 1,
    ...(type === 'LOGIN_STREAK' && graceDays !== null && { graceDays }),
  }));

const zone = fc.constantFrom('Asia/Seoul', 'UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia');

const reward = (name: Arbitrary<string>): Arbitrary<object> =>
  fc.record({
    name,
    type: fc.constantFrom('ITEM', 'POINT', 'COUPON', 'CURRENCY'),
    amount: fc.integer({ min: 1, max: 1_000_000_000 }),
  });

const rewards = (minimum: number) =>
  fc.uniqueArray(reward(plainText(1, 100).filter((name) => !/^\.|[/\\]/.test(name))), {
    minLength: minimum,
    maxLength: 4,
    selector: (item) => (item as { name: string }).name,
  });

/** Cycles and automatic completion, with the confirmation that some of them need. */
const automatic: Arbitrary<object> = fc.record(
  {
    cycle: fc.constantFrom('DAY', 'WEEK', 'MONTH', null),
    autoComplete: fc.boolean(),
    autoClaim: fc.boolean(),
    confirmPast: fc.constant(true),
  },
  { requiredKeys: ['confirmPast'], noNullPrototype: true },
);

const requestId = fc.uuid().map(() => randomUUID());

/** Bodies whose fields are consistent with each other, which a schema cannot express. */
const CONSISTENT_BODIES: Readonly<Record<string, (world: KnownWorld, event: KnownEvent | null) => Arbitrary<object>>> = {
  'POST /auth/register': () => plainText(8, 60).map((password) => ({ email: `${randomUUID()}@Example.com`, password })),
  'POST /auth/login': ({ accounts }) => fc.constantFrom(...accounts).map((credentials) => ({ ...credentials })),
  'POST /auth/refresh': ({ refreshTokens }) => oneOf(refreshTokens, 'none').map((refreshToken) => ({ refreshToken })),
  'POST /auth/logout': ({ refreshTokens }) => oneOf(refreshTokens, 'none').map((refreshToken) => ({ refreshToken })),
  // Changes the password to itself, so that other requests can still log in. Excludes the administrator.
  'POST /auth/password': ({ accounts }) =>
    fc.constantFrom(...accounts).map(({ password }) => ({ currentPassword: password, newPassword: password })),
  'POST /events': () =>
    fc
      .tuple(
        fc.record({ name: plainText(1, 100), condition, rewards: rewards(1), publish: fc.boolean() }),
        fc.record({ description: plainText(0, 2_000), timeZone: zone, requestId }, { requiredKeys: [], noNullPrototype: true }),
        automatic,
        times('sometimes'),
      )
      .map((parts) => Object.assign({}, ...parts) as object),
  'POST /events/{eventId}/clone': () =>
    fc
      .tuple(fc.record({ name: plainText(1, 100), requestId }), times('never'))
      .map((parts) => Object.assign({}, ...parts) as object),
  'POST /events/{eventId}/change': (_world, event) =>
    fc
      .tuple(
        fc.record({ name: plainText(1, 100), description: plainText(0, 2_000) }, { requiredKeys: [], noNullPrototype: true }),
        event?.status === 'DRAFT'
          ? fc.record({ timeZone: zone, condition, rewards: rewards(1) }, { requiredKeys: [], noNullPrototype: true })
          : fc.constant({}),
        event?.status === 'DRAFT' ? times('always') : fc.constant({}),
      )
      .map((parts) => Object.assign({}, ...parts) as object),
  'POST /dead-letters/redrive': ({ groups }) => oneOf(groups, '0000000000000000').map((fingerprint) => ({ fingerprint })),
  'POST /dead-letters/discard': ({ groups }) => oneOf(groups, '0000000000000000').map((fingerprint) => ({ fingerprint })),
  // A webhook would be called, so every endpoint here publishes to the bus.
  'POST /delivery-endpoints': () =>
    fc.record(
      {
        name: plainText(1, 100),
        kind: fc.constant('BUS'),
        rewardTypes: fc.constantFrom('ITEM', 'POINT', 'COUPON', 'CURRENCY').map((type) => [type]),
        maxPerSecond: fc.integer({ min: 1, max: 10_000 }),
        from: fc.constantFrom('now', START),
        requestId,
      },
      { requiredKeys: ['name', 'kind', 'rewardTypes'], noNullPrototype: true },
    ),
  'POST /delivery-endpoints/{id}/change': () =>
    fc.record(
      {
        name: plainText(1, 100),
        maxPerSecond: fc.integer({ min: 1, max: 10_000 }),
        timeoutMs: fc.integer({ min: 100, max: 60_000 }),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  // A repeated request gets the same secret again.
  'POST /delivery-endpoints/{id}/rotate-secret': () => fc.constant({ requestId: 'rotate' }),
  // An endpoint may be removed meanwhile, and is then unknown.
  'POST /deliveries/resend': () =>
    fc.record(
      { status: fc.constant('PARKED'), from: fc.constant('2026-01-01T00:00:00.000Z') },
      { requiredKeys: ['status'], noNullPrototype: true },
    ),
  'POST /deliveries/{deliveryId}/resend': () =>
    fc.oneof(
      fc.constant({}),
      plainText(1, 500).map((reason) => ({ force: true, reason })),
    ),
  'POST /events/{eventId}/claims': (_world, event) =>
    fc
      .tuple(requestId, oneOf(event?.rewards ?? [], 'nothing'), fc.option(fc.integer({ min: 1, max: 3 }), { freq: 50 }))
      .map(([id, rewardName, amount]) => ({ requestId: id, rewardName, ...(amount === null ? { all: true } : { amount }) })),
};

/** The statuses in which a command usually succeeds. */
const SUITABLE_STATUSES: Readonly<Record<string, readonly RewardEventStatus[]>> = {
  'POST /events/{eventId}/change': ['DRAFT'],
  'POST /events/{eventId}/rewards': ['DRAFT'],
  'POST /events/{eventId}/publish': ['DRAFT'],
  'POST /events/{eventId}/unpublish': ['SCHEDULED'],
  'POST /events/{eventId}/pause': ['ACTIVE'],
  'POST /events/{eventId}/resume': ['PAUSED'],
  'POST /events/{eventId}/end': ['SCHEDULED', 'ACTIVE', 'PAUSED'],
  'POST /events/{eventId}/delete': ['ENDED', 'SCHEDULED', 'ACTIVE', 'PAUSED'],
  'POST /events/{eventId}/restore': ['DELETED'],
};
const NOT_DELETED = REWARD_EVENT_STATUSES.filter((status) => status !== 'DELETED');

/** Returns whether a name can be part of a canonical path: one with a slash or a dot segment cannot. */
const fitsPath = (name: string): boolean => isCanonicalPath(`/${encodeURIComponent(name)}`);

const eventFor = (operation: Operation, world: KnownWorld): Arbitrary<KnownEvent | null> => {
  if (operation.method === 'GET' || /(completion|claims)$/.test(operation.path)) return fc.constantFrom(...world.playable);
  const anyEvent = [...world.events.values()];
  const suitable = world.eventsIn(...(SUITABLE_STATUSES[operation.name] ?? NOT_DELETED));
  const fitting = operation.path.includes('{name}') ? suitable.filter(({ rewards: names }) => names.some(fitsPath)) : suitable;
  return oneOf<KnownEvent | null>(fitting.length > 0 ? fitting : anyEvent, null);
};

/** The endpoints with which an operation can succeed. */
const endpointsFor = ({ path }: Operation, { endpoints, webhook }: KnownWorld): readonly string[] => {
  if (path.endsWith('/rotate-secret')) return [webhook];
  return path.endsWith('/remove') ? endpoints.filter((id) => id !== webhook) : endpoints;
};

/** A dead letter can be read at any time, and handled while it is open. */
const deadLettersFor = ({ method }: Operation, { deadLetters, openDeadLetters }: KnownWorld): readonly string[] =>
  method === 'GET' ? deadLetters : openDeadLetters;

const validParameters = (
  operation: Operation,
  world: KnownWorld,
  event: KnownEvent | null,
): Arbitrary<Record<string, string>> => {
  const generators: Readonly<Record<string, Arbitrary<string>>> = {
    eventId: fc.constant(event?.eventId ?? randomUUID()),
    name: oneOf(
      operation.path.startsWith('/projections') ? world.projections : (event?.rewards ?? []).filter(fitsPath),
      'nothing',
    ),
    id: oneOf(
      operation.path.startsWith('/delivery-endpoints') ? endpointsFor(operation, world) : deadLettersFor(operation, world),
      randomUUID(),
    ),
    deliveryId: oneOf(world.deliveries, randomUUID()),
    claimId: oneOf(world.claims, randomUUID()),
    accountId: oneOf(world.victims, randomUUID()),
  };
  const names = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  return fc.record(
    Object.fromEntries(names.map((name) => [name, generators[name] ?? plainText(1, 100).filter(fitsPath)])),
  ) as Arbitrary<Record<string, string>>;
};

/** Query parameters that are required wherever they exist. */
const REQUIRED_QUERIES = ['q'];

const validQuery = (operation: Operation, world: KnownWorld, resolve: Resolve): Arbitrary<[string, string][]> => {
  const cursors = world.cursorsOf(operation.name);
  const generators: Readonly<Record<string, Arbitrary<string>>> = {
    cursor: oneOf(cursors, ''),
    after: oneOf(world.positions, START),
    asOf: oneOf(world.positions, START),
    eventId: fc.constantFrom(...world.playable.map(({ eventId }) => eventId)),
    endpointId: oneOf(world.endpoints, randomUUID()),
    email: fc.constantFrom(...world.accounts.map(({ email }) => email)),
    q: oneOf(world.claims, world.accounts[0]?.email ?? 'unknown'),
  };
  const declared = operation.parameters.filter((parameter) => parameter.in === 'query');
  // An unknown login delays the answer by two seconds.
  const usable = declared.filter(({ name }) => name !== 'afterLogin' && (name !== 'cursor' || cursors.length > 0));
  const values = Object.fromEntries(
    usable.map(({ name, schema }) => [name, generators[name] ?? validFor(schema, resolve).map((value) => String(value))]),
  );
  return fc
    .record(values, { requiredKeys: REQUIRED_QUERIES.filter((name) => name in values), noNullPrototype: true })
    .map((query) => Object.entries(withoutContradictions(query)) as [string, string][]);
};

/** Removes filters that contradict each other: `to` must be after `from`, and granted claims have no reason. */
const withoutContradictions = ({ from, to, reason, ...rest }: Partial<Record<string, string>>) => ({
  ...rest,
  ...(from !== undefined && { from }),
  ...(to !== undefined && (from === undefined || from < to) && { to }),
  ...(reason !== undefined && rest['status'] !== 'SUCCESS' && { reason }),
});

const validHeaders = (operation: Operation, world: KnownWorld): Arbitrary<Record<string, string>> => {
  const takesPosition = operation.parameters.some(({ name }) => name === 'X-Min-Position');
  return fc.record(
    { 'x-request-id': fc.uuid(), ...(takesPosition && { 'x-min-position': oneOf(world.positions, '0'.repeat(32)) }) },
    { requiredKeys: [], noNullPrototype: true },
  ) as Arbitrary<Record<string, string>>;
};

const allowedCallers = (access: Route['access']): readonly Caller[] => {
  if (access === 'anyone') return CALLERS;
  const staff = (['operator', 'auditor'] as const).filter((caller) =>
    access.includes(caller === 'operator' ? 'OPERATOR' : 'AUDITOR'),
  );
  return [...staff, 'admin', ...(access.includes('USER') ? (['player', 'player', 'player'] as const) : [])];
};

/** Returns callers for which a request can succeed. Only players have completed events, so only they send claims. */
const callersFor = (operation: Operation, access: Route['access']): readonly Caller[] =>
  /(completion|claims)$/.test(operation.path) && operation.method === 'POST' ? ['player'] : allowedCallers(access);

/** Usually removes what names a milestone or cycle, because most known events have only one of each. */
const ofMostEvents = <Fields>(request: Arbitrary<Fields>): Arbitrary<Fields> =>
  fc.tuple(request, fc.nat(9)).map(([fields, number]) => {
    if (number === 0 || typeof fields !== 'object' || fields === null) return fields;
    return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'milestone' && name !== 'cycle')) as Fields;
  });

/** Generates valid requests that usually succeed in the known world. */
export const wellFormedRequest = (
  operation: Operation,
  access: Route['access'],
  world: KnownWorld,
  resolve: Resolve,
): Arbitrary<FuzzedRequest> =>
  eventFor(operation, world).chain((event) => {
    const consistentBody = CONSISTENT_BODIES[operation.name]?.(world, event);
    const body = consistentBody ?? (operation.body ? ofMostEvents(validFor(operation.body, resolve)) : fc.constant(undefined));
    return fc.record({
      isWellFormed: fc.constant(true),
      caller: fc.constantFrom(...callersFor(operation, access)),
      which: fc.nat(100),
      parameters: validParameters(operation, world, event),
      query: ofMostEvents(validQuery(operation, world, resolve).map(Object.fromEntries)).map(Object.entries<string>),
      headers: validHeaders(operation, world),
      body,
    });
  });

const HOSTILE_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '101',
  '1e3',
  '0x10',
  '9007199254740993',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '$where',
  '{"$gt":""}',
  "' OR 1=1 --",
  '%00',
  '\u0000',
  '\ud800',
  'a\u202eb',
  'e\u0301',
  '../../etc/passwd',
  '..',
  '.*',
  '(a+)+$',
  '<script>',
  '${7*7}',
  '2026-02-30T00:00:00Z',
  '2026-01-01',
  '+275760-09-13T00:00:00.000Z',
  '0'.repeat(32),
  'x'.repeat(101),
  '가'.repeat(2_001),
  '00000000-0000-0000-0000-000000000000',
];

const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 20 }), fc.uuid());

const hostileValue: Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    1e21,
    Number.MAX_SAFE_INTEGER,
    1_000_000_001,
    [],
    {},
    [[]],
    [null],
    { $gt: '' },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const HOSTILE_BODIES: readonly unknown[] = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '{}',
  '{"__proto__":{"roles":["ADMIN"]}}',
  '{"constructor":{"prototype":{"roles":["ADMIN"]}}}',
  '{"a":1,"a":2}',
  '\ufeff{}',
  '{"x":"\\ud800"}',
  `{"x":${deep(11)}}`,
  `{"x":${deep(30_000)}}`,
  `{"x":"${'x'.repeat(64_000)}"}`,
  `{"x":"${'x'.repeat(66_000)}"}`,
  `[${'{},'.repeat(1_000)}{}]`,
  JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`f${index}`, index]))),
];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replaces, drops or adds one field of a body, or replaces the body. */
const malformedBody = (body: unknown): Arbitrary<unknown> => {
  if (!isRecord(body) || Object.keys(body).length === 0) {
    return fc.oneof(
      fc.constantFrom(...HOSTILE_BODIES),
      fc.dictionary(fc.string({ maxLength: 10 }), hostileValue, { maxKeys: 3 }),
    );
  }
  const field = fc.constantFrom(...Object.keys(body));
  const replaced = fc.tuple(field, hostileValue).map(([name, value]) => ({ ...body, [name]: value }));
  const inside = field.chain((name) =>
    isRecord(body[name]) ? malformedBody(body[name]).map((value) => ({ ...body, [name]: value })) : replaced,
  );
  const dropped = field.map((name) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)));
  const added = fc
    .tuple(fc.oneof(fc.constantFrom('accountId', 'roles', 'isAdmin', '$set'), fc.string({ maxLength: 10 })), hostileValue)
    .map(([name, value]) => ({ [name]: value, ...body }));
  return fc.oneof(
    { weight: 5, arbitrary: replaced },
    { weight: 2, arbitrary: inside },
    { weight: 2, arbitrary: dropped },
    { weight: 2, arbitrary: added },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_BODIES) },
  );
};

const headerText = fc.oneof(
  fc.constantFrom('', '*', '"1"', 'W/"1"', '"0"', '"999999"', '1', 'f'.repeat(32), '0'.repeat(32), '-1', ',', '"1", "2"'),
  fc.string({ maxLength: 40 }).map((text) => text.trim()),
);

const malformedHeaders = fc.dictionary(
  fc.constantFrom(
    'x-min-position',
    'if-match',
    'x-request-id',
    'traceparent',
    'last-event-id',
    'x-user-roles',
    'accept',
    'accept-encoding',
    'x-forwarded-for',
  ),
  headerText,
  { maxKeys: 3, noNullPrototype: true },
);

/** Generates requests with another caller, parameter, query, header or body. */
export const malformedRequest = (operation: Operation, request: FuzzedRequest): Arbitrary<FuzzedRequest> => {
  const withChange = (part: Arbitrary<Partial<FuzzedRequest>>): Arbitrary<FuzzedRequest> =>
    part.map((changes) => ({ ...request, isWellFormed: false, ...changes }));
  const names = Object.keys(request.parameters);
  const queries = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const queryName = fc.oneof(
    ...(queries.length > 0 ? [fc.constantFrom(...queries), fc.constantFrom(...queries.map((name) => `${name}[$ne]`))] : []),
    fc.constantFrom('__proto__', 'constructor', 'toString', '$where', 'page', 'x'),
  );
  return fc.oneof(
    withChange(fc.record({ caller: fc.constantFrom(...CALLERS) })),
    withChange(fc.record({ headers: malformedHeaders })),
    withChange(
      fc
        .array(fc.tuple(queryName, hostileText), { minLength: 1, maxLength: 3 })
        .map((added) => ({ query: [...request.query, ...added] })),
    ),
    ...(names.length > 0
      ? [
          withChange(
            fc
              .tuple(
                fc.constantFrom(...names),
                hostileText.filter((text) => text !== ''),
              )
              .map(([name, value]) => ({ parameters: { ...request.parameters, [name]: value } })),
          ),
        ]
      : []),
    ...(operation.method === 'POST'
      ? Array.from({ length: 4 }, () => withChange(malformedBody(request.body).map((body) => ({ body }))))
      : []),
  );
};
