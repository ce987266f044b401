/** Generates a long, realistic log. The histories of its players are interleaved. Every run generates the same log. */
import { formatPosition, streams, type AnyDomainEvent, type RecordedEvent, type Reward } from '@rewards/contracts';
import type { EventStore, NewEvent } from '@rewards/event-store';
import { derivedId } from '@rewards/service-kit/derived-id';

const EVENTS = 5;
/** Number of players with unfinished histories at any time. */
const CONCURRENT_PLAYERS = 1_000;
const LOGINS = 3;
/** 3 claims for each login. Two of the nine are rejected. */
const CLAIMS = 9;
const REJECTED_CLAIMS: ReadonlySet<number> = new Set([4, 8]);
const CONCURRENT_APPENDS = 256;
const DAY = 86_400_000;
const START_OF_LOG = Date.parse('2026-11-01T00:00:00.000Z');
const REWARDS: readonly Reward[] = [
  { name: '극한성장의 비약', type: 'ITEM', amount: 100 },
  { name: '사우나 이용권', type: 'COUPON', amount: 5 },
];
const OPERATOR = { accountId: derivedId('operator'), roles: ['OPERATOR'] as const };

type Fact = Omit<RecordedEvent<AnyDomainEvent>, 'position'>;
/** Returns the facts of one append. */
type Step = (at: string) => readonly Pick<Fact, 'stream' | 'type' | 'data' | 'metadata'>[];

export const LOG_SPAN = { from: START_OF_LOG, days: 14 } as const;
export const REWARD_NAMES = REWARDS.map(({ name }) => name);
export const eventIdOf = (event: number): string => derivedId('event', event % EVENTS);
export const accountIdOf = (player: number): string => derivedId('account', player);

const fact = (
  stream: string,
  { type, data }: AnyDomainEvent,
  actor: Fact['metadata']['actor'],
  at: string,
): ReturnType<Step>[number] => ({
  stream,
  type,
  data,
  metadata: { schemaVersion: 1, correlationId: derivedId('request', stream, at), causationId: null, actor, at },
});

const catalogue = (at: string): ReturnType<Step> =>
  Array.from({ length: EVENTS }, (_, index) => {
    const eventId = eventIdOf(index);
    const events: readonly AnyDomainEvent[] = [
      {
        type: 'RewardEventCreated',
        data: {
          eventId,
          name: `접속 이벤트 ${index + 1}`,
          description: '',
          startsAt: at,
          endsAt: new Date(START_OF_LOG + 30 * DAY).toISOString(),
          claimsUntil: new Date(START_OF_LOG + 44 * DAY).toISOString(),
          timeZone: 'Asia/Seoul',
          condition: { type: 'LOGIN_COUNT', count: LOGINS },
          createdBy: OPERATOR.accountId,
          at,
        },
      },
      ...REWARDS.map((reward) => ({ type: 'RewardAdded', data: { eventId, reward, at } }) as const),
      { type: 'RewardEventPublished', data: { eventId, at } },
    ];
    return events.map((event) => fact(streams.rewardEvent(eventId), event, OPERATOR, at));
  }).flat();

/** Returns the history of one player: a registration, logins, a rejected and a granted completion, and claims. */
const historyOf = (player: number): Step[] => {
  const [eventId, accountId] = [eventIdOf(player), accountIdOf(player)];
  const stream = streams.participation(eventId, accountId);
  const self = { accountId, roles: ['USER'] as const };
  const own = { eventId, accountId };
  const [elixir] = REWARDS as readonly [Reward];
  const amount = elixir.amount / CLAIMS;
  const logins = Array.from({ length: LOGINS }, (_, login): Step[] => {
    const loginId = derivedId('login', player, login);
    const progress = login + 1;
    return [
      (at) => [fact(streams.login(accountId, at), { type: 'LoggedIn', data: { loginId, accountId, at } }, self, at)],
      (at) => {
        const counted = { ...own, loginId, at, day: at.slice(0, 10), progress, conditionMet: progress === LOGINS };
        const condition = { type: 'LOGIN_COUNT', count: LOGINS } as const;
        const events: readonly AnyDomainEvent[] = [
          ...(login === 0
            ? ([{ type: 'ParticipationStarted', data: { ...own, termsVersion: 1, condition, rewards: REWARDS, at } }] as const)
            : []),
          { type: 'LoginCounted', data: counted },
        ];
        return events.map((event) => fact(stream, event, { service: 'command-service' }, at));
      },
    ];
  });
  let claimed = 0;
  const claims = Array.from({ length: CLAIMS }, (_, claim): Step => {
    const request = { ...own, requestId: derivedId('claim', player, claim), rewardName: elixir.name, type: elixir.type };
    if (REJECTED_CLAIMS.has(claim)) {
      const rejection = {
        ...request,
        requested: 1_000,
        code: 'INSUFFICIENT_REMAINING',
        details: { remaining: elixir.amount - claimed },
      };
      return (at) => [fact(streams.refusals(stream), { type: 'ClaimRefused', data: { ...rejection, at } }, self, at)];
    }
    const units = Math.floor(amount);
    claimed += units;
    const granted = { ...request, requested: units, amount: units, claimed, remaining: elixir.amount - claimed };
    return (at) => [fact(stream, { type: 'RewardClaimed', data: { ...granted, at } }, self, at)];
  });
  const notMet = { ...own, code: 'CONDITION_NOT_MET', details: { progress: 1, required: LOGINS } };
  return [
    (at) => {
      const data = { messageId: derivedId('registration', player), accountId, roles: ['USER'] as const, at };
      return [fact(streams.account(accountId), { type: 'AccountRegistered', data }, self, at)];
    },
    ...(logins[0] ?? []),
    (at) => [fact(streams.refusals(stream), { type: 'CompletionRefused', data: { ...notMet, at } }, self, at)],
    ...logins.slice(1).flat(),
    (at) => [fact(stream, { type: 'EventCompleted', data: { ...own, at, rewards: REWARDS } }, self, at)],
    ...claims,
  ];
};

/** Returns a random number generator (xorshift) with a fixed seed. */
const fixedRandom = (): ((bound: number) => number) => {
  let seed = 42;
  return (bound) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % bound;
  };
};

/** Generates appends with at least `count` facts in total. Their times span two weeks. */
function* realisticLog(count: number): Generator<readonly Fact[], void, undefined> {
  const revisions = new Map<string, number>();
  const withRevisions = (facts: ReturnType<Step>): readonly Fact[] =>
    facts.map((each) => {
      const revision = (revisions.get(each.stream) ?? -1) + 1;
      revisions.set(each.stream, revision);
      return { ...each, id: derivedId('fact', each.stream, revision), revision };
    });
  const timeOf = (index: number) => new Date(START_OF_LOG + Math.floor((LOG_SPAN.days * DAY * index) / count)).toISOString();

  const opening = withRevisions(catalogue(timeOf(0)));
  for (let event = 0; event < EVENTS; event += 1)
    yield opening.filter(({ stream }) => stream === streams.rewardEvent(eventIdOf(event)));
  const next = fixedRandom();
  let players = 0;
  const histories = Array.from({ length: CONCURRENT_PLAYERS }, () => historyOf(players++));
  for (let index = opening.length; index < count;) {
    const slot = next(CONCURRENT_PLAYERS);
    let steps = histories[slot] ?? [];
    if (steps.length === 0) histories[slot] = steps = historyOf(players++);
    const facts = withRevisions(steps.shift()?.(timeOf(index)) ?? []);
    index += facts.length;
    yield facts;
  }
}

/** Generates the log in pages, with positions as an event store would assign them. */
export function* recordedLog(count: number, perPage: number): Generator<readonly RecordedEvent[], void, undefined> {
  let page: RecordedEvent[] = [];
  let seq = 0;
  for (const facts of realisticLog(count)) {
    page.push(...facts.map((each) => ({ ...each, position: formatPosition((seq += 1)) })));
    if (page.length < perPage) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Appends the log. The event store writes concurrent appends in order, so the stored log is always the same too. */
export const appendAll = async (store: EventStore, count: number): Promise<void> => {
  let pending: Promise<unknown>[] = [];
  for (const facts of realisticLog(count)) {
    const [first] = facts;
    if (!first) continue;
    const events = facts.map(({ id, type, data, metadata }): NewEvent => ({ id, type, data, metadata }));
    pending.push(store.append(first.stream, first.revision - 1, events));
    if (pending.length < CONCURRENT_APPENDS) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
};
