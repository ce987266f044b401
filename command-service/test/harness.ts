import { randomUUID } from 'node:crypto';
import { PREFIXES, streams, toBusMessage, type Reward, type Role } from '@rewards/contracts';
import { eventRewardResponse } from '@rewards/contracts/testing/sample-events';
import type { EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { createLogger, unauthenticated, type Settings } from '@rewards/service-kit';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { send } from '@rewards/testing/http';
import { httpSpecification } from '@rewards/testing/http-specification';
import { until } from '@rewards/testing/until';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCommandService, type CommandService, type CommandServiceOptions } from '../src/command-service';

export const HOUR = 3_600_000;
export const potion: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
export const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
export const sauna: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 5 };

export interface Account {
  readonly accountId: string;
  readonly roles: readonly Role[];
  readonly authorization: string;
}

export let settings: Settings;
export let service: CommandService;
export let store: EventStore;
export let bus: MessageBus;
let writer: EventStore;
let now: () => number = Date.now;
/** Advances the clock of the services until the end of the test. */
export const advanceClock = (milliseconds: number): void => {
  now = () => Date.now() + milliseconds;
};
/** Stops the clock of the services at a time until the end of the test. */
export const stopClock = (at: string): void => {
  now = () => Date.parse(at);
};

export const accounts = new Map<string, Account>();
export const newAccount = (...roles: Role[]): Account => {
  const accountId = randomUUID();
  const account = { accountId, roles, authorization: `Bearer ${accountId}` };
  accounts.set(account.accountId, account);
  return account;
};
export const operator = newAccount('OPERATOR');

export const start = (options: CommandServiceOptions = {}) =>
  createCommandService(settings, createLogger('command-service', 'silent'), {
    now: () => now(),
    identify: async (authorization) => {
      const account = accounts.get(authorization?.slice('Bearer '.length) ?? '');
      if (!account) throw unauthenticated();
      const { accountId, roles } = account;
      return { accountId, roles, email: 'somebody@example.com', expiresAt: Infinity, tokenId: 'token' };
    },
    ...options,
  });

export const post = (caller: Account | null, path: string, body?: unknown, at = service, headers: Record<string, string> = {}) =>
  send(at.app, {
    method: 'POST',
    path,
    as: caller,
    ...(body !== undefined && { body }),
    headers,
  });

/** Given events, when a request, then the whole response and exactly the events that it records. */
export const given = httpSpecification(() => ({
  service: service.app,
  store,
  prefixes: [PREFIXES.rewardEvent, PREFIXES.participation, PREFIXES.refusals, PREFIXES.deadLetter],
  record: async (facts) => {
    await appendFacts(writer, facts);
    return {};
  },
}));

/** Matches the value of `X-Position`. */
export const A_POSITION = expect.stringMatching(/^[0-9a-f]{48}$/) as string;
const A_TEXT = expect.any(String) as string;
/** Matches the whole event that `newEvent` makes. */
export const eventOf = ({
  rewards = [potion, gem, sauna],
  condition = { type: 'LOGIN_COUNT', count: 3 },
  ...changes
}: {
  readonly rewards?: readonly Reward[];
  readonly condition?: { readonly type: string; readonly count: number };
  readonly [field: string]: unknown;
} = {}) => ({
  eventId: A_TEXT,
  name: '접속 이벤트',
  description: '',
  status: 'ACTIVE',
  startsAt: A_TEXT,
  endsAt: A_TEXT,
  claimsUntil: A_TEXT,
  timeZone: 'Asia/Seoul',
  dayStartsAt: '00:00',
  condition,
  rewards: rewards.map((reward) => eventRewardResponse(reward)),
  milestones: [{ count: condition.count, rewards: rewards.map((reward) => eventRewardResponse(reward)) }],
  cycle: null,
  autoComplete: false,
  autoClaim: false,
  metadata: {},
  termsVersion: 1,
  createdBy: operator.accountId,
  createdAt: A_TEXT,
  ...changes,
});
/** Matches the whole claim of a reward. */
export const claimOf = (eventId: string, requestId: string, { name: rewardName, type, itemCode }: Reward, units: Units) => ({
  claimId: A_TEXT,
  requestId,
  eventId,
  cycle: null,
  milestone: 3,
  target: null,
  rewardName,
  type,
  itemCode: itemCode ?? null,
  claimedAt: A_TEXT,
  ...units,
});
interface Units {
  readonly amount: number;
  readonly claimed: number;
  readonly remaining: number;
}

export const iso = (offset: number) => new Date(Date.now() + offset).toISOString();
export const newEvent = (overrides: object = {}) => ({
  name: '접속 이벤트',
  startsAt: iso(-HOUR),
  endsAt: iso(24 * HOUR),
  condition: { type: 'LOGIN_COUNT', count: 3 },
  rewards: [potion, gem, sauna],
  publish: true,
  ...overrides,
});
export const createEvent = async (overrides: object = {}): Promise<string> => {
  const { status, data } = await post(operator, '/events', newEvent(overrides));
  expect(status).toBe(201);
  return data.eventId;
};

export const publishLogin = async ({ accountId, roles }: Account, at = iso(0)): Promise<void> => {
  const loginId = randomUUID();
  const event = { type: 'LoggedIn', data: { loginId, accountId, at } } as const;
  await bus.publish('logins', [toBusMessage({ messageId: loginId, event, actor: { accountId, roles }, correlationId: 'test' })]);
};
export const readProgress = async (eventId: string, { accountId }: Account): Promise<number> =>
  (await store.readStream(streams.participation(eventId, accountId))).filter(({ type }) => type === 'LoginCounted').length;
export const logIn = async (eventId: string, player: Account, times = 3): Promise<void> => {
  const before = await readProgress(eventId, player);
  for (let time = 0; time < times; time += 1) await publishLogin(player);
  await until(
    `${before + times} counted logins`,
    async () => await readProgress(eventId, player),
    (value) => value === before + times,
  );
};
export const newEligible = async (eventId: string): Promise<Account> => {
  const player = newAccount('USER');
  await logIn(eventId, player);
  return player;
};
export const newCompleted = async (eventId: string): Promise<Account> => {
  const player = await newEligible(eventId);
  expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
  return player;
};
export const claim = (player: Account, eventId: string, body: object, at = service) =>
  post(player, `/events/${eventId}/claims`, body, at);
export const factsOf = async (stream: string) =>
  (await store.readStream(stream)).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
export const granted = async (eventId: string, { accountId }: Account, rewardName: string): Promise<number> =>
  (await factsOf(streams.participation(eventId, accountId)))
    .filter(({ type, data }) => type === 'RewardClaimed' && data.rewardName === rewardName)
    .reduce((sum, { data }) => sum + (data.amount as number), 0);

/** Starts a separate service for the spec file that calls this. */
export const useCommandService = (): void => {
  beforeAll(async () => {
    settings = testSettings();
    service = await start();
    store = openEventStore(settings, 'read');
    writer = openEventStore(settings, 'write');
    bus = openMessageBus(settings);
    await until(
      'command-service to be ready',
      async () => (await send(service.app, { path: '/health/ready' })).status,
      (value) => value === 200,
    );
  });
  afterAll(async () => {
    await service.close();
    await Promise.all([store.close(), writer.close(), bus.close()]);
    removeData(settings);
  });
  afterEach(() => {
    now = Date.now;
  });
};
