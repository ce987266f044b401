import { Rejected, type ParticipationEvent, type Reward, type RewardEventEvent } from '@rewards/contracts';
import fc from 'fast-check';
import { fold } from './aggregate';
import { claimReward, completeEvent, countLogin, participation } from './participation.decider';
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
} from './reward-event.decider';

/** One step, which takes a minute, of a random history of an event and one account in it. */
type Step =
  | { readonly do: 'operate'; readonly decide: (at: { at: string }) => ReturnType<typeof publishRewardEvent> }
  | { readonly do: 'log in' }
  | { readonly do: 'complete' }
  | { readonly do: 'claim'; readonly name: string; readonly requested: number | 'all' };

const NAMES = ['potion', 'gem', 'sauna'];
const name = fc.constantFrom(...NAMES);
const amount = fc.integer({ min: 1, max: 20 });
const reward = fc.record({ name, type: fc.constant('ITEM' as const), amount });

const operations = fc.oneof(
  fc.constantFrom(publishRewardEvent, pauseRewardEvent, resumeRewardEvent, endRewardEvent, deleteRewardEvent, restoreRewardEvent),
  reward.map(
    (added) =>
      ({ at }: { at: string }) =>
        addReward({ reward: added, at }),
  ),
  fc.tuple(name, amount).map(
    ([changed, to]) =>
      ({ at }: { at: string }) =>
        changeReward({ name: changed, amount: to, at }),
  ),
  name.map(
    (withdrawn) =>
      ({ at }: { at: string }) =>
        withdrawReward({ name: withdrawn, at }),
  ),
  fc.tuple(name, fc.constantFrom(holdReward, releaseReward)).map(
    ([braked, brake]) =>
      ({ at }: { at: string }) =>
        brake({ name: braked, at }),
  ),
  fc.integer({ min: 30, max: 200 }).map(
    (minute) =>
      ({ at }: { at: string }) =>
        changeRewardEvent({ change: { endsAt: time(minute) }, at }),
  ),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: operations.map((decide) => ({ do: 'operate' as const, decide })) },
  { weight: 3, arbitrary: fc.constant({ do: 'log in' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'complete' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('claim' as const), name, requested: fc.oneof(amount, fc.constant('all' as const)) }),
  },
);

const time = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 0, minute)).toISOString();

const attempt = <Event>(decide: () => readonly Event[]): readonly Event[] => {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Rejected) return [];
    throw error;
  }
};

interface Moment {
  readonly event: ExistingRewardEvent;
  readonly fact: ParticipationEvent;
}

/** Plays a history. @returns each domain event of the participation with the reward event at that time */
const play = (steps: readonly Step[]): Moment[] => {
  const details = {
    name: 'event',
    description: '',
    startsAt: time(0),
    endsAt: time(60),
    claimsUntil: time(300),
    timeZone: 'Asia/Seoul',
    condition: { type: 'LOGIN_COUNT', count: 2 } as const,
  };
  const rewards: Reward[] = NAMES.slice(0, 2).map((first) => ({ name: first, type: 'ITEM', amount: 10 }));
  const eventFacts: RewardEventEvent[] = [
    ...createRewardEvent({ eventId: 'e', details, rewards, publish: true, createdBy: 'o', at: time(0) })(rewardEvent.initial),
  ];
  const moments: Moment[] = [];

  steps.forEach((next, index) => {
    const at = time(index + 1);
    const event = fold(rewardEvent, eventFacts);
    const state = fold(
      participation,
      moments.map(({ fact }) => fact),
    );
    if (event.situation === 'missing') throw new Error('the history must begin with the creation of the event');
    const now = { ...event, status: rewardEventStatus(event, at) };
    const record = (facts: readonly ParticipationEvent[]) => moments.push(...facts.map((fact) => ({ event, fact })));

    if (next.do === 'operate') eventFacts.push(...attempt(() => next.decide({ at })(event)));
    else if (next.do === 'complete') record(attempt(() => completeEvent({ at, event: now })(state)));
    else if (next.do === 'claim') {
      const claim = { requestId: `r${index}`, rewardName: next.name, requested: next.requested, at, event: now };
      record(attempt(() => claimReward(claim)(state)));
    } else if (judgeLogin(event, at) === 'OPEN') {
      const { termsVersion, condition, rewards: current, timeZone } = event;
      const terms = { eventId: 'e', accountId: 'a', termsVersion, condition, rewards: current };
      record(attempt(() => countLogin({ loginId: `l${index}`, at, terms, timeZone })(state)));
    }
  });
  return moments;
};

const histories = fc.array(step, { minLength: 20, maxLength: 80 }).map(play);
const amountOf = (rewards: readonly Reward[], rewardName: string): number =>
  rewards.find((one) => one.name === rewardName)?.amount ?? 0;

describe('terms over random histories of an event and a participation', () => {
  it('no reward is granted while it is on hold', () => {
    fc.assert(
      fc.property(histories, (moments) => {
        for (const { event, fact } of moments)
          if (fact.type === 'RewardClaimed') expect(event.held ?? []).not.toContain(fact.data.rewardName);
      }),
    );
  });

  it('a participation starts with the rewards in force', () => {
    fc.assert(
      fc.property(histories, (moments) => {
        for (const { event, fact } of moments) {
          if (fact.type !== 'ParticipationStarted') continue;
          expect(fact.data).toMatchObject({ rewards: event.rewards, termsVersion: event.termsVersion });
        }
      }),
    );
  });

  it('a completion promises the greater of the amounts at the start and now, and loses no reward', () => {
    let completions = 0;
    fc.assert(
      fc.property(histories, (moments) => {
        const start = moments[0];
        const completion = moments.find(({ fact }) => fact.type === 'EventCompleted');
        if (start?.fact.type !== 'ParticipationStarted' || completion?.fact.type !== 'EventCompleted') return;
        completions += 1;
        const then = start.fact.data.rewards;
        const now = completion.event.rewards;
        expect(completion.fact.data.rewards.map((promised) => [promised.name, promised.amount])).toEqual(
          then.map((one) => [one.name, Math.max(one.amount, amountOf(now, one.name))]),
        );
      }),
      { numRuns: 500 },
    );
    expect(completions).toBeGreaterThan(50);
  });

  it('later steps never reduce a promise or grant more than it', () => {
    let claims = 0;
    fc.assert(
      fc.property(histories, (moments) => {
        const facts = moments.map(({ fact }) => fact);
        const completion = facts.find((fact) => fact.type === 'EventCompleted');
        if (completion?.type !== 'EventCompleted') return;
        const state = fold(participation, facts);
        if (state.status !== 'COMPLETED') throw new Error('a completion must be final');
        for (const promised of completion.data.rewards) {
          const granted = facts.reduce(
            (sum, { type, data }) => (type === 'RewardClaimed' && data.rewardName === promised.name ? sum + data.amount : sum),
            0,
          );
          const balance = state.balances.find((one) => one.name === promised.name);
          claims += granted > 0 ? 1 : 0;
          expect(balance).toMatchObject({ claimed: granted, remaining: promised.amount - granted });
          expect(granted).toBeLessThanOrEqual(promised.amount);
        }
      }),
      { numRuns: 500 },
    );
    expect(claims).toBeGreaterThan(50);
  });
});
