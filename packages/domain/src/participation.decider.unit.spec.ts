import {
  Rejected,
  type ParticipationEvent,
  type RequestedAmount,
  type Reward,
  type RewardEventStatus,
  type Terms,
} from '@rewards/contracts';
import fc from 'fast-check';
import { fold } from './aggregate';
import {
  claimReward,
  completeEvent,
  completionOf,
  countLogin,
  grantedClaim,
  participation,
  type CurrentEvent,
  type ParticipationState,
} from './participation.decider';
import { specificationOf } from '@rewards/testing/decisions';
import { UnknownTerms } from './terms';

const given = specificationOf(participation);

const potion: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
const sauna: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 5 };
const ids = { eventId: 'e', accountId: 'a' };
const at = '2026-03-01T10:00:00.000Z';
const event: CurrentEvent = {
  eventId: 'e',
  name: '접속 이벤트',
  description: '',
  status: 'ACTIVE',
  startsAt: '2026-03-01T00:00:00.000Z',
  endsAt: '2026-03-31T00:00:00.000Z',
  claimsUntil: '2026-04-01T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  condition: { type: 'LOGIN_COUNT', count: 3 },
  rewards: [potion, gem, sauna],
  termsVersion: 1,
  publishedAt: '2026-02-01T00:00:00.000Z',
  pausedAt: null,
  deletedAt: null,
  createdBy: 'o',
  createdAt: '2026-02-01T00:00:00.000Z',
};
/** The terms with which the participations of these tests start. */
const version1: Terms = { termsVersion: 1, condition: event.condition, rewards: event.rewards };
const inStatus = (status: RewardEventStatus): CurrentEvent => ({ ...event, status });

const login = (loginId: string, loginAt = at, by: CurrentEvent = event) =>
  countLogin({ loginId, accountId: 'a', at: loginAt, cycle: null, event: by });
const started: ParticipationEvent = { type: 'ParticipationStarted', data: { ...ids, termsVersion: 1, at } };
const counted = (progress: number, loginId = `l${progress}`): ParticipationEvent => ({
  type: 'LoginCounted',
  data: { ...ids, loginId, at, day: '2026-03-01', progress, conditionMet: progress >= 3 },
});
const completed: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [potion, gem, sauna] } };
const eligible = [started, counted(1), counted(2), counted(3)];
const history = [...eligible, completed];
const claim = (requestId: string, rewardName: string, requested: RequestedAmount, by: CurrentEvent = event) =>
  claimReward({ requestId, rewardName, requested, at, event: by });
const claimed = (
  requestId: string,
  requested: RequestedAmount,
  amount: number,
  total: number,
  remaining: number,
): ParticipationEvent => ({
  type: 'RewardClaimed',
  data: { ...ids, requestId, requested, rewardName: potion.name, type: 'ITEM', amount, claimed: total, remaining, at },
});

describe('counting logins', () => {
  it('starts the participation with the terms of the first login', () => {
    given().when(login('l1')).thenRecorded(started, counted(1));
  });
  it('counts logins until the condition is met', () => {
    given(started, counted(1), counted(2)).when(login('l3')).thenRecorded(counted(3));
  });
  it('counts a login once', () => given(started, counted(1)).when(login('l1')).thenNothing());
  it('counts no login after the condition is met', () => {
    given(...eligible)
      .when(login('l4'))
      .thenNothing();
    given(...history)
      .when(login('l4'))
      .thenNothing();
  });
  it('counts a login before `dayStartsAt` for the previous day', () => {
    const night = '2026-03-01T19:59:59.999Z';
    given(started)
      .when(login('l1', night, { ...event, dayStartsAt: '05:00' }))
      .thenRecorded({
        type: 'LoginCounted',
        data: { ...ids, loginId: 'l1', at: night, day: '2026-03-01', progress: 1, conditionMet: false },
      });
  });
  it('computes the day in the time zone of the event', () => {
    given()
      .when(login('l1', '2026-03-01T15:00:00.000Z'))
      .thenRecorded(
        { type: 'ParticipationStarted', data: { ...ids, termsVersion: 1, at: '2026-03-01T15:00:00.000Z' } },
        {
          type: 'LoginCounted',
          data: { ...ids, loginId: 'l1', at: '2026-03-01T15:00:00.000Z', day: '2026-03-02', progress: 1, conditionMet: false },
        },
      );
  });
});

describe('completing', () => {
  it('promises the rewards at the start', () =>
    given(...eligible)
      .when(completeEvent({ at, event }))
      .thenRecorded(completed));
  it('promises later increases and keeps rewards that were reduced or withdrawn', () => {
    const rewards = [
      { ...potion, amount: 150 },
      { ...gem, amount: 10 },
    ];
    given(...eligible)
      .when(completeEvent({ at, event: { ...event, rewards, termsVersion: 2, earlierTerms: [version1] } }))
      .thenRecorded({ type: 'EventCompleted', data: { ...ids, at, rewards: [{ ...potion, amount: 150 }, gem, sauna] } });
  });
  it('decides nothing the second time, even after the event has closed', () => {
    given(...history)
      .when(completeEvent({ at, event }))
      .thenNothing();
    given(...history)
      .when(completeEvent({ at, event: inStatus('CLOSED') }))
      .thenNothing();
  });
  it('is rejected with the progress if the condition is not met', () => {
    given(started, counted(1)).when(completeEvent({ at, event })).thenRejected('CONDITION_NOT_MET', { progress: 1, required: 3 });
    given().when(completeEvent({ at, event })).thenRejected('CONDITION_NOT_MET', { progress: 0, required: 3 });
  });
  it.each([
    ['SCHEDULED', 'EVENT_NOT_OPEN', { state: 'SCHEDULED' }],
    ['PAUSED', 'EVENT_NOT_OPEN', { state: 'PAUSED' }],
    ['DRAFT', 'EVENT_NOT_OPEN', { state: 'DRAFT' }],
    ['DELETED', 'EVENT_NOT_OPEN', { state: 'DELETED' }],
    ['CLOSED', 'CLAIMS_CLOSED', { claimsUntil: event.claimsUntil }],
  ] as const)('is rejected while the event is %s', (status, reason, details) => {
    given(...eligible)
      .when(completeEvent({ at, event: inStatus(status) }))
      .thenRejected(reason, details);
  });
  it('is possible after the end of the event', () => {
    given(...eligible)
      .when(completeEvent({ at, event: inStatus('ENDED') }))
      .thenRecorded(completed);
  });
});

describe('claiming', () => {
  it('grants a part of a reward', () =>
    given(...history)
      .when(claim('r1', potion.name, 20))
      .thenRecorded(claimed('r1', 20, 20, 20, 80)));
  it('grants all remaining units', () => {
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(claim('r2', potion.name, 'all'))
      .thenRecorded(claimed('r2', 'all', 80, 100, 0));
  });
  it('rejects more than the remaining units, and all units if none remain', () => {
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(claim('r2', potion.name, 81))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 80 });
    given(...history, claimed('r1', 'all', 100, 100, 0))
      .when(claim('r2', potion.name, 'all'))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 0 });
  });
  it('decides nothing for a repeated request, even after the event has closed', () => {
    const facts = [...history, claimed('r1', 20, 20, 20, 80)];
    given(...facts)
      .when(claim('r1', potion.name, 20))
      .thenNothing();
    given(...facts)
      .when(claimReward({ requestId: 'r1', rewardName: potion.name, requested: 20, at, event: inStatus('CLOSED') }))
      .thenNothing();
  });
  it('rejects the requestId of another request before it checks any other rule', () => {
    const facts = [...history, claimed('r1', 20, 20, 20, 80)];
    given(...facts)
      .when(claim('r1', potion.name, 21))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claim('r1', gem.name, 20))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claim('r1', potion.name, 'all'))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claimReward({ requestId: 'r1', rewardName: 'x', requested: 1, at, event: inStatus('PAUSED') }))
      .thenRejected('REQUEST_ID_REUSED');
  });
  it('does not treat a prototype key as an earlier request', () => {
    given(...history)
      .when(claim('__proto__', potion.name, 20))
      .thenRecorded(claimed('__proto__', 20, 20, 20, 80));
  });
  it('rejects less than a thousandth of the promise, unless that is all that remains', () => {
    const pile = { ...potion, amount: 2_500 };
    const completedPile: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [pile] } };
    const granted = (requestId: string, amount: number, total: number) =>
      claimed(requestId, amount, amount, total, 2_500 - total);
    const all = [...eligible, completedPile];
    given(...all)
      .when(claim('r1', potion.name, 2))
      .thenRejected('AMOUNT_TOO_SMALL', { minimum: 3 });
    given(...all)
      .when(claim('r1', potion.name, 3))
      .thenRecorded(granted('r1', 3, 3));
    const almost = granted('r1', 2_498, 2_498);
    given(...all, almost)
      .when(claim('r2', potion.name, 2))
      .thenRecorded(granted('r2', 2, 2_500));
    given(...all, almost)
      .when(claim('r2', potion.name, 1))
      .thenRejected('AMOUNT_TOO_SMALL', { minimum: 2 });
    // A smaller claim from before the rule.
    given(...all, granted('r1', 1, 1))
      .when(claim('r1', potion.name, 1))
      .thenNothing();
  });
  it('rejects a reward on hold after every other rule, and grants it once it is released', () => {
    const request = (amount: number, held?: readonly string[]) =>
      claimReward({ requestId: 'r1', rewardName: potion.name, requested: amount, at, event: { ...event, held } });
    given(...history)
      .when(request(20, [gem.name, potion.name]))
      .thenRejected('REWARD_ON_HOLD');
    given(...history)
      .when(request(101, [potion.name]))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 100 });
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(request(20, [potion.name]))
      .thenNothing();
    given(...history)
      .when(request(20, [gem.name]))
      .thenRecorded(claimed('r1', 20, 20, 20, 80));
  });
  it('records the item code of the promise and the target, which is part of the request', () => {
    const coded = { ...potion, itemCode: 'ITEM_2041' };
    const promised: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [coded] } };
    const request = (target?: string) =>
      claimReward({ requestId: 'r1', rewardName: potion.name, requested: 20, target, at, event });
    const plain = claimed('r1', 20, 20, 20, 80);
    const granted = { ...plain, data: { ...plain.data, itemCode: 'ITEM_2041', target: '루나/아델' } } as ParticipationEvent;
    given(...eligible, promised)
      .when(request('루나/아델'))
      .thenRecorded(granted);
    given(...eligible, promised, granted)
      .when(request('루나/아델'))
      .thenNothing();
    for (const target of ['루나/보라', undefined]) {
      given(...eligible, promised, granted)
        .when(request(target))
        .thenRejected('REQUEST_ID_REUSED');
    }
    given(...history, plain)
      .when(request('루나/아델'))
      .thenRejected('REQUEST_ID_REUSED');
  });
  it('checks the rules in order', () => {
    const claimWhile = (status: 'PAUSED' | 'SCHEDULED' | 'CLOSED') =>
      claimReward({ requestId: 'r', rewardName: 'x', requested: 1, at, event: inStatus(status) });
    given().when(claimWhile('PAUSED')).thenRejected('EVENT_NOT_OPEN', { state: 'PAUSED' });
    given().when(claimWhile('SCHEDULED')).thenRejected('EVENT_NOT_OPEN', { state: 'SCHEDULED' });
    given().when(claimWhile('CLOSED')).thenRejected('CLAIMS_CLOSED', { claimsUntil: event.claimsUntil });
    given()
      .when(claim('r', 'x', 1))
      .thenRejected('NOT_COMPLETED', { progress: 0, required: 3 });
    given(...eligible)
      .when(claim('r', 'x', 1))
      .thenRejected('NOT_COMPLETED', { progress: 3, required: 3 });
    given(...history)
      .when(claim('r', 'x', 1))
      .thenRejected('NO_SUCH_REWARD');
  });
  it('is possible after the end of the event', () => {
    given(...history)
      .when(claim('r1', potion.name, 20, inStatus('ENDED')))
      .thenRecorded(claimed('r1', 20, 20, 20, 80));
  });
});

describe('with milestones', () => {
  const ruby: Reward = { name: '루비', type: 'CURRENCY', amount: 10, itemCode: 'RUBY' };
  const calendar: CurrentEvent = { ...event, milestones: [1, 2].map((count) => ({ count, rewards: [ruby] })) };
  const reached = (progress: number, counts: readonly number[]): ParticipationEvent => {
    const { type, data } = counted(progress) as Extract<ParticipationEvent, { type: 'LoginCounted' }>;
    return { type, data: { ...data, reached: counts } };
  };
  const completedAt = (milestone: number | undefined, rewards: readonly Reward[] = [ruby]): ParticipationEvent => ({
    type: 'EventCompleted',
    data: { ...ids, ...(milestone !== undefined && { milestone }), at, rewards },
  });
  const claimedAt = (
    milestone: number | undefined,
    requestId: string,
    amount: number,
    { name, type, itemCode, amount: promised }: Reward = ruby,
  ): ParticipationEvent => ({
    type: 'RewardClaimed',
    data: {
      ...ids,
      ...(milestone !== undefined && { milestone }),
      requestId,
      requested: requestId.startsWith('auto:') ? 'all' : amount,
      rewardName: name,
      type,
      ...(itemCode !== undefined && { itemCode }),
      amount,
      claimed: amount,
      remaining: promised - amount,
      at,
    },
  });
  const two = [started, reached(1, [1]), reached(2, [2])];
  const three = [...two, counted(3)];
  const complete = (milestone?: number, by = calendar) => completeEvent({ at, event: by, milestone });
  const claimOf = (milestone: number | undefined, by = calendar) =>
    claimReward({ requestId: 'r1', rewardName: ruby.name, requested: 4, milestone, at, event: by });

  it('a login records the milestones that it is the first to reach', () => {
    given()
      .when(login('l1', at, calendar))
      .thenRecorded(started, reached(1, [1]));
    given(started, reached(1, [1]))
      .when(login('l2', at, calendar))
      .thenRecorded(reached(2, [2]));
    given(...two)
      .when(login('l3', at, calendar))
      .thenRecorded(counted(3));
    given(...three)
      .when(login('l4', at, calendar))
      .thenNothing();
  });

  it('a late login may reach several at once', () => {
    const streak: CurrentEvent = {
      ...calendar,
      condition: { type: 'LOGIN_STREAK', count: 4 },
      milestones: [2, 3].map((count) => ({ count, rewards: [ruby] })),
    };
    const day = (loginId: string, date: number) => login(loginId, `2026-03-0${date}T03:00:00.000Z`, streak);
    const facts = [1, 2, 4].reduce<ParticipationEvent[]>(
      (before, date) => [...before, ...day(`l${date}`, date)(fold(participation, before))],
      [],
    );
    expect(facts.map(({ data }) => 'reached' in data && data.reached)).toEqual([false, false, [2], false]);
    expect(day('late', 3)(fold(participation, facts))).toMatchObject([
      { data: { progress: 4, reached: [3], conditionMet: true } },
    ]);
  });

  it('an earlier one is completed once it is reached, and changes neither status nor the last one', () => {
    given(...two)
      .when(complete(1))
      .thenRecorded(completedAt(1));
    given(...two, completedAt(1))
      .when(complete(1))
      .thenNothing();
    given(...two, completedAt(1))
      .when(complete())
      .thenRejected('CONDITION_NOT_MET', { progress: 2, required: 3 });
    given(...three, completedAt(1))
      .when(complete(2))
      .thenRecorded(completedAt(2));
    expect(fold(participation, [...two, completedAt(1)])).toMatchObject({ status: 'IN_PROGRESS' });
    expect(fold(participation, [...three, completedAt(2)])).toMatchObject({ status: 'ELIGIBLE' });
  });

  it('the last one is named by its count or not at all', () => {
    const all = completedAt(undefined, event.rewards);
    for (const milestone of [undefined, 3]) {
      given(...three)
        .when(complete(milestone))
        .thenRecorded(all);
      given(...three, all)
        .when(complete(milestone))
        .thenNothing();
    }
  });

  it('are rejected with their own count, after the rules of the event and before those of the participation', () => {
    given(started, reached(1, [1]))
      .when(complete(2))
      .thenRejected('CONDITION_NOT_MET', { progress: 1, required: 2 });
    given().when(complete(2)).thenRejected('CONDITION_NOT_MET', { progress: 0, required: 2 });
    given().when(complete(5)).thenRejected('NO_SUCH_MILESTONE', { milestone: 5 });
    given(...two)
      .when(complete(5, { ...calendar, status: 'PAUSED' }))
      .thenRejected('EVENT_NOT_OPEN', { state: 'PAUSED' });
    given(...two, completedAt(1))
      .when(complete(1, { ...calendar, status: 'CLOSED' }))
      .thenNothing();
    given(...two)
      .when(claimOf(5))
      .thenRejected('NO_SUCH_MILESTONE', { milestone: 5 });
    given(...two)
      .when(claimOf(2))
      .thenRejected('NOT_COMPLETED', { progress: 2, required: 2 });
    given(...two)
      .when(claimOf(undefined))
      .thenRejected('NOT_COMPLETED', { progress: 2, required: 3 });
    given(...two)
      .when(claimOf(5, { ...calendar, status: 'CLOSED' }))
      .thenRejected('CLAIMS_CLOSED', { claimsUntil: event.claimsUntil });
  });

  it('have balances of their own, also of a reward with one name in several', () => {
    const facts = [...two, completedAt(1), completedAt(2)];
    given(...facts)
      .when(claimOf(1))
      .thenRecorded(claimedAt(1, 'r1', 4));
    const state = fold(participation, [...facts, claimedAt(1, 'r1', 4)]);
    expect([1, 2].map((milestone) => completionOf(state, milestone)?.balances)).toEqual([
      [{ ...ruby, claimed: 4, remaining: 6 }],
      [{ ...ruby, claimed: 0, remaining: 10 }],
    ]);
    given(...facts)
      .when(claimOf(1, { ...calendar, milestones: [{ count: 1, rewards: [ruby], held: [ruby.name] }] }))
      .thenRejected('REWARD_ON_HOLD');
    given(...facts)
      .when(claimOf(2, { ...calendar, held: [ruby.name] }))
      .thenRecorded(claimedAt(2, 'r1', 4));
  });

  it('are part of a repeated claim', () => {
    const facts = [...three, completedAt(1), completedAt(2), completedAt(undefined, [ruby])];
    given(...facts, claimedAt(1, 'r1', 4))
      .when(claimOf(1))
      .thenNothing();
    for (const milestone of [2, undefined, 3, 5])
      given(...facts, claimedAt(1, 'r1', 4))
        .when(claimOf(milestone))
        .thenRejected('REQUEST_ID_REUSED');
    for (const milestone of [undefined, 3])
      given(...facts, claimedAt(undefined, 'r1', 4))
        .when(claimOf(milestone))
        .thenNothing();
  });

  it('promise the greater of the amounts at the start and now', () => {
    const changed = { ...calendar, termsVersion: 2, earlierTerms: [{ ...version1, milestones: calendar.milestones }] };
    const more = {
      ...changed,
      milestones: [
        { count: 1, rewards: [{ ...ruby, amount: 15 }] },
        { count: 2, rewards: [{ ...ruby, amount: 5 }] },
      ],
    };
    given(...two)
      .when(complete(1, more))
      .thenRecorded(completedAt(1, [{ ...ruby, amount: 15 }]));
    given(...two)
      .when(complete(2, more))
      .thenRecorded(completedAt(2));
  });

  it('need the terms with which the participation started, also if the request names no milestone', () => {
    const newer = [
      { type: 'ParticipationStarted', data: { ...ids, termsVersion: 2, at } },
      ...three.slice(1),
    ] as ParticipationEvent[];
    const state = fold(participation, newer);
    expect(() => complete()(state)).toThrow(UnknownTerms);
    expect(() => login('l9', at, calendar)(fold(participation, newer.slice(0, 2)))).toThrow(UnknownTerms);
    const done = fold(participation, [...newer, completedAt(undefined, [ruby])]);
    for (const request of [complete(), claimOf(undefined)]) expect(() => request(done)).toThrow(UnknownTerms);
    const newest: CurrentEvent = { ...calendar, termsVersion: 2 };
    expect(
      countLogin({ loginId: 'l2', accountId: 'a', at, cycle: null, event, newest })(fold(participation, newer.slice(0, 2))),
    ).toEqual([reached(2, [2])]);
  });

  describe('that are completed automatically', () => {
    const automatic: CurrentEvent = { ...calendar, rewards: [ruby], autoComplete: true };
    const granting: CurrentEvent = { ...automatic, autoClaim: true };
    const auto = (milestone: number | undefined) => claimedAt(milestone, `auto:${milestone ?? 3}:${ruby.name}`, 10);

    it('each login completes what it reaches, and grants it all if the event says so', () => {
      given()
        .when(login('l1', at, automatic))
        .thenRecorded(started, reached(1, [1]), completedAt(1));
      given()
        .when(login('l1', at, granting))
        .thenRecorded(started, reached(1, [1]), completedAt(1), auto(1));
      given(...two, completedAt(1), auto(1), completedAt(2), auto(2))
        .when(login('l3', at, granting))
        .thenRecorded(counted(3), completedAt(undefined), auto(undefined));
    });

    it('a login also completes those missed before, ascending, but none twice', () => {
      given(started, reached(1, [1]))
        .when(login('l2', at, granting))
        .thenRecorded(reached(2, [2]), completedAt(1), auto(1), completedAt(2), auto(2));
      given(started, reached(1, [1]), completedAt(1))
        .when(login('l2', at, granting))
        .thenRecorded(reached(2, [2]), completedAt(2), auto(2));
      given(started, reached(1, [1]), completedAt(1), auto(1))
        .when(login('l1', at, granting))
        .thenNothing();
    });

    it.each<[string, Partial<Parameters<typeof countLogin>[0]>]>([
      ['paused', { event: { ...granting, pausedAt: at } }],
      ['deleted', { event: { ...granting, deletedAt: at } }],
      ['without it for the login', { event: { ...granting, autoComplete: undefined, autoClaim: undefined } }],
      ['of an erased account', { event: granting, isErased: true }],
    ])('nothing happens in an event that is %s, but the login counts', (_, change) => {
      given(started, reached(1, [1]))
        .when(countLogin({ loginId: 'l2', accountId: 'a', at, cycle: null, event: granting, ...change }))
        .thenRecorded(reached(2, [2]));
    });

    it('a reward on hold is completed, but not granted', () => {
      const held = { ...granting, milestones: [{ count: 1, rewards: [ruby, potion], held: [ruby.name] }] };
      given()
        .when(login('l1', at, held))
        .thenRecorded(
          started,
          reached(1, [1]),
          completedAt(1, [ruby, potion]),
          claimedAt(1, `auto:1:${potion.name}`, 100, potion),
        );
    });

    it('the promise is the greater of the terms at the start and those that judged the login', () => {
      const more = { ...ruby, amount: 30 };
      const changed: CurrentEvent = {
        ...granting,
        milestones: [
          { count: 1, rewards: [ruby] },
          { count: 2, rewards: [more] },
        ],
        termsVersion: 2,
        earlierTerms: [
          {
            ...version1,
            milestones: [
              { count: 1, rewards: [{ ...ruby, amount: 20 }] },
              { count: 2, rewards: [ruby, gem] },
            ],
          },
        ],
      };
      expect(
        login('l2', at, changed)(fold(participation, [started, reached(1, [1])])).filter(({ type }) => type === 'EventCompleted'),
      ).toEqual([completedAt(1, [{ ...ruby, amount: 20 }]), completedAt(2, [more, gem])]);
    });

    it('the time is the later of the login and the publication', () => {
      const publishedAt = '2026-03-02T00:00:00.000Z';
      const times = (loginAt: string) =>
        login('l1', loginAt, { ...granting, publishedAt })(participation.initial).map(({ data }) => data.at);
      expect(times(at)).toEqual([at, at, publishedAt, publishedAt]);
      expect(times('2026-03-03T00:00:00.000Z')).toEqual(Array(4).fill('2026-03-03T00:00:00.000Z'));
    });

    it('a request completes what was missed, and grants it too', () => {
      given(...three)
        .when(complete(2, granting))
        .thenRecorded(completedAt(2), auto(2));
      given(...three)
        .when(complete(undefined, granting))
        .thenRecorded(completedAt(undefined), auto(undefined));
      given(...three)
        .when(complete(2, automatic))
        .thenRecorded(completedAt(2));
    });

    it('a granted milestone has nothing left to claim', () => {
      given(...two, completedAt(1), auto(1))
        .when(claimOf(1, granting))
        .thenRejected('INSUFFICIENT_REMAINING', { remaining: 0 });
    });
  });
});

describe('in a cycle', () => {
  const weekly: CurrentEvent = {
    ...event,
    cycle: 'WEEK',
    autoClaim: true,
    autoComplete: true,
    condition: { type: 'LOGIN_COUNT', count: 1 },
    rewards: [sauna],
  };
  const cycle = '2026-02-23';

  it('every domain event names the cycle', () => {
    const facts = countLogin({ loginId: 'l1', accountId: 'a', at, cycle, event: weekly })(participation.initial);
    expect(facts.map(({ type, data }) => [type, data.cycle])).toEqual(
      ['ParticipationStarted', 'LoginCounted', 'EventCompleted', 'RewardClaimed'].map((type) => [type, cycle]),
    );
    expect(fold(participation, facts)).toMatchObject({ cycle, status: 'COMPLETED' });
    const [begun, login1] = facts as [ParticipationEvent, ParticipationEvent];
    expect(completeEvent({ at, event: weekly, cycle })(fold(participation, [begun, login1]))).toMatchObject([
      { data: { cycle } },
      { data: { cycle } },
    ]);
  });

  it('the cycle must exist, after the rules of the event and before those of the milestone', () => {
    const complete = (named: string | undefined, by = weekly, milestone?: number) =>
      completeEvent({ at, event: by, cycle: named, milestone });
    for (const named of ['2026-02-24', '2026-02-16', '2026-03-02', '2026-04-06']) {
      given().when(complete(named)).thenRejected('NO_SUCH_CYCLE', { cycle: named });
      given()
        .when(complete(named, weekly, 7))
        .thenRejected('NO_SUCH_CYCLE', { cycle: named });
      given()
        .when(complete(named, { ...weekly, status: 'PAUSED' }))
        .thenRejected('EVENT_NOT_OPEN', { state: 'PAUSED' });
    }
    for (const named of [undefined, cycle])
      given().when(complete(named)).thenRejected('CONDITION_NOT_MET', { progress: 0, required: 1 });
    given().when(complete(cycle, event)).thenRejected('NO_SUCH_CYCLE', { cycle });
    given()
      .when(claimReward({ requestId: 'r', rewardName: 'x', requested: 1, cycle: '2026-03-02', at, event: weekly }))
      .thenRejected('NO_SUCH_CYCLE', { cycle: '2026-03-02' });
  });
});

describe('a participation that an earlier version started', () => {
  it('uses the terms of its version in the stream of the event', () => {
    const older: ParticipationEvent = {
      type: 'ParticipationStarted',
      data: { ...ids, termsVersion: 1, condition: event.condition, rewards: event.rewards, at },
    };
    given(older, counted(1), counted(2), counted(3)).when(completeEvent({ at, event })).thenRecorded(completed);
    expect(fold(participation, [older])).toEqual(fold(participation, [started]));
  });
});

describe('laws', () => {
  type Command = (state: ParticipationState) => readonly ParticipationEvent[];
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.nat(5).map((id) => login(`l${id}`)),
    fc.constant(completeEvent({ at, event })),
    fc
      .tuple(
        fc.nat(30),
        fc.constantFrom(potion.name, gem.name, sauna.name, 'none'),
        fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant('all' as const)),
      )
      .map(([id, name, requested]) => claim(`r${id}`, name, requested)),
  );
  const attempt = (decide: Command, state: ParticipationState): readonly ParticipationEvent[] => {
    try {
      return decide(state);
    } catch (error) {
      if (error instanceof Rejected) return [];
      throw error;
    }
  };
  const play = (commands: readonly Command[]): ParticipationEvent[] =>
    commands.reduce<ParticipationEvent[]>((facts, decide) => [...facts, ...attempt(decide, fold(participation, facts))], []);

  it('a command sent twice decides nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), command, (before, decide) => {
        const facts = play(before);
        const first = attempt(decide, fold(participation, facts));
        expect(attempt(decide, fold(participation, [...facts, ...first]))).toEqual([]);
      }),
    );
  });

  it('no interleaving of writers grants more than was promised', () => {
    // Each writer decides on the revision that it last read. The log accepts only a decision on its current revision.
    const step = fc.record({ writer: fc.nat(3), reads: fc.boolean(), decide: command });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const log: ParticipationEvent[] = [...history];
        const readRevisions = [0, 0, 0, 0];
        for (const { writer, reads, decide } of steps) {
          if (reads) readRevisions[writer] = log.length;
          const revision = readRevisions[writer] ?? 0;
          const events = attempt(decide, fold(participation, log.slice(0, revision)));
          if (revision === log.length) log.push(...events);
        }
        for (const { name, amount } of event.rewards) {
          const granted = log.reduce(
            (sum, { type, data }) => (type === 'RewardClaimed' && data.rewardName === name ? sum + data.amount : sum),
            0,
          );
          expect(granted).toBeLessThanOrEqual(amount);
        }
      }),
    );
  });

  it('progress does not depend on the order of the logins', () => {
    const logins = fc
      .uniqueArray(fc.nat(20), { maxLength: 8 })
      .chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })));
    fc.assert(
      fc.property(logins, ([some, shuffled]) => {
        const progress = (order: readonly number[]) => {
          const state = fold(participation, play(order.map((id) => login(`l${id}`))));
          return state.status === 'NOT_STARTED' ? 0 : state.progress;
        };
        expect(progress(shuffled)).toBe(progress(some));
      }),
    );
  });

  it('folding any domain events in any order never throws', () => {
    const fact = fc.constantFrom<ParticipationEvent>(started, counted(1), counted(3), completed, claimed('r1', 20, 20, 20, 80), {
      type: 'FromTheFuture',
      data: {},
    } as never);
    fc.assert(fc.property(fc.array(fact, { maxLength: 20 }), (facts) => void fold(participation, facts)));
  });

  it('folding a granted claim returns the same response', () => {
    const facts = play([login('l1'), login('l2'), login('l3'), completeEvent({ at, event }), claim('r1', potion.name, 20)]);
    expect(grantedClaim(fold(participation, facts), 'r1')).toEqual({
      requestId: 'r1',
      requested: 20,
      name: potion.name,
      type: 'ITEM',
      amount: 20,
      claimed: 20,
      remaining: 80,
      at,
    });
  });
});
