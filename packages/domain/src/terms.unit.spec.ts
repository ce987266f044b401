import { Rejected, type Cycle, type ParticipationEvent, type Reward, type RewardEventEvent } from '@rewards/contracts';
import fc from 'fast-check';
import { fold } from './aggregate';
import { loginCycle } from './cycles';
import { claimReward, completeEvent, countLogin, participation, type ParticipationState } from './participation.decider';
import {
  addReward,
  changeReward,
  changeRewardEvent,
  createRewardEvent,
  deleteRewardEvent,
  endRewardEvent,
  holdReward,
  judgeLogin,
  pauseRewardEvent,
  publishRewardEvent,
  releaseReward,
  restoreRewardEvent,
  resumeRewardEvent,
  rewardEvent,
  rewardEventStatus,
  withdrawReward,
  type ExistingRewardEvent,
  type RewardEventState,
} from './reward-event.decider';
import { milestoneAt, milestonesOf, promisedRewards, termsOf } from './terms';

/** One step, which takes half an hour, of a random history of an event and one account in it. */
type Step =
  | { readonly do: 'operate'; readonly decide: (at: { at: string }) => ReturnType<typeof publishRewardEvent> }
  | { readonly do: 'erase the account' }
  | (Write &
      (
        | { readonly do: 'log in' }
        | { readonly do: 'complete'; readonly milestone: number | undefined }
        | {
            readonly do: 'claim';
            readonly milestone: number | undefined;
            readonly name: string;
            readonly requested: number | 'all';
          }
      ));

/** One of several writers, each of which decides on the state that it read last, unless it reads again. */
interface Write {
  readonly writer: number;
  readonly reads: boolean;
}

const NAMES = ['potion', 'gem', 'sauna'];
const COUNTS = [1, 2];
const REQUIRED = 3;
const name = fc.constantFrom(...NAMES);
const amount = fc.integer({ min: 1, max: 20 });
const reward = fc.record({ name, type: fc.constant('ITEM' as const), amount });
const milestone = fc.constantFrom(undefined, ...COUNTS, REQUIRED, 7);

const operations = fc.oneof(
  fc.constantFrom(publishRewardEvent, pauseRewardEvent, resumeRewardEvent, endRewardEvent, deleteRewardEvent, restoreRewardEvent),
  fc.tuple(reward, milestone).map(
    ([added, count]) =>
      ({ at }: { at: string }) =>
        addReward({ reward: added, milestone: count, at }),
  ),
  fc.tuple(name, amount, milestone).map(
    ([changed, to, count]) =>
      ({ at }: { at: string }) =>
        changeReward({ name: changed, amount: to, milestone: count, at }),
  ),
  fc.tuple(name, milestone).map(
    ([withdrawn, count]) =>
      ({ at }: { at: string }) =>
        withdrawReward({ name: withdrawn, milestone: count, at }),
  ),
  fc.tuple(name, milestone, fc.constantFrom(holdReward, releaseReward)).map(
    ([braked, count, brake]) =>
      ({ at }: { at: string }) =>
        brake({ name: braked, milestone: count, at }),
  ),
  fc.integer({ min: 30, max: 200 }).map(
    (step) =>
      ({ at }: { at: string }) =>
        changeRewardEvent({ change: { endsAt: time(step) }, at }),
  ),
);
const write = { writer: fc.nat(2), reads: fc.boolean() };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: operations.map((decide) => ({ do: 'operate' as const, decide })) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('log in' as const), ...write }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('complete' as const), milestone, ...write }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      milestone,
      name,
      requested: fc.oneof(amount, fc.constant('all' as const)),
      ...write,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'erase the account' as const }) },
);

const time = (steps: number): string => new Date(Date.UTC(2026, 2, 1, 0, 30 * steps)).toISOString();

const attempt = <Event>(decide: () => readonly Event[]): readonly Event[] => {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Rejected) return [];
    throw error;
  }
};

interface Kind {
  readonly hasMilestones: boolean;
  readonly cycle: Cycle | null;
  readonly autoComplete: boolean;
  readonly autoClaim: boolean;
}
const kind: fc.Arbitrary<Kind> = fc.record({
  hasMilestones: fc.boolean(),
  cycle: fc.constantFrom(null, 'DAY', 'WEEK', 'MONTH'),
  autoComplete: fc.boolean(),
  autoClaim: fc.boolean(),
});

interface Moment {
  readonly event: ExistingRewardEvent;
  readonly fact: ParticipationEvent;
  /** What the step did. */
  readonly by: Exclude<Step['do'], 'operate'>;
  readonly isErased: boolean;
}

interface Played {
  /** The domain events of each participation, by its cycle, with the reward event at that time. */
  readonly participations: readonly (readonly Moment[])[];
  readonly eventFacts: readonly RewardEventEvent[];
}

const play = ({ hasMilestones, ...details }: Kind, steps: readonly Step[]): Played => {
  const rewards: Reward[] = NAMES.slice(0, 2).map((first) => ({ name: first, type: 'ITEM', amount: 10 }));
  const created = createRewardEvent({
    eventId: 'e',
    details: {
      name: 'event',
      description: '',
      startsAt: time(0),
      endsAt: time(60),
      claimsUntil: time(300),
      timeZone: 'Asia/Seoul',
      condition: { type: 'LOGIN_COUNT', count: REQUIRED },
      milestones: hasMilestones ? COUNTS.map((count) => ({ count, rewards })) : [],
      ...details,
    },
    rewards,
    publish: true,
    createdBy: 'o',
    at: time(0),
  });
  const eventFacts: RewardEventEvent[] = [...created(rewardEvent.initial)];
  const logs = new Map<string | null, { readonly moments: Moment[]; readonly states: ParticipationState[] }>();
  const readRevisions = new Map<string, number>();
  let isErased = false;
  let event = fold(rewardEvent, eventFacts);

  steps.forEach((next, index) => {
    const at = time(index + 1);
    if (next.do === 'operate') {
      const facts = attempt(() => next.decide({ at })(event));
      eventFacts.push(...facts);
      event = facts.reduce(rewardEvent.evolve, event);
      return;
    }
    const then = existing(event);
    if (next.do === 'erase the account') return void (isErased = true);
    if (next.do === 'log in' && judgeLogin(then, at) !== 'OPEN') return;

    const cycle = loginCycle(then, at);
    const { moments, states } = logs.get(cycle) ?? { moments: [], states: [participation.initial] };
    logs.set(cycle, { moments, states });
    const writer = `${next.writer} ${cycle}`;
    if (next.reads) readRevisions.set(writer, moments.length);
    const revision = readRevisions.get(writer) ?? 0;
    const request = { at, event: { ...then, status: rewardEventStatus(then, at) } };
    const decide = (state: ParticipationState) => {
      if (next.do === 'log in')
        return countLogin({ loginId: `l${index}`, accountId: 'a', at, cycle, event: then, isErased })(state);
      if (next.do === 'complete') return completeEvent({ ...request, milestone: next.milestone })(state);
      const { name: rewardName, requested, milestone: count } = next;
      return claimReward({ ...request, requestId: `r${index}`, rewardName, requested, milestone: count })(state);
    };
    const decideAt = (length: number) => attempt(() => decide(states[length] ?? participation.initial));
    const stale = decideAt(revision);
    // The log accepts only a decision on its newest revision; after a conflict, the writer decides again.
    for (const fact of revision === moments.length ? stale : decideAt(moments.length)) {
      moments.push({ event: then, fact, by: next.do, isErased });
      states.push(participation.evolve(states.at(-1) ?? participation.initial, fact));
    }
  });
  return { participations: [...logs.values()].map(({ moments }) => moments), eventFacts };
};

const existing = (state: RewardEventState): ExistingRewardEvent => {
  if (state.situation === 'missing') throw new Error('the event must exist');
  return state;
};

const histories = fc.tuple(kind, fc.array(step, { minLength: 20, maxLength: 100 })).map(([event, steps]) => play(event, steps));
const factsOf = (moments: readonly Moment[], type: ParticipationEvent['type']) =>
  moments.filter(({ fact }) => fact.type === type);
const eachParticipation = (check: (moments: readonly Moment[]) => void, numRuns = 150): void =>
  fc.assert(
    fc.property(histories, ({ participations }) => participations.forEach(check)),
    { numRuns },
  );

describe('over random histories of an event and the participations of an account, by several writers', () => {
  it('no reward is granted while it is on hold', () => {
    eachParticipation((moments) => {
      for (const { event, fact } of moments)
        if (fact.type === 'RewardClaimed')
          expect(milestoneAt(event, fact.data.milestone)?.held ?? []).not.toContain(fact.data.rewardName);
    });
  });

  it('a participation starts with the terms in force, and the event keeps them', () => {
    fc.assert(
      fc.property(histories, ({ participations, eventFacts }) => {
        const last = fold(rewardEvent, eventFacts);
        for (const { event, fact } of participations.flat()) {
          if (fact.type !== 'ParticipationStarted' || last.situation === 'missing') continue;
          expect(fact.data.termsVersion).toBe(event.termsVersion);
          const kept = termsOf(last, fact.data.termsVersion);
          const rewardsOf = (terms: typeof kept) => milestonesOf(terms).map(({ count, rewards }) => [count, rewards]);
          expect(rewardsOf(kept)).toEqual(rewardsOf(event));
        }
      }),
    );
  });

  it('a milestone is completed at most once, not before it is reached, and promises the greater of the amounts then and now', () => {
    let completions = 0;
    eachParticipation((moments) => {
      const [start] = moments;
      if (!start) return;
      const completed = new Set<number | undefined>();
      let progress = 0;
      for (const { event, fact } of moments) {
        if (fact.type === 'LoginCounted') progress = fact.data.progress;
        if (fact.type !== 'EventCompleted') continue;
        const { milestone: key, rewards } = fact.data;
        completions += 1;
        expect(completed).not.toContain(key);
        completed.add(key);
        const [then, now] = [milestoneAt(start.event, key), milestoneAt(event, key)];
        expect(progress).toBeGreaterThanOrEqual(then?.count ?? Infinity);
        expect(rewards).toEqual(promisedRewards(then?.rewards ?? [], now?.rewards ?? []));
      }
    });
    expect(completions).toBeGreaterThan(20);
  });

  it('no reward of any milestone is granted beyond its promise, and each claim once', () => {
    let claims = 0;
    eachParticipation((moments) => {
      const requestIds = new Set<string>();
      const left = new Map<string, number>();
      for (const { fact } of moments) {
        if (fact.type === 'EventCompleted')
          for (const promised of fact.data.rewards) left.set(`${fact.data.milestone} ${promised.name}`, promised.amount);
        if (fact.type !== 'RewardClaimed') continue;
        claims += 1;
        const { milestone: key, rewardName, requestId, amount: granted, remaining } = fact.data;
        const rest = (left.get(`${key} ${rewardName}`) ?? 0) - granted;
        expect([rest >= 0, remaining, requestIds.has(requestId)]).toEqual([true, rest, false]);
        left.set(`${key} ${rewardName}`, rest);
        requestIds.add(requestId);
      }
    }, 300);
    expect(claims).toBeGreaterThan(20);
  });

  it('the balances are what was promised and not granted', () => {
    eachParticipation((moments) => {
      const state = fold(
        participation,
        moments.map(({ fact }) => fact),
      );
      if (state.status === 'NOT_STARTED') return expect(moments).toEqual([]);
      for (const { milestone: key, balances } of state.completions) {
        for (const balance of balances) {
          const granted = factsOf(moments, 'RewardClaimed').reduce(
            (sum, { fact: { type, data } }) =>
              type === 'RewardClaimed' && data.milestone === key && data.rewardName === balance.name ? sum + data.amount : sum,
            0,
          );
          expect([balance.claimed, balance.remaining]).toEqual([granted, balance.amount - granted]);
        }
      }
    });
  });

  it('a login completes only automatically, and all that is reached, unless the event is paused or deleted or the account erased', () => {
    let automatic = 0;
    eachParticipation((moments) => {
      const completed = new Set<number | undefined>();
      moments.forEach(({ event, fact, by, isErased }, index) => {
        if (fact.type === 'EventCompleted') completed.add(fact.data.milestone);
        if (by !== 'log in') return;
        const isAutomatic = event.autoComplete && event.pausedAt === null && event.deletedAt === null && !isErased;
        if (fact.type === 'EventCompleted' || fact.type === 'RewardClaimed') return void expect(isAutomatic).toBe(true);
        const isDone = moments[index + 1]?.by !== 'log in' || moments[index + 1]?.fact.type === 'LoginCounted';
        if (fact.type !== 'LoginCounted' || !isAutomatic || !isDone) return;
        automatic += 1;
        const reached = milestonesOf(termsOf(event, startOf(moments))).filter(({ count }) => count <= fact.data.progress);
        expect(completed.size).toBeGreaterThanOrEqual(reached.length);
      });
    });
    expect(automatic).toBeGreaterThan(20);
  });

  it('domain events have no member that says nothing', () => {
    fc.assert(
      fc.property(histories, ({ participations, eventFacts }) => {
        for (const data of [...participations.flat().map(({ fact }) => fact.data), ...eventFacts.map((fact) => fact.data)]) {
          expect(Object.entries(data).filter(([, value]) => value === undefined || value === null)).toEqual([]);
          expect(data).not.toMatchObject({ reached: [] });
        }
      }),
    );
  });

  it('replaying any prefix never throws, and the status follows from the last milestone', () => {
    eachParticipation((moments) => {
      moments.reduce<ParticipationState>((state, { fact }) => {
        const next = participation.evolve(state, fact);
        const isLast = fact.type === 'EventCompleted' && fact.data.milestone === undefined;
        if (next.status === 'COMPLETED' && state.status !== 'COMPLETED') expect(isLast).toBe(true);
        return next;
      }, participation.initial);
    });
  });
});

const startOf = (moments: readonly Moment[]): number => {
  const start = moments[0]?.fact;
  if (start?.type !== 'ParticipationStarted') throw new Error('a participation must begin with its start');
  return start.data.termsVersion;
};

describe('any order of the same logins', () => {
  const condition = fc.constantFrom(
    { type: 'LOGIN_COUNT', count: 6 } as const,
    { type: 'LOGIN_DAYS', count: 6 } as const,
    { type: 'LOGIN_STREAK', count: 6, graceDays: 1 } as const,
  );
  // From October to March, over the changes of the clocks and the year.
  const at = fc
    .integer({ min: Date.UTC(2026, 9, 20) / 3_600_000, max: Date.UTC(2027, 3, 5) / 3_600_000 })
    .map((hour) => new Date(hour * 3_600_000).toISOString());
  const close = fc.tuple(at, fc.array(fc.integer({ min: 0, max: 24 * 14 }), { maxLength: 25 }));
  const logins = close
    .map(([first, hours]) => [...new Set(hours)].map((hour) => new Date(Date.parse(first) + hour * 3_600_000).toISOString()))
    .chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })));
  const zone = fc.constantFrom('Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe');

  it('reaches and completes the same milestones of the same cycles', () => {
    fc.assert(
      fc.property(
        condition,
        kind,
        logins,
        zone,
        fc.constantFrom('00:00', '05:00'),
        (of, event, [some, shuffled], timeZone, dayStartsAt) => {
          const reward1: Reward = { name: 'potion', type: 'ITEM', amount: 1 };
          const facts = createRewardEvent({
            eventId: 'e',
            details: {
              name: 'event',
              description: '',
              startsAt: '2026-10-01T00:00:00.000Z',
              endsAt: '2027-05-01T00:00:00.000Z',
              claimsUntil: '2027-06-01T00:00:00.000Z',
              timeZone,
              dayStartsAt,
              condition: of,
              milestones: [1, 2, 4].map((count) => ({ count, rewards: [reward1] })),
              cycle: event.cycle,
              autoComplete: event.autoComplete,
              autoClaim: event.autoClaim,
            },
            rewards: [reward1],
            publish: false,
            createdBy: 'o',
            at: '2026-09-01T00:00:00.000Z',
          })(rewardEvent.initial);
          const state = fold(rewardEvent, [
            ...facts,
            { type: 'RewardEventPublished', data: { eventId: 'e', at: '2026-09-01T00:00:00.000Z' } },
          ]);
          if (state.situation === 'missing') throw new Error('the event must exist');
          const outcomes = (order: readonly string[]) => {
            const states = new Map<string | null, ParticipationState>();
            for (const loginAt of order) {
              const cycle = loginCycle(state, loginAt);
              expect(judgeLogin(state, loginAt, cycle)).toBe('OPEN');
              const before = states.get(cycle) ?? participation.initial;
              const counted = countLogin({ loginId: loginAt, accountId: 'a', at: loginAt, cycle, event: state })(before);
              states.set(cycle, counted.reduce(participation.evolve, before));
            }
            return new Map(
              [...states].map(([cycle, after]) => {
                if (after.status === 'NOT_STARTED') throw new Error('a login of a cycle must count');
                const completed = after.completions.map(({ milestone: key }) => key ?? of.count);
                return [cycle, { status: after.status, progress: after.progress, completed, claims: after.claims.size }];
              }),
            );
          };
          expect(outcomes(shuffled)).toEqual(outcomes(some));
        },
      ),
    );
  });
});

it('an event without milestones, cycles and automatic completion has the domain events that it always had', () => {
  const { participations, eventFacts } = play({ hasMilestones: false, cycle: null, autoComplete: false, autoClaim: false }, [
    ...[0, 1, 2].map(() => ({ do: 'log in', writer: 0, reads: true }) as const),
    { do: 'complete', milestone: undefined, writer: 0, reads: true },
    { do: 'claim', milestone: undefined, name: 'gem', requested: 4, writer: 0, reads: true },
    { do: 'operate', decide: ({ at }) => changeReward({ name: 'gem', amount: 11, at }) },
    { do: 'operate', decide: ({ at }) => holdReward({ name: 'gem', at }) },
    { do: 'operate', decide: ({ at }) => withdrawReward({ name: 'gem', at }) },
  ]);
  const ids = { eventId: 'e', accountId: 'a' };
  const potion = { name: 'potion', type: 'ITEM', amount: 10 };
  const gem = { ...potion, name: 'gem' };
  const counted = (progress: number) => ({
    type: 'LoginCounted',
    data: { ...ids, loginId: `l${progress - 1}`, at: time(progress), day: '2026-03-01', progress, conditionMet: progress === 3 },
  });
  expect(participations.map((moments) => moments.map(({ fact }) => fact))).toStrictEqual([
    [
      { type: 'ParticipationStarted', data: { ...ids, termsVersion: 1, at: time(1) } },
      counted(1),
      counted(2),
      counted(3),
      { type: 'EventCompleted', data: { ...ids, at: time(4), rewards: [potion, gem] } },
      {
        type: 'RewardClaimed',
        data: {
          ...ids,
          requestId: 'r4',
          requested: 4,
          rewardName: 'gem',
          type: 'ITEM',
          amount: 4,
          claimed: 4,
          remaining: 6,
          at: time(5),
        },
      },
    ],
  ]);
  expect(eventFacts).toStrictEqual([
    {
      type: 'RewardEventCreated',
      data: {
        eventId: 'e',
        name: 'event',
        description: '',
        startsAt: time(0),
        endsAt: time(60),
        claimsUntil: time(300),
        timeZone: 'Asia/Seoul',
        condition: { type: 'LOGIN_COUNT', count: 3 },
        createdBy: 'o',
        at: time(0),
      },
    },
    { type: 'RewardAdded', data: { eventId: 'e', reward: potion, at: time(0) } },
    { type: 'RewardAdded', data: { eventId: 'e', reward: gem, at: time(0) } },
    { type: 'RewardEventPublished', data: { eventId: 'e', at: time(0) } },
    { type: 'RewardChanged', data: { eventId: 'e', name: 'gem', amount: 11, at: time(6) } },
    { type: 'RewardHeld', data: { eventId: 'e', name: 'gem', at: time(7) } },
    { type: 'RewardWithdrawn', data: { eventId: 'e', name: 'gem', at: time(8) } },
  ]);
});
