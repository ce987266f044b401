import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  GATEWAY_ROUTES,
  PROBLEM_STATUSES,
  ROUTES,
  SERVICES,
  type GatewayRouteName,
  type ProblemCode,
  type Role,
  type RouteName,
} from '@rewards/contracts';
import { MAX_APPEND_BYTES } from '@rewards/event-store';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { codesOf, operationOf, type DescribedRoute } from '@rewards/service-kit/operations';
import { problem } from '@rewards/service-kit/problem';
import { ApiContract } from '@rewards/testing/api-contract';
import type { startGateway } from '../../gateway/src/gateway';
import { until } from '@rewards/testing/until';
import { ADMIN, startInProcess, type InProcess } from './in-process';
import { Recorder, storedExamples, storeExamples, type Answer, type Request } from './recorder';

/** `UPDATE_API_EXAMPLES=1 npx jest e2e/api/api-examples` records the current answers. */
const UPDATES = process.env['UPDATE_API_EXAMPLES'] === '1';

const WINDOW = {
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2050-01-01T00:00:00.000Z',
  claimsUntil: '2050-02-01T00:00:00.000Z',
};
/** A window that is over after the clock is advanced. */
const SHORT = {
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2040-01-01T00:00:00.000Z',
  claimsUntil: '2040-02-01T00:00:00.000Z',
};
const PAST = {
  startsAt: '2020-01-01T00:00:00.000Z',
  endsAt: '2020-02-01T00:00:00.000Z',
  claimsUntil: '2020-02-15T00:00:00.000Z',
};
const FIXED_TIMES = new Set([WINDOW, SHORT, PAST].flatMap((times) => Object.values(times)));
const YEARS = 365 * 86_400_000;

const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100, itemCode: 'ITEM_2041' };
const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 20 };
const meso = { name: '메소', type: 'CURRENCY', amount: 50_000 };
const attendance = {
  name: '접속 이벤트',
  ...WINDOW,
  condition: { type: 'LOGIN_COUNT', count: 2 },
  rewards: [potion, gem],
  metadata: { image: 'events/attendance.png' },
};
/** An attendance calendar that begins again every month. */
const calendar = {
  ...attendance,
  name: '출석부',
  dayStartsAt: '05:00',
  condition: { type: 'LOGIN_DAYS', count: 28 },
  rewards: [meso],
  milestones: [
    { count: 1, rewards: [gem] },
    { count: 7, rewards: [potion] },
  ],
  cycle: 'MONTH',
  autoComplete: true,
};
/** A day that begins no period of the calendar. */
const NO_CYCLE = '2026-01-02';
const password = 'correct horse battery';
const unknownId = '00000000-0000-4000-8000-0000000000ff';
/** A consistency token of another log. */
const FOREIGN_TOKEN = `${'0'.repeat(31)}1${'0'.repeat(31)}`.slice(0, 32) + 'f'.repeat(16);

const ALL_ROUTES: readonly DescribedRoute[] = [...ROUTES, ...GATEWAY_ROUTES];
const nameOf = ({ method, path }: DescribedRoute) => `${method} ${path}` as RouteName | GatewayRouteName;
const idOf = (route: DescribedRoute): string => operationOf(route).id;
const routeOf = (id: string): DescribedRoute => ALL_ROUTES.find((route) => idOf(route) === id) as DescribedRoute;
const isCode = (name: string): name is ProblemCode => Object.hasOwn(PROBLEM_STATUSES, name);

let clockOffset = 0;
let system: InProcess;
let recorder: Recorder;
let document: OpenApiDocument;
const tokens = new Map<string, string>();
const accountIds = new Map<string, string>();
const servers: Server[] = [];

interface Call {
  /** Name of the calling account. */
  readonly as?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers that a browser adds to a request of a page of the gateway. @param base URL of the gateway */
const headersOfPage = (route: DescribedRoute, base: string): Readonly<Record<string, string>> =>
  route.service === 'gateway' ? { origin: base, cookie: `${route.application}_session=bm9uZQ` } : {};

const requestOf = (id: string, { as, path = {}, query, body, headers = {} }: Call, base = system.url): Request => {
  const route = routeOf(id);
  const filled = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? unknownId));
  return {
    method: route.method,
    url: query === undefined ? filled : `${filled}?${query}`,
    token: as === undefined ? undefined : tokens.get(as),
    body,
    headers: { ...headersOfPage(route, base), ...headers },
  };
};

const call = (id: string, options: Call = {}): Promise<Answer> => recorder.send(system.url, requestOf(id, options));

/** Calls an operation and records the answer as an example. @param name expected code, or a name that distinguishes successes */
const example = async (id: string, name: string, options: Call = {}): Promise<Answer> => {
  const answer = await call(id, options);
  const { status, body } = answer;
  if (isCode(name) ? status !== PROBLEM_STATUSES[name] || body.code !== name : status >= 300)
    throw new Error(`${id}: expected ${name}, got ${status} ${JSON.stringify(body)}`);
  recorder.record(id, name, answer, options.body);
  return answer;
};

/** @returns the loginId */
const logIn = async (name: string): Promise<string> => {
  const { body } = await call('logIn', { body: { email: `${name}@example.com`, password } });
  tokens.set(name, body.data.accessToken);
  return body.data.loginId;
};

/**
 * Registers an account, gives it roles and logs it in. Several accounts are needed: the limit of recorded rejections allows each
 * only a burst of 30.
 */
const createAccount = async (name: string, ...roles: Role[]): Promise<string> => {
  const { body } = await call('register', { body: { email: `${name}@example.com`, password } });
  accountIds.set(name, body.data.accountId);
  if (roles.length > 0) await call('changeRoles', { as: 'admin', path: { accountId: idOfAccount(name) }, body: { roles } });
  return logIn(name);
};

const idOfAccount = (name: string): string => accountIds.get(name) as string;

const newEvent = async (fields: object = {}): Promise<string> =>
  (await call('createEvent', { as: 'operator', body: { ...attendance, publish: true, ...fields } })).body.data.eventId;

const transition = (id: string, eventId: string) => call(id, { as: 'operator', path: { eventId } });

const progressAfter = async (name: string, eventId: string, loginId: string): Promise<number> =>
  (await call('getProgress', { as: name, path: { eventId }, query: `afterLogin=${loginId}` })).body.data?.progress;

beforeAll(async () => {
  system = await startInProcess(() => Date.now() + clockOffset);
  document = (await (await fetch(`${system.url}/api-docs.json`)).json()) as OpenApiDocument;
  recorder = new Recorder(new ApiContract(document), FIXED_TIMES);
  await until('the services', async () => (await fetch(`${system.url}/health`)).status === 200);
  tokens.set('admin', (await call('logIn', { body: ADMIN })).body.data.accessToken);
  for (const name of ['operator', 'creator', 'changer', 'runner']) await createAccount(name, 'OPERATOR');
  await createAccount('auditor', 'AUDITOR');
}, 60_000);
afterAll(async () => {
  await system.stop();
  for (const server of servers) {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
});

/** Ids of existing things, for the paths of the sweeps over all routes. */
const existingIds = { eventId: '', claimId: '', deadLetterId: '', endpointId: '', deliveryId: '' };

it('records examples of accounts and sessions', async () => {
  const mina = { email: 'mina@example.com', password };
  const { body } = await example('register', 'created', { body: mina });
  accountIds.set('mina', body.data.accountId);
  await example('register', 'EMAIL_TAKEN', { body: mina });
  const login = await example('logIn', 'ok', { body: mina });
  tokens.set('mina', login.body.data.accessToken);
  await example('logIn', 'BAD_CREDENTIALS', { body: { ...mina, password: 'wrong' } });
  const nobody = { email: 'nobody@example.com', password: 'wrong' };
  for (let attempt = 0; attempt < 10; attempt += 1) await call('logIn', { body: nobody });
  await example('logIn', 'ACCOUNT_LOCKED', { body: nobody });

  const { refreshToken } = login.body.data;
  const refreshed = await example('refreshSession', 'ok', { body: { refreshToken } });
  await example('refreshSession', 'TOKEN_REUSED', { body: { refreshToken } });
  await example('refreshSession', 'BAD_TOKEN', { body: { refreshToken: refreshed.body.data.refreshToken } });
  await example('logOut', 'ended', { body: { refreshToken } });
  await example('getOwnAccount', 'ok', { as: 'mina' });
  await example('getTokenKeys', 'ok');
  await example('changePassword', 'changed', { as: 'mina', body: { currentPassword: password, newPassword: password } });
  const wrong = { currentPassword: 'wrong', newPassword: password };
  await createAccount('forgetful');
  await example('changePassword', 'BAD_CREDENTIALS', { as: 'forgetful', body: wrong });
  for (let attempt = 0; attempt < 9; attempt += 1) await call('changePassword', { as: 'forgetful', body: wrong });
  await example('changePassword', 'ACCOUNT_LOCKED', { as: 'forgetful', body: wrong });

  for (const [application, Application] of [
    ['console', 'Console'],
    ['play', 'Play'],
  ]) {
    const begun = await example(`begin${Application}Session`, 'ok', { body: mina });
    await example(`begin${Application}Session`, 'BAD_CREDENTIALS', { body: { ...mina, password: 'wrong' } });
    await example(`begin${Application}Session`, 'ACCOUNT_LOCKED', { body: nobody });
    const withCookieOf = ({ headers }: Answer) => ({
      headers: { cookie: String(headers['set-cookie']).split(';')[0] as string },
    });
    const renewed = await example(`refresh${Application}Session`, 'ok', withCookieOf(begun));
    await example(`refresh${Application}Session`, 'TOKEN_REUSED', withCookieOf(begun));
    await example(`refresh${Application}Session`, 'BAD_TOKEN', withCookieOf(renewed));
    await example(`end${Application}Session`, 'ended', withCookieOf(renewed));
    expect(String(begun.headers['set-cookie'])).toContain(`Path=/${application}/session`);
  }

  await example('listAccounts', 'page', { as: 'admin', query: 'email=mina%40example.com' });
  const adminPath = { accountId: (await call('getOwnAccount', { as: 'admin' })).body.data.accountId as string };
  await createAccount('leaving');
  await example('changeRoles', 'ok', { as: 'admin', path: { accountId: idOfAccount('leaving') }, body: { roles: ['OPERATOR'] } });
  await example('changeRoles', 'LAST_ADMIN', { as: 'admin', path: adminPath, body: { roles: ['USER'] } });
  await example('eraseAccount', 'ok', { as: 'admin', path: { accountId: idOfAccount('leaving') } });
  await example('eraseAccount', 'LAST_ADMIN', { as: 'admin', path: adminPath });
});

it('records examples of commands by operators', async () => {
  const requestId = 'create-attendance';
  const created = await example('createEvent', 'created', { as: 'creator', body: { ...attendance, requestId } });
  const { eventId } = created.body.data as { eventId: string };
  await example('createEvent', 'replayed', { as: 'creator', body: { ...attendance, requestId } });
  await example('createEvent', 'calendar', { as: 'creator', body: calendar });
  await example('createEvent', 'CONFIRM_PAST', { as: 'creator', body: { ...attendance, autoClaim: true, publish: true } });
  await example('createEvent', 'REQUEST_ID_REUSED', { as: 'creator', body: { ...attendance, name: 'another', requestId } });
  await example('createEvent', 'NO_REWARDS', { as: 'creator', body: { ...attendance, rewards: [], publish: true } });
  await example('createEvent', 'WRONG_STATE', { as: 'creator', body: { ...attendance, ...PAST, publish: true } });
  const clone = { name: '접속 이벤트 2', startsAt: SHORT.startsAt, endsAt: SHORT.endsAt, requestId: 'clone-attendance' };
  await example('cloneEvent', 'created', { as: 'creator', path: { eventId }, body: clone });
  await example('cloneEvent', 'replayed', { as: 'creator', path: { eventId }, body: clone });
  await example('cloneEvent', 'REQUEST_ID_REUSED', { as: 'creator', path: { eventId }, body: { ...clone, name: 'another' } });

  const as = 'changer';
  const path = { eventId, name: gem.name };
  const sauna = { name: '사우나 이용권', type: 'COUPON', amount: 5 };
  await example('addReward', 'created', { as, path, body: sauna });
  await example('addReward', 'REWARD_EXISTS', { as, path, body: sauna });
  const crowded = Array.from({ length: 20 }, (_, index) => ({ ...potion, name: `보상 ${index + 1}` }));
  const full = (await call('createEvent', { as, body: { ...attendance, rewards: crowded } })).body.data.eventId as string;
  await example('addReward', 'TOO_MANY_REWARDS', { as, path: { eventId: full }, body: sauna });
  await example('changeReward', 'ok', { as, path, body: { amount: 30 } });
  await example('changeReward', 'NO_SUCH_REWARD', { as, path: { eventId, name: 'nothing' }, body: { amount: 30 } });
  await example('changeEvent', 'ok', { as, path, body: { description: '매일 접속하고 보상을 받으세요.' } });
  await example('withdrawReward', 'ok', { as, path });
  await example('withdrawReward', 'NO_SUCH_REWARD', { as, path: { eventId, name: 'nothing' } });
  const empty = (await call('createEvent', { as, body: { ...attendance, rewards: [] } })).body.data.eventId as string;
  await example('publishEvent', 'NO_REWARDS', { as, path: { eventId: empty } });
  const milestone = 7;
  await example('addReward', 'NO_SUCH_MILESTONE', { as, path: { eventId: empty }, body: { ...sauna, milestone } });
  await example('changeReward', 'NO_SUCH_MILESTONE', { as, path, body: { amount: 30, milestone } });
  for (const id of ['withdrawReward', 'holdReward', 'releaseReward'])
    await example(id, 'NO_SUCH_MILESTONE', { as, path, body: { milestone } });
  const past = (await call('createEvent', { as, body: { ...attendance, autoClaim: true } })).body.data.eventId as string;
  await example('publishEvent', 'CONFIRM_PAST', { as, path: { eventId: past } });
  await example('publishEvent', 'ok', { as, path });
  const potionPath = { eventId, name: potion.name };
  await example('holdReward', 'ok', { as, path: potionPath, body: { reason: '수량 오류' } });
  await example('holdReward', 'NO_SUCH_REWARD', { as, path: { eventId, name: 'nothing' } });
  await example('releaseReward', 'ok', { as, path: potionPath, body: { reason: '수량을 고침' } });
  await example('releaseReward', 'NO_SUCH_REWARD', { as, path: { eventId, name: 'nothing' } });
  await call('withdrawReward', { as, path: { eventId, name: sauna.name } });
  await example('withdrawReward', 'NO_REWARDS', { as, path: potionPath });
  const scheduled = await newEvent({ ...WINDOW, startsAt: SHORT.endsAt });
  await example('unpublishEvent', 'ok', { as, path: { eventId: scheduled } });
  await example('pauseEvent', 'ok', { as, path, body: { counting: 'CONTINUE', reason: '보상 점검' } });
  await example('resumeEvent', 'ok', { as, path });
  await example('endEvent', 'ok', { as, path });
  await example('deleteEvent', 'ok', { as, path });

  const bodies: Readonly<Record<string, unknown>> = {
    addReward: sauna,
    changeReward: { amount: 30 },
    changeEvent: { name: 'another' },
  };
  for (const id of [
    'addReward',
    'changeReward',
    'withdrawReward',
    'holdReward',
    'releaseReward',
    'changeEvent',
    'publishEvent',
    'unpublishEvent',
    'pauseEvent',
    'resumeEvent',
    'endEvent',
    'deleteEvent',
  ])
    await example(id, 'WRONG_STATE', { as: 'runner', path, body: bodies[id] });
  await example('restoreEvent', 'ok', { as, path });
  await example('restoreEvent', 'WRONG_STATE', { as: 'runner', path });

  const minPosition = {
    'x-min-position': (await call('deleteEvent', { as, path: { eventId: full } })).headers['x-position'] as string,
  };
  await example('listEvents', 'page', { as, query: 'status=ENDED', headers: minPosition });
  await example('getEvent', 'ok', { as, path, headers: minPosition });
  await example('listAudit', 'page', { as: 'auditor', query: `eventId=${empty}&limit=2`, headers: minPosition });
});

it('records examples of requests by players and auditors', async () => {
  const as = 'jun';
  const open = await newEvent({ rewards: [potion, gem, meso] });
  existingIds.eventId = open;
  const [paused, closing] = [await newEvent(), await newEvent({ ...SHORT })];
  await transition('pauseEvent', paused);
  expect(await progressAfter(as, open, await createAccount(as))).toBe(1);
  const path = { eventId: open };
  await example('completeEvent', 'CONDITION_NOT_MET', { as, path });
  await example('claimReward', 'NOT_COMPLETED', {
    as,
    path,
    body: { requestId: 'claim-0', rewardName: potion.name, amount: 20 },
  });
  const loginId = await logIn(as);
  expect([await progressAfter(as, open, loginId), await progressAfter(as, closing, loginId)]).toEqual([2, 2]);
  await example('completeEvent', 'ok', { as, path });
  const part = { requestId: 'claim-1', rewardName: potion.name, amount: 20, target: '루나/아델' };
  const granted = await example('claimReward', 'part', { as, path, body: part });
  existingIds.claimId = granted.body.data.claimId;
  await example('claimReward', 'all', { as, path, body: { requestId: 'claim-2', rewardName: gem.name, all: true } });
  await example('claimReward', 'replayed', { as, path, body: part });
  await example('claimReward', 'REQUEST_ID_REUSED', { as, path, body: { ...part, amount: 21 } });
  await example('claimReward', 'NO_SUCH_REWARD', { as, path, body: { ...part, requestId: 'claim-3', rewardName: 'nothing' } });
  await example('claimReward', 'INSUFFICIENT_REMAINING', { as, path, body: { ...part, requestId: 'claim-4', amount: 81 } });
  const handful = { requestId: 'claim-5', rewardName: meso.name, amount: 49 };
  await example('claimReward', 'AMOUNT_TOO_SMALL', { as, path, body: handful });
  await call('holdReward', { as: 'operator', path: { ...path, name: meso.name } });
  await example('claimReward', 'REWARD_ON_HOLD', { as, path, body: { ...handful, amount: 50 } });
  await example('completeEvent', 'NO_SUCH_MILESTONE', { as, path, body: { milestone: 7 } });
  await example('claimReward', 'NO_SUCH_MILESTONE', { as, path, body: { ...part, requestId: 'claim-6', milestone: 7 } });
  const monthly = await newEvent(calendar);
  const ofNoCycle = { path: { eventId: monthly }, query: `cycle=${NO_CYCLE}` };
  await example('completeEvent', 'NO_SUCH_CYCLE', { as, path: ofNoCycle.path, body: { cycle: NO_CYCLE } });
  await example('claimReward', 'NO_SUCH_CYCLE', { as, path: ofNoCycle.path, body: { ...part, cycle: NO_CYCLE } });
  await example('completeEvent', 'EVENT_NOT_OPEN', { as, path: { eventId: paused } });
  await example('claimReward', 'EVENT_NOT_OPEN', { as, path: { eventId: paused }, body: part });
  clockOffset = 15 * YEARS;
  await example('completeEvent', 'CLAIMS_CLOSED', { as, path: { eventId: closing } });
  const late = await example('claimReward', 'CLAIMS_CLOSED', { as, path: { eventId: closing }, body: part });
  clockOffset = 0;

  const headers = { 'x-min-position': late.headers['x-position'] as string };
  await example('getProgress', 'ok', { as, path, query: `afterLogin=${loginId}`, headers });
  await example('getProgress', 'NO_SUCH_CYCLE', { as, ...ofNoCycle, headers });
  await example('listOwnParticipations', 'page', { as, query: 'limit=1', headers });
  await example('listOwnClaims', 'page', { as, query: `eventId=${open}&limit=1`, headers });
  await example('getClaim', 'ok', { as, path: { claimId: existingIds.claimId }, headers });
  const staff = 'auditor';
  await example('listClaims', 'page', { as: staff, query: `eventId=${open}&limit=2`, headers });
  await example('exportClaims', 'csv', { as: staff, query: `eventId=${open}&status=SUCCESS`, headers });
  await example('getStatistics', 'ok', { as: staff, path, headers });
  await example('listParticipations', 'page', { as: staff, path, headers });
  await example('exportParticipations', 'csv', { as: staff, path, headers });
  await example('exportAudit', 'lines', { as: staff, query: `eventId=${open}&type=RewardAdded`, headers });
  for (const id of ['getStatistics', 'listParticipations', 'exportParticipations'])
    await example(id, 'NO_SUCH_CYCLE', { as: staff, ...ofNoCycle, headers });
  const participation = { eventId: open, accountId: idOfAccount(as) };
  const ofNoParticipation = { ...ofNoCycle, path: { ...participation, eventId: monthly } };
  for (const id of ['getParticipation', 'explainParticipation'])
    await example(id, 'NO_SUCH_CYCLE', { as: staff, ...ofNoParticipation, headers });
  await example('getParticipation', 'ok', { as: staff, path: participation, query: 'limit=3', headers });
  await example('explainParticipation', 'ok', { as: staff, path: participation, headers });
  await example('findPlayers', 'found', { as: staff, query: `q=${loginId}`, headers });
  await example('getPlayer', 'ok', { as: staff, path: { accountId: idOfAccount(as) }, headers });
});

it('records examples of delivery', async () => {
  const as = 'admin';
  const receiver = await startReceiver();
  servers.push(receiver.server);
  const webhook = { name: 'Inventory', kind: 'WEBHOOK', url: receiver.url, rewardTypes: ['ITEM'], requestId: 'add-inventory' };
  const added = await example('addDeliveryEndpoint', 'created', { as, body: webhook });
  const endpointId = (existingIds.endpointId = added.body.data.id as string);
  const path = { id: endpointId };
  await example('addDeliveryEndpoint', 'replayed', { as, body: webhook });
  const another = { ...webhook, requestId: 'add-another' };
  await example('addDeliveryEndpoint', 'REQUEST_ID_REUSED', { as, body: { ...webhook, name: 'another' } });
  await example('addDeliveryEndpoint', 'TYPE_TAKEN', { as, body: another });
  const refused = { url: 'https://169.254.169.254/latest/meta-data' };
  await example('addDeliveryEndpoint', 'ADDRESS_REFUSED', { as, body: { ...another, ...refused, rewardTypes: ['POINT'] } });
  const bus = { name: 'Currency', kind: 'BUS', rewardTypes: ['CURRENCY'] };
  const busPath = { id: (await example('addDeliveryEndpoint', 'bus', { as, body: bus })).body.data.id as string };
  await example('changeDeliveryEndpoint', 'ok', { as, path, body: { maxPerSecond: 200 } });
  await example('changeDeliveryEndpoint', 'TYPE_TAKEN', { as, path, body: { rewardTypes: ['CURRENCY'] } });
  await example('changeDeliveryEndpoint', 'ADDRESS_REFUSED', { as, path, body: refused });
  await example('testDeliveryEndpoint', 'ok', { as, path });
  await example('rotateDeliverySecret', 'ok', { as, path });
  await example('rotateDeliverySecret', 'ROTATION_RUNNING', { as, path });
  await example('rotateDeliverySecret', 'ENDPOINT_STATE', { as, path: busPath });

  const player = 'nari';
  await createAccount(player);
  const ofEvent = { eventId: existingIds.eventId };
  expect(await progressAfter(player, existingIds.eventId, await logIn(player))).toBe(2);
  await call('completeEvent', { as: player, path: ofEvent });
  const claim = async (requestId: string, rewardName: string): Promise<string> => {
    const body = { requestId, rewardName, amount: 1 };
    return (await call('claimReward', { as: player, path: ofEvent, body })).body.data.claimId as string;
  };
  const deliveries = async (): Promise<{ deliveryId: string; claimId: string; status: string }[]> =>
    (await call('listDeliveries', { as: 'auditor', query: `accountId=${idOfAccount(player)}` })).body.data;
  /** Waits until the delivery of a claim has a status. */
  const deliveryOf = async (claimId: string, status: string): Promise<string> => {
    const isOf = (row: { claimId: string; status: string }) => row.claimId === claimId && row.status === status;
    return (await until(`${status} of ${claimId}`, deliveries, (rows) => rows.some(isOf))).find(isOf)?.deliveryId as string;
  };
  const delivered = await deliveryOf(await claim('delivery-1', potion.name), 'DELIVERED');
  existingIds.deliveryId = delivered;
  await example('getDelivery', 'ok', { as: 'auditor', path: { deliveryId: delivered } });
  await example('resendDelivery', 'ALREADY_DELIVERED', { as: 'operator', path: { deliveryId: delivered } });
  const reason = { reason: '메일로 지급함' };
  await example('abandonDelivery', 'ALREADY_DELIVERED', { as: 'operator', path: { deliveryId: delivered }, body: reason });
  receiver.answers(400);
  const [first, second, third] = [
    await deliveryOf(await claim('delivery-2', potion.name), 'PARKED'),
    await deliveryOf(await claim('delivery-3', potion.name), 'PARKED'),
    await deliveryOf(await claim('delivery-4', potion.name), 'PARKED'),
  ];
  await example('listDeliveries', 'page', { as: 'auditor', query: 'status=PARKED&limit=1' });
  await example('exportDeliveries', 'csv', { as: 'auditor', query: `status=DELIVERED&endpointId=${endpointId}` });
  await example('abandonDelivery', 'ok', { as: 'operator', path: { deliveryId: third }, body: reason });
  await deliveryOf((await deliveries()).find(({ deliveryId }) => deliveryId === third)?.claimId as string, 'ABANDONED');
  receiver.answers(200);
  await example('resendDelivery', 'accepted', { as: 'operator', path: { deliveryId: first } });
  await until('the first', deliveries, (rows) => rows.some((row) => row.deliveryId === first && row.status === 'DELIVERED'));
  await example('resendDeliveries', 'accepted', { as: 'operator', body: { endpointId, status: 'PARKED' } });
  await until('the second', deliveries, (rows) => rows.some((row) => row.deliveryId === second && row.status === 'DELIVERED'));

  await example('pauseDeliveryEndpoint', 'ok', { as: 'operator', path });
  await example('resumeDeliveryEndpoint', 'ok', { as: 'operator', path });
  receiver.answers(410);
  await claim('delivery-5', potion.name);
  const state = async (): Promise<string> => (await call('getDeliveryEndpoint', { as: 'auditor', path })).body.data.state;
  await until('the endpoint to be disabled', state, (current) => current === 'DISABLED');
  await example('pauseDeliveryEndpoint', 'ENDPOINT_STATE', { as: 'operator', path });
  await example('getDeliveryEndpoint', 'ok', { as: 'auditor', path });
  await example('listDeliveryEndpoints', 'list', { as: 'auditor' });
  await example('removeDeliveryEndpoint', 'ok', { as, path });
  await example('resendDelivery', 'ENDPOINT_STATE', { as: 'operator', path: { deliveryId: third } });
  existingIds.endpointId = busPath.id;
});

/** Starts a receiver whose answers have the status that was set last. */
const startReceiver = async () => {
  let status = 200;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(status).end(JSON.stringify({ reference: 'mail-1' })));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rewards`;
  return { server, url, answers: (next: number) => void (status = next) };
};

it('records examples of dead letters, projections and verification', async () => {
  const bus = openEmbeddedMessageBus({ directory: join(system.settings.dataDir, 'bus') });
  const member = (name: string) => JSON.stringify({ [name]: 'of no message' });
  const letters = ['no JSON', 'neither JSON', 'x'.repeat(2 * MAX_APPEND_BYTES), member('a'), member('b')];
  const headers = { ce_type: 'LoggedIn' };
  for (const value of letters) await bus.publish('logins', [{ key: 'somebody', value, headers }]);
  await bus.close();
  const listed = async (): Promise<{ id: string; payload: string; fingerprint: string }[]> =>
    (await call('listDeadLetters', { as: 'auditor', query: 'status=OPEN' })).body.data;
  await until('the dead letters', listed, (open) => open.length === letters.length);
  const open = await listed();
  const [first, second, cut] = letters.map((value) => ({
    id: open.find(({ payload }) => value.startsWith(payload.slice(0, 5)))?.id as string,
  }));
  await example('getDeadLetter', 'ok', { as: 'auditor', path: first });
  await example('redriveDeadLetter', 'accepted', { as: 'operator', path: first });
  await example('redriveDeadLetter', 'ALREADY_HANDLED', { as: 'operator', path: first });
  await example('redriveDeadLetter', 'MESSAGE_CUT', { as: 'operator', path: cut });
  await example('discardDeadLetter', 'ok', { as: 'operator', path: second });
  await example('discardDeadLetter', 'ALREADY_HANDLED', { as: 'operator', path: second });
  existingIds.deadLetterId = cut?.id as string;
  const [third, fourth] = letters.slice(3).map((value) => open.find(({ payload }) => payload === value)?.fingerprint);
  const groups = async (): Promise<{ fingerprint: string }[]> =>
    (await call('listDeadLetterGroups', { as: 'auditor' })).body.data;
  // The message that was redriven is a dead letter again.
  await until('the groups', groups, (all) => all.length === 4);
  await example('listDeadLetterGroups', 'list', { as: 'auditor' });
  await example('redriveDeadLetters', 'accepted', { as: 'operator', body: { fingerprint: third } });
  await example('discardDeadLetters', 'accepted', { as: 'operator', body: { fingerprint: fourth } });
  await until(
    'the discarded dead letters',
    async () => (await call('listDeadLetters', { as: 'auditor', query: 'status=DISCARDED' })).body.data.length === 2,
  );
  await example('listDeadLetters', 'page', { as: 'auditor', query: 'status=DISCARDED&limit=1' });

  await until('the read models', async () => {
    const { body } = await call('listProjections', { as: 'auditor' });
    return (body.data as { state: string }[]).every(({ state }) => state === 'LIVE');
  });
  await example('listProjections', 'list', { as: 'auditor' });
  await call('getVerification', { as: 'auditor' });
  await until('a verification', async () => (await call('getVerification', { as: 'auditor' })).body.data.finishedAt !== null);
  await example('getVerification', 'ok', { as: 'auditor' });
  await example('rebuildProjection', 'accepted', { as: 'admin', path: { name: 'claims' } });
});

it('records an example of the audit stream', async () => {
  const { url, token } = requestOf('followAudit', { as: 'auditor', query: `type=RewardClaimed&eventId=${existingIds.eventId}` });
  const closing = new AbortController();
  const response = await fetch(`${system.url}${url}`, { headers: { authorization: `Bearer ${token}` }, signal: closing.signal });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (/event: caught-up\n.*\n.*\n\n/.test(text)) break;
  }
  closing.abort();
  const frames = text.split('\n\n').filter((frame) => frame !== '' && !frame.startsWith(':'));
  const answer = { status: response.status, headers: Object.fromEntries(response.headers), body: `${frames.join('\n\n')}\n\n` };
  expect(recorder.check({ method: 'GET', url, ...answer })).toEqual([]);
  recorder.record('followAudit', 'frames', answer);
});

it('records examples of health', async () => {
  const ready = await recorder.send(system.url, { method: 'GET', url: '/health' });
  recorder.record('health', 'ok', ready);
  recorder.record('gatewayReadiness', 'ok', await recorder.send(system.url, { method: 'GET', url: '/health/ready' }));
  recorder.record('gatewayLiveness', 'ok', await recorder.send(system.url, { method: 'GET', url: '/health/live' }));
  const commandUrl = `http://127.0.0.1:${system.settings.ports.command}`;
  const serviceRecorder = new Recorder(new ApiContract(await documentOf(commandUrl)), FIXED_TIMES);
  recorder.record('serviceReadiness', 'ok', await serviceRecorder.send(commandUrl, { method: 'GET', url: '/health/ready' }));
  recorder.record('serviceLiveness', 'ok', await serviceRecorder.send(commandUrl, { method: 'GET', url: '/health/live' }));
  expect(serviceRecorder.violations).toEqual([]);
  for (const [id, url] of [
    ['health', '/health'],
    ['gatewayReadiness', '/health/ready'],
    ['gatewayLiveness', '/health/live'],
  ] as const) {
    const answer = await recorder.send(system.url, { method: 'GET', url: `${url}?x=%ff` });
    expect([id, answer.body.code]).toEqual([id, 'VALIDATION_FAILED']);
    recorder.record(id, 'VALIDATION_FAILED', answer);
  }
});

const documentOf = async (url: string): Promise<OpenApiDocument> =>
  (await (await fetch(`${url}/api-docs.json`)).json()) as OpenApiDocument;

/** A valid body for each operation. */
const BODIES: Partial<Readonly<Record<RouteName | GatewayRouteName, unknown>>> = {
  'POST /auth/register': { email: 'sweep@example.com', password },
  'POST /auth/login': { email: 'mina@example.com', password },
  'POST /console/session': { email: 'mina@example.com', password },
  'POST /play/session': { email: 'mina@example.com', password },
  'POST /auth/refresh': { refreshToken: 'none' },
  'POST /auth/logout': { refreshToken: 'none' },
  'POST /auth/password': { currentPassword: password, newPassword: password },
  'POST /accounts/{accountId}/roles': { roles: ['USER'] },
  'POST /events': attendance,
  'POST /events/{eventId}/rewards': { ...potion, name: '새 보상' },
  'POST /events/{eventId}/rewards/{name}/change': { amount: 30 },
  'POST /events/{eventId}/change': { name: 'another' },
  'POST /events/{eventId}/clone': { name: 'another', startsAt: WINDOW.startsAt, endsAt: WINDOW.endsAt },
  'POST /dead-letters/redrive': { fingerprint: '0123456789abcdef' },
  'POST /dead-letters/discard': { fingerprint: '0123456789abcdef' },
  'POST /events/{eventId}/claims': { requestId: 'sweep', rewardName: potion.name, amount: 1 },
  'POST /delivery-endpoints': { name: 'Coupons', kind: 'BUS', rewardTypes: ['COUPON'] },
  'POST /delivery-endpoints/{id}/change': { maxPerSecond: 100 },
  'POST /deliveries/{deliveryId}/abandon': { reason: 'granted by hand' },
  'POST /deliveries/resend': { status: 'PARKED' },
};

interface SweepCall extends Call {
  /** Replaces the method of the route. */
  readonly method?: string;
  readonly base?: string;
}

/** Sends a request to each route with this code, and records each answer as its example. The caller is an administrator. */
const sweep = async (code: ProblemCode, callOf: (route: DescribedRoute) => SweepCall | null): Promise<void> => {
  const takesMinPosition = (route: DescribedRoute): boolean =>
    JSON.stringify(document.paths?.[route.path]?.[route.method.toLowerCase()]).includes('"X-Min-Position"');
  const routes = ALL_ROUTES.filter((route) => codesOf(route, takesMinPosition(route)).includes(code));
  expect(routes.length).toBeGreaterThan(0);
  const calls = routes.flatMap((route) => {
    const options = callOf(route);
    return options === null ? [] : [{ route, options }];
  });
  const answers = await Promise.all(
    calls.map(({ route, options }) => {
      const { method = route.method, base = system.url } = options;
      const as = route.access === 'anyone' ? {} : { as: 'admin' };
      const body = method === 'POST' && BODIES[nameOf(route)] !== undefined ? { body: BODIES[nameOf(route)] } : {};
      const query = route.path === '/players' ? { query: 'q=claim-1' } : {};
      return recorder.send(base, { ...requestOf(idOf(route), { ...as, ...body, ...query, ...options }, base), method });
    }),
  );
  calls.forEach(({ route }, index) => {
    const { status, body } = answers[index] as Answer;
    expect([nameOf(route), status, body.code]).toEqual([nameOf(route), PROBLEM_STATUSES[code], code]);
    recorder.record(idOf(route), code, answers[index] as Answer);
  });
};

const existing = ({ path }: { readonly path: string }): Readonly<Record<string, string>> => ({
  eventId: existingIds.eventId,
  deliveryId: existingIds.deliveryId,
  accountId: idOfAccount('jun'),
  claimId: existingIds.claimId,
  id: path.startsWith('/delivery-endpoints') ? existingIds.endpointId : existingIds.deadLetterId,
  name: potion.name,
});

describe('every route', () => {
  it('rejects invalid requests', () =>
    sweep('VALIDATION_FAILED', (route) =>
      route.method === 'POST'
        ? { path: existing(route), body: { nonsense: true } }
        : { path: existing(route), query: 'nonsense=1' },
    ));

  it('rejects requests without authentication', () => sweep('UNAUTHENTICATED', () => ({ as: 'nobody' })));

  it('rejects roles without access, and sessions from other origins', () =>
    sweep('FORBIDDEN', (route) =>
      route.service === 'gateway' ? { headers: { origin: 'https://evil.example' } } : { as: 'mina', path: existing(route) },
    ));

  it('rejects unknown ids', () => sweep('NOT_FOUND', () => ({})));

  it('rejects other methods', () =>
    sweep('METHOD_NOT_ALLOWED', (route) => ({ method: 'PUT', path: existing(route), body: undefined })));

  it('rejects bodies that are too large', () =>
    sweep('PAYLOAD_TOO_LARGE', (route) => ({ path: existing(route), body: JSON.stringify({ name: 'x'.repeat(300_000) }) })));

  it('rejects bodies of another media type', () =>
    sweep('UNSUPPORTED_MEDIA_TYPE', (route) => ({
      path: existing(route),
      body: 'text',
      headers: { 'content-type': 'text/plain' },
    })));

  it('rejects stale revisions', () =>
    sweep('STALE_REVISION', (route) => ({ path: existing(route), headers: { 'if-match': '"999"' } })));

  it('rejects positions of another log', () =>
    sweep('NOT_CAUGHT_UP', (route) => ({ path: existing(route), headers: { 'x-min-position': FOREIGN_TOKEN } })));

  /** These routes use no bus, so the mocked buses do not affect them. Their answer would be the same. */
  const withoutBus = new Set<string>(['getOwnAccount', 'getTokenKeys', 'testDeliveryEndpoint']);
  const throwing = (error: () => Error) => {
    for (const bus of [CommandBus, QueryBus])
      jest.spyOn(bus.prototype, 'execute').mockImplementation(async () => Promise.reject(error()));
  };
  afterEach(() => jest.restoreAllMocks());

  it('hides the details of an unexpected error', async () => {
    throwing(() => new Error('unexpected'));
    await sweep('INTERNAL', (route) =>
      route.service === 'projections' || withoutBus.has(idOf(route)) ? null : { path: existing(route) },
    );
  });

  it('answers TRY_AGAIN under extreme contention', async () => {
    throwing(() => problem('TRY_AGAIN'));
    await sweep('TRY_AGAIN', (route) => (withoutBus.has(idOf(route)) ? null : { path: existing(route) }));
  });

  it('is rate limited', async () => {
    const rates = { account: 0.1, address: 0.1, site: 0.1, credentials: 0.01, siteCredentials: 0.01 };
    const base = await system.addGateway(anotherGateway(), { rates });
    // Stops the clock of the rate limits, so that none recovers during slow requests.
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await recorder.send(base, requestOf('getOwnAccount', { as: 'admin' }));
    await recorder.send(base, requestOf('logOut', { body: { refreshToken: 'none' } }));
    await sweep('RATE_LIMITED', (route) => ({ base, path: existing(route) }));
  });

  it('is unavailable while its service is unavailable', async () => {
    const base = await gatewayWithFakeServices(() => undefined, false);
    await sweep('UNAVAILABLE', (route) => ({ base, path: existing(route) }));
    for (const [id, url] of [
      ['health', '/health'],
      ['gatewayReadiness', '/health/ready'],
    ] as const)
      recorder.record(id, 'UNAVAILABLE', await recorder.send(base, { method: 'GET', url }));
  });

  it('answers BAD_GATEWAY when its service closes the connection', async () => {
    const base = await gatewayWithFakeServices((socket) => socket.destroy());
    await sweep('BAD_GATEWAY', (route) => ({ base, path: existing(route) }));
  });

  it('answers UPSTREAM_TIMEOUT when its service is too slow', async () => {
    const base = await gatewayWithFakeServices(() => undefined);
    await sweep('UPSTREAM_TIMEOUT', (route) => ({ base, path: existing(route) }));
  });
});

/** Loads the modules of the gateway again, because express-gateway keeps its state in them. */
const anotherGateway = (): typeof startGateway => {
  jest.resetModules();
  return (require('../../gateway/src/gateway') as { startGateway: typeof startGateway }).startGateway;
};

/** Starts a gateway in front of fake services. @param handle handles each request @param listens whether the port is open */
const gatewayWithFakeServices = async (handle: (socket: { destroy(): void }) => void, listens = true): Promise<string> => {
  const server = createServer(({ socket }) => handle(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (listens) servers.push(server);
  else await once(server.close(), 'close');
  const instances = Object.fromEntries(SERVICES.map((service) => [service, [url]])) as Record<
    (typeof SERVICES)[number],
    string[]
  >;
  return system.addGateway(anotherGateway(), { instances }, { upstreamTimeoutMs: 200 });
};

it('has answered every request as the document describes', () => expect(recorder.violations).toEqual([]));

it('has an example of every success and every code of every operation', () => {
  const { shared, operations } = recorder.recorded;
  const missing = ALL_ROUTES.flatMap((route) => {
    const id = idOf(route);
    const own = operations[id] ?? [];
    const described = document.paths?.[route.path]?.[route.method.toLowerCase()] as { responses: Record<string, unknown> };
    const successes = Object.keys(described.responses).filter((status) => status < '300');
    return [
      ...successes.filter((status) => !own.some((answer) => answer.status === Number(status))).map((status) => `${id} ${status}`),
      ...codesOf(route, false)
        .filter((code) => !own.some(({ name }) => name === code) && !Object.hasOwn(shared, code))
        .map((code) => `${id} ${code}`),
    ];
  });
  expect(missing).toEqual([]);
});

it('has the same answers as the examples in the document', () => {
  if (UPDATES) storeExamples(recorder.recorded);
  expect(recorder.recorded).toEqual(storedExamples());
});
