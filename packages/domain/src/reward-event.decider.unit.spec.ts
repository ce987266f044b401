import type { Reward, RewardEventDetails, RewardEventEvent, RewardEventStatus } from '@rewards/contracts';
import fc from 'fast-check';
import { fold, type Decide } from './aggregate';
import {
  addReward,
  asCreated,
  changeReward,
  changeRewardEvent,
  cloneRewardEvent,
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
  unpublishRewardEvent,
  withdrawReward,
  type RewardEventState,
} from './reward-event.decider';
import { milestonesOf, termsOf, UnknownTerms } from './terms';
import { specificationOf } from '@rewards/testing/decisions';

const given = specificationOf(rewardEvent);

const at = '2026-03-01T00:00:00.000Z';
const details: RewardEventDetails = {
  name: '접속 이벤트',
  description: '',
  startsAt: '2026-03-02T00:00:00.000Z',
  endsAt: '2026-03-09T00:00:00.000Z',
  claimsUntil: '2026-03-23T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  condition: { type: 'LOGIN_COUNT', count: 3 },
};
const potion: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
const eventId = 'e';
const request = { eventId, details, rewards: [potion], publish: false, createdBy: 'operator', at };
const created: RewardEventEvent = { type: 'RewardEventCreated', data: { ...details, eventId, createdBy: 'operator', at } };
const added = (reward: Reward): RewardEventEvent => ({ type: 'RewardAdded', data: { eventId, reward, at } });
const published: RewardEventEvent = { type: 'RewardEventPublished', data: { eventId, at } };

describe('creating', () => {
  it('records a draft with its rewards', () => given().when(createRewardEvent(request)).thenRecorded(created, added(potion)));
  it('publishes the event if requested', () => {
    given()
      .when(createRewardEvent({ ...request, publish: true }))
      .thenRecorded(created, added(potion), published);
  });
  it('rejects the publication of an event without rewards or after its end', () => {
    given()
      .when(createRewardEvent({ ...request, rewards: [], publish: true }))
      .thenRejected('NO_REWARDS');
    given()
      .when(createRewardEvent({ ...request, publish: true, at: details.endsAt }))
      .thenRejected('WRONG_STATE', { state: 'DRAFT', endsAt: details.endsAt });
  });
});

describe('a repeated creation', () => {
  const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 1 };
  const withId = { ...request, rewards: [potion, gem], publish: true, requestId: 'r1', at };
  const later = details.endsAt;
  const createdWith = (data: object): RewardEventEvent => ({
    type: 'RewardEventCreated',
    data: { ...details, eventId, createdBy: 'operator', at, requestId: 'r1', ...data },
  });
  const today = [createdWith({ recordedEvents: 4 }), added(potion), added(gem), published];
  // Events of a program version that did not store the number of the creation's domain events.
  const earlier = [createdWith({}), added(potion), added(gem), published];

  it('records the number of its domain events if it has a requestId', () => {
    given()
      .when(createRewardEvent(withId))
      .thenRecorded(...today);
  });

  it.each([
    ['this version', today],
    ['an earlier version', earlier],
  ])('decides nothing on events in the form of %s, even after later changes', (_, stored) => {
    const changed: RewardEventEvent = { type: 'RewardEventChanged', data: { eventId, name: 'x', at: later } };
    const reward: RewardEventEvent = { type: 'RewardChanged', data: { eventId, name: gem.name, amount: 9, at: later } };
    for (const facts of [stored, [...stored, changed, reward]]) {
      given(...facts)
        .when(createRewardEvent({ ...withId, at: later }))
        .thenNothing();
    }
  });

  it.each<[string, object]>([
    ['name', { details: { ...details, name: 'other' } }],
    ['description', { details: { ...details, description: 'other' } }],
    ['startsAt', { details: { ...details, startsAt: at } }],
    ['endsAt', { details: { ...details, endsAt: '2026-03-08T00:00:00.000Z' } }],
    ['claimsUntil', { details: { ...details, claimsUntil: details.endsAt } }],
    ['timeZone', { details: { ...details, timeZone: 'UTC' } }],
    ['dayStartsAt', { details: { ...details, dayStartsAt: '05:00' } }],
    ['condition', { details: { ...details, condition: { type: 'LOGIN_DAYS', count: 3 } } }],
    ['an amount', { rewards: [{ ...potion, amount: 101 }, gem] }],
    ['a type', { rewards: [{ ...potion, type: 'POINT' }, gem] }],
    ['the name of a reward', { rewards: [{ ...potion, name: 'x' }, gem] }],
    ['fewer rewards', { rewards: [potion] }],
    ['more rewards', { rewards: [potion, gem, { ...gem, name: 'x' }] }],
    ['no rewards', { rewards: [] }],
    ['another order of rewards', { rewards: [gem, potion] }],
    ['publish', { publish: false }],
  ])('is rejected if it differs in %s', (_, difference) => {
    for (const facts of [today, earlier]) {
      given(...facts)
        .when(createRewardEvent({ ...withId, ...difference, at: later }))
        .thenRejected('REQUEST_ID_REUSED');
    }
  });

  it('is distinct from changes after the creation of a draft, even in the same millisecond', () => {
    const draft = { ...withId, rewards: [], publish: false };
    const facts = [createdWith({ recordedEvents: 1 }), added(potion), added(gem), published];
    given(...facts)
      .when(createRewardEvent({ ...draft, at: later }))
      .thenNothing();
    given(...facts)
      .when(createRewardEvent({ ...withId, at: later }))
      .thenRejected('REQUEST_ID_REUSED');
    // Without a stored number, a later time distinguishes the changes.
    const addedLater: RewardEventEvent = { type: 'RewardAdded', data: { eventId, reward: potion, at: later } };
    given(createdWith({}), addedLater)
      .when(createRewardEvent({ ...draft, at: later }))
      .thenNothing();
  });

  it('matches the first request in another Unicode normal form', () => {
    const nfd = { ...details, name: details.name.normalize('NFD') };
    given(createdWith({ ...nfd, recordedEvents: 4 }), ...today.slice(1))
      .when(createRewardEvent(withId))
      .thenNothing();
  });

  it('is rejected for an invalid shape before its requestId is checked', () => {
    given(...today)
      .when(createRewardEvent({ ...withId, details: { ...details, endsAt: details.startsAt } }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field: 'endsAt', message: 'must be after startsAt' }] });
  });

  it.each([
    ['this version', today],
    ['an earlier version', earlier],
  ])('gets the event and the revision of its creation from events in the form of %s', (_, stored) => {
    const since: RewardEventEvent[] = [
      { type: 'RewardEventChanged', data: { eventId, name: 'x', endsAt: '2026-03-10T00:00:00.000Z', at: later } },
      { type: 'RewardChanged', data: { eventId, name: gem.name, amount: 9, at: later } },
    ];
    const state = fold(rewardEvent, [...stored, ...since]);
    if (state.situation !== 'existing') throw new Error('the event must exist');
    expect(asCreated(state)).toEqual({ event: fold(rewardEvent, stored), revision: 3 });
  });
});

describe('adding a reward', () => {
  const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
  it('is possible only for drafts', () => {
    given(created)
      .when(addReward({ reward: gem, at }))
      .thenRecorded(added(gem));
    given(created, added(potion), published)
      .when(addReward({ reward: gem, at }))
      .thenRejected('WRONG_STATE', { state: 'SCHEDULED' });
    given()
      .when(addReward({ reward: gem, at }))
      .thenRejected('NO_SUCH_EVENT');
  });
  it('rejects a duplicate name', () =>
    given(created, added(potion))
      .when(addReward({ reward: { ...potion, amount: 1 }, at }))
      .thenRejected('REWARD_EXISTS', { rewardName: potion.name }));
  it('rejects the twenty-first reward', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => added({ ...gem, name: `gem ${index}` }));
    given(created, ...twenty)
      .when(addReward({ reward: gem, at }))
      .thenRejected('TOO_MANY_REWARDS', { limit: 20 });
  });
});

describe('publishing', () => {
  it('requires a draft with rewards before its end', () => {
    given(created, added(potion)).when(publishRewardEvent({ at })).thenRecorded(published);
    given(created).when(publishRewardEvent({ at })).thenRejected('NO_REWARDS');
    given(created, added(potion), published).when(publishRewardEvent({ at })).thenRejected('WRONG_STATE', { state: 'SCHEDULED' });
    given(created, added(potion))
      .when(publishRewardEvent({ at: details.endsAt }))
      .thenRejected('WRONG_STATE', { state: 'DRAFT', endsAt: details.endsAt });
    given().when(publishRewardEvent({ at })).thenRejected('NO_SUCH_EVENT');
  });
});

describe('publishing a condition that may be impossible', () => {
  // Seven days of 24 hours from 9 a.m. in Seoul touch eight calendar days there, but seven in UTC.
  const draftOf = (change: Partial<RewardEventDetails>): RewardEventEvent[] => [
    { type: 'RewardEventCreated', data: { ...details, ...change, eventId, createdBy: 'operator', at } },
    added(potion),
  ];
  const beyond = (most: number) => ({
    errors: [{ field: 'condition.count', message: `must be at most ${most}, because the event's window touches no more days` }],
  });

  it.each<[RewardEventDetails['condition']['type'], Partial<RewardEventDetails>, number]>([
    ['LOGIN_DAYS', {}, 8],
    ['LOGIN_DAYS', { timeZone: 'UTC' }, 7],
    ['LOGIN_DAYS', { dayStartsAt: '09:00' }, 7],
    ['LOGIN_DAYS', { dayStartsAt: '09:01' }, 8],
    ['LOGIN_DAYS', { timeZone: 'UTC', endsAt: '2026-03-09T00:00:00.001Z' }, 8],
    ['LOGIN_STREAK', {}, 8],
  ])('accepts %s with %j up to %i days', (type, change, most) => {
    given(...draftOf({ ...change, condition: { type, count: most } }))
      .when(publishRewardEvent({ at }))
      .thenRecorded(published);
    for (const count of [most + 1, 1_000]) {
      given(...draftOf({ ...change, condition: { type, count } }))
        .when(publishRewardEvent({ at }))
        .thenRejected('INVALID_FIELDS', beyond(most));
    }
  });

  it('does not extend the maximum of a streak by its grace days', () => {
    const streak = (count: number) => draftOf({ condition: { type: 'LOGIN_STREAK', count, graceDays: 5 } });
    given(...streak(8))
      .when(publishRewardEvent({ at }))
      .thenRecorded(published);
    given(...streak(9))
      .when(publishRewardEvent({ at }))
      .thenRejected('INVALID_FIELDS', beyond(8));
  });

  it('accepts any number of logins and ignores the current time', () => {
    given(...draftOf({ condition: { type: 'LOGIN_COUNT', count: 1_000 } }))
      .when(publishRewardEvent({ at }))
      .thenRecorded(published);
    given(...draftOf({ condition: { type: 'LOGIN_DAYS', count: 8 } }))
      .when(publishRewardEvent({ at: '2026-03-08T23:00:00.000Z' }))
      .thenRecorded({ type: 'RewardEventPublished', data: { eventId, at: '2026-03-08T23:00:00.000Z' } });
  });

  it('is rejected in a time zone that this runtime does not support', () => {
    const message = 'is unknown to this version of the service, so its days cannot be counted';
    given(...draftOf({ timeZone: 'Mars/Olympus' }))
      .when(publishRewardEvent({ at }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field: 'timeZone', message }] });
  });

  it('is rejected at creation with publication, but not for a draft', () => {
    const impossible = { ...request, details: { ...details, condition: { type: 'LOGIN_DAYS', count: 300 } as const } };
    given()
      .when(createRewardEvent({ ...impossible, publish: true }))
      .thenRejected('INVALID_FIELDS', beyond(8));
    expect(createRewardEvent(impossible)(rewardEvent.initial)).toHaveLength(2);
  });
});

describe('publishing an event with cycles', () => {
  // Thirteen days from a Wednesday: a week cut short, a whole one and two days. Nine days of one month and four of the next.
  const window = {
    startsAt: '2026-11-24T15:00:00.000Z',
    endsAt: '2026-12-07T15:00:00.000Z',
    claimsUntil: '2026-12-20T00:00:00.000Z',
  };
  const publishing = (count: number, change: Partial<RewardEventDetails>) =>
    given(
      {
        type: 'RewardEventCreated',
        data: { ...details, ...window, condition: { type: 'LOGIN_DAYS', count }, ...change, eventId, createdBy: 'o', at },
      },
      added(potion),
    ).when(publishRewardEvent({ at }));

  it.each<[NonNullable<RewardEventDetails['cycle']>, Partial<RewardEventDetails>, number]>([
    ['DAY', {}, 1],
    ['WEEK', {}, 7],
    ['WEEK', { endsAt: '2026-12-03T15:00:00.000Z' }, 5],
    ['MONTH', {}, 7],
    ['MONTH', { dayStartsAt: '05:00' }, 7],
    ['MONTH', { startsAt: '2026-01-01T00:00:00.000Z' }, 31],
    ['DAY', { endsAt: '9026-12-07T15:00:00.000Z', claimsUntil: '9026-12-07T15:00:00.000Z' }, 1],
  ])('by %s with %j accepts up to %i days', (cycle, change, most) => {
    publishing(most, { cycle, ...change }).thenRecorded(published);
    publishing(most + 1, { cycle, ...change }).thenRejected('INVALID_FIELDS', {
      errors: [{ field: 'condition.count', message: `must be at most ${most}, because no cycle touches more days` }],
    });
    publishing(1_000, { cycle, ...change, condition: { type: 'LOGIN_COUNT', count: 1_000 } }).thenRecorded(published);
  });
});

describe('milestones', () => {
  const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 1 };
  const milestones = [
    { count: 1, rewards: [gem] },
    { count: 2, rewards: [gem, potion] },
  ];
  const calendar: RewardEventEvent = { ...created, data: { ...created.data, milestones } } as RewardEventEvent;
  const facts = [calendar, added(potion), published];
  const milestonesIn = (...history: RewardEventEvent[]) => {
    const state = fold(rewardEvent, history);
    return state.situation === 'existing' ? state.milestones : undefined;
  };
  const creating = (changes: Partial<RewardEventDetails>, rewards: readonly Reward[] = [potion]) =>
    given().when(createRewardEvent({ ...request, details: { ...details, milestones, ...changes }, rewards }));
  const error = (field: string, message: string) => ({ errors: [{ field, message }] });

  it('are stored unless there are none', () => {
    creating({}).thenRecorded(calendar, added(potion));
    creating({ milestones: [] }).thenRecorded(created, added(potion));
  });
  it('may include the last one instead of rewards', () => {
    const all = [...milestones, { count: 3, rewards: [potion] }];
    creating({ milestones: all }, []).thenRecorded(calendar, added(potion));
    const message = 'must not include 3, because the request has the rewards of the last milestone in `rewards`';
    creating({ milestones: all }).thenRejected('INVALID_FIELDS', error('milestones', message));
  });
  it.each<[string, Partial<RewardEventDetails>, string]>([
    ['that descend', { milestones: milestones.toReversed() }, 'must have ascending counts'],
    ['with a repeated count', { milestones: [milestones[0], milestones[0]] as typeof milestones }, 'must have ascending counts'],
    [
      'beyond the condition',
      { milestones: [{ count: 4, rewards: [gem] }] },
      'must have counts below 3, the count of the condition',
    ],
    ['with repeated names', { milestones: [{ count: 1, rewards: [gem, gem] }] }, 'must have rewards with unique names'],
    [
      'with 101 rewards',
      {
        condition: { type: 'LOGIN_COUNT', count: 9 },
        milestones: [1, 2, 3, 4, 5].map((count) => ({
          count,
          rewards: Array.from({ length: 20 }, (_, index) => ({ ...gem, name: `gem ${index}` })),
        })),
      },
      'must have at most 100 rewards, those of the last one included',
    ],
    [
      'before 101 others',
      {
        condition: { type: 'LOGIN_COUNT', count: 200 },
        milestones: Array.from({ length: 101 }, (_, index) => ({ count: index + 1, rewards: [] })),
      },
      'must have at most 100 before the last one',
    ],
  ])('%s are rejected', (_, changes, message) => creating(changes).thenRejected('INVALID_FIELDS', error('milestones', message)));
  it('are compared in a repeated creation, the last one in either form', () => {
    const withId = { ...request, details: { ...details, milestones }, requestId: 'r1' };
    const stored = createRewardEvent(withId)(rewardEvent.initial);
    const all = [...milestones, { count: 3, rewards: [potion] }];
    given(...stored)
      .when(createRewardEvent({ ...withId, details: { ...details, milestones: all }, rewards: [] }))
      .thenNothing();
    given(...stored)
      .when(createRewardEvent({ ...withId, details: { ...details, milestones: milestones.slice(1) } }))
      .thenRejected('REQUEST_ID_REUSED');
  });

  it('are replaced by a change of a draft, and holds end with their reward', () => {
    const held = (milestone: number | undefined, name: string): RewardEventEvent => ({
      type: 'RewardHeld',
      data: { eventId, ...(milestone && { milestone }), name, at },
    });
    const others = [{ count: 2, rewards: [potion, { ...gem, amount: 2 }] }];
    const changed: RewardEventEvent = { type: 'RewardEventChanged', data: { eventId, milestones: others, at } };
    const draftOf = [calendar, added(potion)];
    given(...draftOf)
      .when(changeRewardEvent({ change: { milestones: others }, at }))
      .thenRecorded(changed);
    given(...draftOf, held(1, gem.name))
      .when(changeRewardEvent({ change: { milestones }, at }))
      .thenNothing();
    expect(milestonesIn(...draftOf, held(1, gem.name), held(2, gem.name), changed)).toEqual([{ ...others[0], held: [gem.name] }]);
    given(calendar, added(potion), changed)
      .when(changeRewardEvent({ change: { milestones: [] }, at }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, milestones: [], at } });
    expect(
      fold(rewardEvent, [created, changed, { ...changed, data: { ...changed.data, milestones: [] } } as RewardEventEvent]),
    ).toEqual(fold(rewardEvent, [created, { type: 'RewardEventChanged', data: { eventId, at } }]));
  });
  it('may include the last one in a change, by the new condition', () => {
    const condition = { type: 'LOGIN_COUNT', count: 7 } as const;
    const all = [...milestones, { count: 7, rewards: [gem] }];
    given(calendar, added(potion))
      .when(changeRewardEvent({ change: { condition, milestones: all }, at }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, condition, rewards: [gem], at } });
    given(calendar, added(potion))
      .when(changeRewardEvent({ change: { milestones: [...milestones, { count: 3, rewards: [potion] }] }, at }))
      .thenNothing();
    given(calendar, added(potion))
      .when(changeRewardEvent({ change: { condition: { type: 'LOGIN_COUNT', count: 2 } }, at }))
      .thenRejected('INVALID_FIELDS', error('condition.count', 'must be above 2, the count of an earlier milestone'));
    given(...facts)
      .when(changeRewardEvent({ change: { milestones: [] }, at }))
      .thenRejected('WRONG_STATE', { state: 'SCHEDULED', fields: ['milestones'] });
  });

  it('each have rewards of their own', () => {
    const draftOf = [calendar, added(potion)];
    given(...draftOf)
      .when(addReward({ reward: potion, milestone: 1, at }))
      .thenRecorded({ type: 'RewardAdded', data: { eventId, milestone: 1, reward: potion, at } });
    given(...draftOf)
      .when(addReward({ reward: potion, milestone: 2, at }))
      .thenRejected('REWARD_EXISTS', { rewardName: potion.name });
    given(...draftOf)
      .when(addReward({ reward: gem, milestone: 3, at }))
      .thenRecorded(added(gem));
    given(...facts)
      .when(changeReward({ name: gem.name, amount: 5, milestone: 2, at }))
      .thenRecorded({ type: 'RewardChanged', data: { eventId, milestone: 2, name: gem.name, amount: 5, at } });
    given(...facts)
      .when(changeReward({ name: gem.name, amount: 5, at }))
      .thenRejected('NO_SUCH_REWARD', { rewardName: gem.name });
    given(...facts)
      .when(withdrawReward({ name: gem.name, milestone: 2, at }))
      .thenRecorded({ type: 'RewardWithdrawn', data: { eventId, milestone: 2, name: gem.name, at } });
    given(...facts)
      .when(withdrawReward({ name: gem.name, milestone: 1, at }))
      .thenRejected('NO_REWARDS');
    given(...facts)
      .when(holdReward({ name: gem.name, milestone: 1, at }))
      .thenRecorded({ type: 'RewardHeld', data: { eventId, milestone: 1, name: gem.name, at } });
    given(...facts, { type: 'RewardHeld', data: { eventId, milestone: 1, name: gem.name, at } })
      .when(releaseReward({ name: gem.name, milestone: 2, at }))
      .thenNothing();
  });
  it('must exist', () => {
    for (const decide of [
      changeReward({ name: gem.name, amount: 5, milestone: 7, at }),
      withdrawReward({ name: gem.name, milestone: 7, at }),
      holdReward({ name: gem.name, milestone: 7, at }),
    ])
      given(...facts)
        .when(decide)
        .thenRejected('NO_SUCH_MILESTONE', { milestone: 7 });
    given(calendar)
      .when(addReward({ reward: gem, milestone: 7, at }))
      .thenRejected('NO_SUCH_MILESTONE', { milestone: 7 });
  });
  it('have at most 100 rewards in all', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => ({ ...gem, name: `gem ${index}` }));
    const full = [1, 2, 3, 4].map((count) => ({ count, rewards: twenty }));
    const fullEvent: RewardEventEvent = {
      type: 'RewardEventCreated',
      data: {
        ...details,
        condition: { type: 'LOGIN_COUNT', count: 9 },
        milestones: [...full, { count: 5, rewards: twenty.slice(1) }],
        eventId,
        createdBy: 'o',
        at,
      },
    };
    given(fullEvent)
      .when(addReward({ reward: potion, at }))
      .thenRecorded(added(potion));
    given(fullEvent, added(potion))
      .when(addReward({ reward: gem, milestone: 5, at }))
      .thenRejected('TOO_MANY_REWARDS', { limit: 100 });
    given(fullEvent)
      .when(addReward({ reward: gem, milestone: 4, at }))
      .thenRejected('TOO_MANY_REWARDS', { limit: 20 });
  });
  it('must each have a reward at the publication', () => {
    given(calendar).when(publishRewardEvent({ at })).thenRejected('NO_REWARDS');
    given(calendar, added(potion), { type: 'RewardWithdrawn', data: { eventId, milestone: 1, name: gem.name, at } })
      .when(publishRewardEvent({ at }))
      .thenRejected('NO_REWARDS');
    given(calendar, added(potion)).when(publishRewardEvent({ at })).thenRecorded(published);
  });

  it('are part of the terms, of which every version stays known', () => {
    const more: RewardEventEvent = { type: 'RewardChanged', data: { eventId, milestone: 2, name: gem.name, amount: 5, at } };
    const held: RewardEventEvent = { type: 'RewardHeld', data: { eventId, milestone: 1, name: gem.name, at } };
    const less: RewardEventEvent = { type: 'RewardWithdrawn', data: { eventId, milestone: 2, name: gem.name, at } };
    const state = fold(rewardEvent, [...facts, more, held, less]);
    if (state.situation === 'missing') throw new Error('the event must exist');
    const rewardsOf = (version: number) => milestonesOf(termsOf(state, version)).map(({ rewards }) => rewards);
    expect([1, 2, 3].map(rewardsOf)).toEqual([
      [[gem], [gem, potion], [potion]],
      [[gem], [{ ...gem, amount: 5 }, potion], [potion]],
      [[gem], [potion], [potion]],
    ]);
    expect(state.earlierTerms?.map(({ milestones: earlier }) => earlier?.some(({ held: on }) => on))).toEqual([false, false]);
    expect(() => termsOf(state, 4)).toThrow(UnknownTerms);
    // A withdrawn reward may be held, because players who had started still claim it.
    given(...facts, less)
      .when(holdReward({ name: gem.name, milestone: 2, at }))
      .thenRecorded({ type: 'RewardHeld', data: { eventId, milestone: 2, name: gem.name, at } });
  });
});

describe('cycles and automatic completion', () => {
  const automatic = { cycle: 'WEEK', autoClaim: true } as const;
  const createdWith = (changes: object): RewardEventEvent =>
    ({ ...created, data: { ...created.data, ...changes } }) as RewardEventEvent;
  const stored = createdWith({ cycle: 'WEEK', autoComplete: true, autoClaim: true });

  it('are stored unless they are the default, and automatic claims imply automatic completion', () => {
    given()
      .when(createRewardEvent({ ...request, details: { ...details, ...automatic } }))
      .thenRecorded(stored, added(potion));
    given()
      .when(createRewardEvent({ ...request, details: { ...details, cycle: null, autoComplete: false, autoClaim: false } }))
      .thenRecorded(created, added(potion));
    const facts = createRewardEvent({ ...request, details: { ...details, cycle: null, autoComplete: false } })(
      rewardEvent.initial,
    );
    expect(Object.keys(facts[0]?.data ?? {})).toEqual(Object.keys(created.data));
  });
  it('can be changed in a draft, also back to the default, of which nothing remains', () => {
    const back = { cycle: null, autoComplete: false, autoClaim: false } as const;
    const reset: RewardEventEvent = { type: 'RewardEventChanged', data: { eventId, ...back, at } };
    given(stored)
      .when(changeRewardEvent({ change: back, at }))
      .thenRecorded(reset);
    given(stored, reset)
      .when(changeRewardEvent({ change: back, at }))
      .thenNothing();
    given(created)
      .when(changeRewardEvent({ change: automatic, at }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, ...automatic, autoComplete: true, at } });
    given(stored)
      .when(changeRewardEvent({ change: { autoComplete: false }, at }))
      .thenNothing();
    const state = fold(rewardEvent, [stored, reset]);
    for (const field of Object.keys(back)) expect(state).not.toHaveProperty(field);
  });
  it('cannot be changed after the publication', () => {
    given(stored, added(potion), published)
      .when(changeRewardEvent({ change: { cycle: null, autoClaim: false }, at }))
      .thenRejected('WRONG_STATE', { state: 'SCHEDULED', fields: ['cycle', 'autoClaim'] });
  });

  describe('of an event that has begun', () => {
    const granting = [createdWith({ autoComplete: true, autoClaim: true }), added(potion)];
    const hourLater = '2026-03-02T01:00:00.000Z';
    const moreThanAnHour = '2026-03-02T01:00:00.001Z';
    const publishedAt = (later: string): RewardEventEvent => ({ type: 'RewardEventPublished', data: { eventId, at: later } });

    it('need a confirmation to grant rewards for logins of more than an hour ago', () => {
      given(...granting)
        .when(publishRewardEvent({ at: hourLater }))
        .thenRecorded(publishedAt(hourLater));
      given(...granting)
        .when(publishRewardEvent({ at: moreThanAnHour }))
        .thenRejected('CONFIRM_PAST', { startsAt: details.startsAt });
      given(...granting)
        .when(publishRewardEvent({ at: moreThanAnHour, confirmPast: true }))
        .thenRecorded(publishedAt(moreThanAnHour));
      given(createdWith({ autoComplete: true }), added(potion))
        .when(publishRewardEvent({ at: moreThanAnHour }))
        .thenRecorded(publishedAt(moreThanAnHour));
    });
    it('need it at the creation too, after every other rule, and a repetition does not', () => {
      const late = { ...request, details: { ...details, autoClaim: true }, publish: true, at: moreThanAnHour, requestId: 'r1' };
      given().when(createRewardEvent(late)).thenRejected('CONFIRM_PAST', { startsAt: details.startsAt });
      given()
        .when(createRewardEvent({ ...late, rewards: [] }))
        .thenRejected('NO_REWARDS');
      const facts = createRewardEvent({ ...late, confirmPast: true })(rewardEvent.initial);
      expect(facts.map(({ type }) => type)).toEqual(['RewardEventCreated', 'RewardAdded', 'RewardEventPublished']);
      given(...facts)
        .when(createRewardEvent({ ...late, at: details.endsAt }))
        .thenNothing();
    });
  });
});

describe('the beginning of a day', () => {
  const early = { ...request, details: { ...details, dayStartsAt: '05:00' } };
  const createdEarly: RewardEventEvent = {
    type: 'RewardEventCreated',
    data: { ...details, dayStartsAt: '05:00', eventId, createdBy: 'operator', at },
  };
  it('is stored unless it is midnight, and is midnight by default', () => {
    given().when(createRewardEvent(early)).thenRecorded(createdEarly, added(potion));
    given()
      .when(createRewardEvent({ ...request, details: { ...details, dayStartsAt: '00:00' } }))
      .thenRecorded(created, added(potion));
    expect(fold(rewardEvent, [created])).not.toHaveProperty('dayStartsAt');
    expect(fold(rewardEvent, [createdEarly])).toMatchObject({ dayStartsAt: '05:00' });
  });
  it('can be changed in a draft, also back to midnight', () => {
    const toMidnight: RewardEventEvent = { type: 'RewardEventChanged', data: { eventId, dayStartsAt: '00:00', at } };
    given(createdEarly)
      .when(changeRewardEvent({ change: { dayStartsAt: '00:00' }, at }))
      .thenRecorded(toMidnight);
    given(createdEarly, toMidnight)
      .when(changeRewardEvent({ change: { dayStartsAt: '00:00' }, at }))
      .thenNothing();
    given(created)
      .when(changeRewardEvent({ change: { dayStartsAt: '00:00' }, at }))
      .thenNothing();
  });
});

const moved = (
  type: 'Unpublished' | 'Paused' | 'Resumed' | 'Ended' | 'Deleted' | 'Restored',
  movedAt: string,
): RewardEventEvent => ({
  type: `RewardEvent${type}`,
  data: { eventId, at: movedAt },
});

/** Domain events and a time for each status of an event. */
const draft = [created, added(potion)];
const before = '2026-03-01T12:00:00.000Z';
const during = '2026-03-05T00:00:00.000Z';
const after = '2026-03-10T00:00:00.000Z';
const afterClaims = '2026-03-23T00:00:00.000Z';
const situations: readonly [RewardEventStatus, string, readonly RewardEventEvent[], string][] = [
  ['DRAFT', 'not published', draft, during],
  ['DRAFT', 'not published before its end', draft, afterClaims],
  ['DRAFT', 'unpublished', [...draft, published, moved('Unpublished', before)], before],
  ['SCHEDULED', 'before its start', [...draft, published], before],
  ['ACTIVE', 'from its start', [...draft, published], details.startsAt],
  ['ACTIVE', 'until its end', [...draft, published], '2026-03-08T23:59:59.999Z'],
  ['ACTIVE', 'resumed', [...draft, published, moved('Paused', during), moved('Resumed', during)], during],
  ['PAUSED', 'during the event', [...draft, published, moved('Paused', during)], during],
  ['PAUSED', 'after its end', [...draft, published, moved('Paused', during)], after],
  ['PAUSED', 'after the claim period', [...draft, published, moved('Paused', during)], afterClaims],
  ['ENDED', 'by the clock', [...draft, published], details.endsAt],
  ['ENDED', 'by an operator', [...draft, published, moved('Ended', during)], during],
  ['ENDED', 'by an operator before its start', [...draft, published, moved('Ended', before)], before],
  ['ENDED', 'from a pause', [...draft, published, moved('Paused', during), moved('Ended', after)], after],
  ['ENDED', 'resumed after its end', [...draft, published, moved('Paused', during), moved('Resumed', after)], after],
  ['CLOSED', 'after the claim period', [...draft, published], details.claimsUntil],
  ['CLOSED', 'ended early, with an unchanged claim period', [...draft, published, moved('Ended', during)], afterClaims],
  ['DELETED', 'a draft', [...draft, moved('Deleted', at)], at],
  ['DELETED', 'an active event', [...draft, published, moved('Deleted', during)], during],
  ['SCHEDULED', 'restored', [...draft, published, moved('Deleted', at), moved('Restored', at)], before],
  [
    'PAUSED',
    'restored',
    [...draft, published, moved('Paused', during), moved('Deleted', during), moved('Restored', during)],
    after,
  ],
];

describe.each(situations)('%s, %s', (status, _, facts, now) => {
  const state = fold(rewardEvent, facts);
  if (state.situation === 'missing') throw new Error('the situation must have an event');
  const stateDetails = { state: status };

  it('is computed from the domain events and the time', () => expect(rewardEventStatus(state, now)).toBe(status));

  it.each<[string, (at: { at: string }) => Decide<RewardEventState, RewardEventEvent>, readonly RewardEventStatus[], string]>([
    ['publish', publishRewardEvent, now < details.endsAt ? ['DRAFT'] : [], 'RewardEventPublished'],
    ['unpublish', unpublishRewardEvent, ['SCHEDULED'], 'RewardEventUnpublished'],
    ['pause', pauseRewardEvent, ['ACTIVE'], 'RewardEventPaused'],
    ['resume', resumeRewardEvent, ['PAUSED'], 'RewardEventResumed'],
    ['end', endRewardEvent, ['SCHEDULED', 'ACTIVE', 'PAUSED'], 'RewardEventEnded'],
    ['delete', deleteRewardEvent, ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED'], 'RewardEventDeleted'],
    ['restore', restoreRewardEvent, ['DELETED'], 'RewardEventRestored'],
  ])('allows or rejects the command %s', (_name, decide, allowed, type) => {
    const when = given(...facts).when(decide({ at: now }));
    if (allowed.includes(status)) when.thenRecorded({ type, data: { eventId, at: now } } as RewardEventEvent);
    else {
      const isTooLate = status === 'DRAFT' && type === 'RewardEventPublished';
      when.thenRejected('WRONG_STATE', isTooLate ? { ...stateDetails, endsAt: details.endsAt } : stateDetails);
    }
  });

  it('allows a new reward only in a draft', () => {
    const when = given(...facts).when(addReward({ reward: { ...potion, name: 'new' }, at: now }));
    if (status === 'DRAFT')
      when.thenRecorded({ type: 'RewardAdded', data: { eventId, reward: { ...potion, name: 'new' }, at: now } });
    else when.thenRejected('WRONG_STATE', stateDetails);
  });

  it('allows changing, holding and withdrawing a reward unless closed or deleted, but keeps the last one after publication', () => {
    const change = given(...facts).when(changeReward({ name: potion.name, amount: 150, at: now }));
    const hold = given(...facts).when(holdReward({ name: potion.name, at: now }));
    const withdraw = given(...facts).when(withdrawReward({ name: potion.name, at: now }));
    if (status === 'CLOSED' || status === 'DELETED') {
      change.thenRejected('WRONG_STATE', stateDetails);
      withdraw.thenRejected('WRONG_STATE', stateDetails);
      hold.thenRejected('WRONG_STATE', stateDetails);
    } else {
      change.thenRecorded({ type: 'RewardChanged', data: { eventId, name: potion.name, amount: 150, at: now } });
      hold.thenRecorded({ type: 'RewardHeld', data: { eventId, name: potion.name, at: now } });
      if (status === 'DRAFT') withdraw.thenRecorded({ type: 'RewardWithdrawn', data: { eventId, name: potion.name, at: now } });
      else withdraw.thenRejected('NO_REWARDS');
    }
  });

  it('allows a new name, description and metadata unless deleted', () => {
    const change = { name: '새 이름', description: 'text', metadata: { image: 'a.png' } };
    const when = given(...facts).when(changeRewardEvent({ change, at: now }));
    if (status === 'DELETED') when.thenRejected('WRONG_STATE', stateDetails);
    else when.thenRecorded({ type: 'RewardEventChanged', data: { eventId, ...change, at: now } });
  });

  it('allows a new condition only in a draft', () => {
    const condition = { type: 'LOGIN_COUNT', count: 1 } as const;
    const when = given(...facts).when(changeRewardEvent({ change: { condition }, at: now }));
    if (status === 'DRAFT') when.thenRecorded({ type: 'RewardEventChanged', data: { eventId, condition, at: now } });
    else when.thenRejected('WRONG_STATE', status === 'DELETED' ? stateDetails : { ...stateDetails, fields: ['condition'] });
  });
});

describe('changing the times', () => {
  const change = (what: Parameters<typeof changeRewardEvent>[0]['change']) => changeRewardEvent({ change: what, at: during });
  const later = '2026-03-12T00:00:00.000Z';

  it('of a published event is possible only to later times', () => {
    given(...draft, published)
      .when(change({ endsAt: later }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, endsAt: later, at: during } });
    given(...draft, published)
      .when(change({ claimsUntil: '2026-04-01T00:00:00.000Z' }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, claimsUntil: '2026-04-01T00:00:00.000Z', at: during } });
    for (const fixed of [{ startsAt: at }, { timeZone: 'UTC' }, { dayStartsAt: '05:00' }, { rewards: [] }]) {
      given(...draft, published)
        .when(change(fixed))
        .thenRejected('WRONG_STATE', { state: 'ACTIVE', fields: Object.keys(fixed) });
    }
  });
  it.each([
    ['endsAt', '2026-03-08T00:00:00.000Z', details.endsAt],
    ['claimsUntil', '2026-03-22T00:00:00.000Z', details.claimsUntil],
  ] as const)('of a published event to an earlier %s is rejected', (field, earlier, now) => {
    const message = `must not be before ${now}, because a published event is never shortened`;
    given(...draft, published)
      .when(change({ [field]: earlier }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field, message }] });
    given(...draft)
      .when(change({ [field]: earlier }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, [field]: earlier, at: during } });
  });
  it('cannot undo an early end', () => {
    given(...draft, published, moved('Ended', during))
      .when(change({ endsAt: later }))
      .thenRejected('WRONG_STATE', { state: 'ENDED', fields: ['endsAt'] });
  });
  it('requires that start, end and claim end stay in order', () => {
    given(...draft)
      .when(change({ startsAt: later }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field: 'endsAt', message: 'must be after startsAt' }] });
    given(...draft, published)
      .when(change({ endsAt: '2026-04-01T00:00:00.000Z' }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field: 'claimsUntil', message: 'must not be before endsAt' }] });
  });
  it('to equal values decides nothing', () => {
    const { name, description, startsAt, endsAt, claimsUntil, timeZone, condition } = details;
    given(...draft)
      .when(
        change({
          name,
          description,
          startsAt,
          endsAt,
          claimsUntil,
          timeZone,
          condition: { count: condition.count, type: 'LOGIN_COUNT' },
          rewards: [potion],
        }),
      )
      .thenNothing();
    given(...draft, published)
      .when(change({ startsAt }))
      .thenNothing();
  });
});

describe('rewards', () => {
  it('with an unknown name cannot be changed or withdrawn', () => {
    given(...draft)
      .when(changeReward({ name: 'x', amount: 1, at }))
      .thenRejected('NO_SUCH_REWARD', { rewardName: 'x' });
    given(...draft)
      .when(withdrawReward({ name: 'x', at }))
      .thenRejected('NO_SUCH_REWARD', { rewardName: 'x' });
  });
  it('with the same amount are not changed', () =>
    given(...draft)
      .when(changeReward({ name: potion.name, amount: 100, at }))
      .thenNothing());
  it('get a new terms version with each change after publication', () => {
    const changed: RewardEventEvent = { type: 'RewardChanged', data: { eventId, name: potion.name, amount: 1, at } };
    expect(fold(rewardEvent, [...draft, changed])).toMatchObject({ termsVersion: 1 });
    expect(fold(rewardEvent, [...draft, published, changed, changed])).toMatchObject({ termsVersion: 3 });
  });
});

describe('metadata', () => {
  const metadata = { image: 'events/2026-03.png', 순서: '1' };
  it('is stored unless it is empty', () => {
    const createdWith = (fields: object) =>
      createRewardEvent({ ...request, details: { ...details, ...fields } })(rewardEvent.initial)[0];
    expect(createdWith({ metadata })).toMatchObject({ data: { metadata } });
    expect(createdWith({ metadata: {} })).toEqual(created);
  });
  it('can be removed, and is not changed to an equal value', () => {
    const facts: RewardEventEvent[] = [
      { ...created, data: { ...created.data, metadata } } as RewardEventEvent,
      added(potion),
      published,
    ];
    given(...facts)
      .when(changeRewardEvent({ change: { metadata: {} }, at: during }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, metadata: {}, at: during } });
    const reordered = Object.fromEntries(Object.entries(metadata).toReversed());
    given(...facts)
      .when(changeRewardEvent({ change: { metadata: reordered }, at: during }))
      .thenNothing();
    given(...draft)
      .when(changeRewardEvent({ change: { metadata: {} }, at: during }))
      .thenNothing();
  });
});

describe('a reward on hold', () => {
  const held = (name = potion.name): RewardEventEvent => ({ type: 'RewardHeld', data: { eventId, name, at: during } });
  const released = (name = potion.name): RewardEventEvent => ({ type: 'RewardReleased', data: { eventId, name, at: during } });
  const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 1 };
  const facts = [created, added(potion), added(gem), published];
  const withdrawn: RewardEventEvent = { type: 'RewardWithdrawn', data: { eventId, name: potion.name, at: during } };
  const heldIn = (...history: RewardEventEvent[]) => {
    const state = fold(rewardEvent, history);
    return state.situation === 'existing' ? state.held : [];
  };

  it('is released, and may then be held again', () => {
    given(...facts, held())
      .when(releaseReward({ name: potion.name, reason: '수량을 고침', at: during }))
      .thenRecorded({ type: 'RewardReleased', data: { eventId, name: potion.name, reason: '수량을 고침', at: during } });
    given(...facts, held(), released())
      .when(holdReward({ name: potion.name, at: during }))
      .thenRecorded(held());
  });
  it('is not held a second time, and no other reward is released', () => {
    given(...facts, held())
      .when(holdReward({ name: potion.name, reason: 'another', at: during }))
      .thenNothing();
    given(...facts, held())
      .when(releaseReward({ name: gem.name, at: during }))
      .thenNothing();
  });
  it('must be a reward of the event', () => {
    given(...facts)
      .when(holdReward({ name: 'nothing', at: during }))
      .thenRejected('NO_SUCH_REWARD', { rewardName: 'nothing' });
  });
  it('may have been withdrawn after publication, because players who had started still claim it', () => {
    given(...facts, withdrawn)
      .when(holdReward({ name: potion.name, at: during }))
      .thenRecorded(held());
    expect(heldIn(...facts, held(), withdrawn)).toEqual([potion.name]);
  });
  it('is forgotten when a draft no longer has it', () => {
    expect(heldIn(...draft, held(), withdrawn)).toBeUndefined();
    expect(heldIn(...draft, held(), { type: 'RewardEventChanged', data: { eventId, rewards: [gem], at } })).toBeUndefined();
  });
  it('keeps the version of the terms', () => {
    expect(fold(rewardEvent, [...facts, held()])).toMatchObject({ termsVersion: 1, rewards: [potion, gem] });
  });
});

describe('an unpublished event', () => {
  const unpublished = [...draft, published, moved('Unpublished', before)];
  it('can be changed completely and published again, with a new version of its terms', () => {
    const condition = { type: 'LOGIN_DAYS', count: 2 } as const;
    const change = { condition, startsAt: '2026-02-01T00:00:00.000Z', rewards: [{ ...potion, amount: 1 }] };
    given(...unpublished)
      .when(changeRewardEvent({ change, at: before }))
      .thenRecorded({ type: 'RewardEventChanged', data: { eventId, ...change, at: before } });
    given(...unpublished)
      .when(publishRewardEvent({ at: before }))
      .thenRecorded({ type: 'RewardEventPublished', data: { eventId, at: before } });
    expect(fold(rewardEvent, [...unpublished, published])).toMatchObject({ termsVersion: 2, publishedAt: at });
  });
  it('must not have begun at its publication, even if clocks differ', () => {
    const late: RewardEventEvent = { type: 'RewardEventPublished', data: { eventId, at: during } };
    given(...draft, late)
      .when(unpublishRewardEvent({ at: before }))
      .thenRejected('WRONG_STATE', { state: 'ACTIVE' });
  });
});

describe('cloning', () => {
  const original = fold(rewardEvent, [...draft, published, moved('Ended', during)]);
  if (original.situation === 'missing') throw new Error('the original must exist');
  const clone = {
    eventId: 'c',
    original,
    name: '둘째',
    startsAt: '2026-04-01T00:00:00.000Z',
    endsAt: '2026-04-08T00:00:00.000Z',
    createdBy: 'other',
    at: after,
  };
  const clonedDetails = {
    ...details,
    name: '둘째',
    startsAt: clone.startsAt,
    endsAt: clone.endsAt,
    claimsUntil: '2026-04-26T00:00:00.000Z',
  };

  it('creates a draft with the terms of the original and a claim period of the same length', () => {
    given()
      .when(cloneRewardEvent(clone))
      .thenRecorded(
        {
          type: 'RewardEventCreated',
          data: { ...clonedDetails, eventId: 'c', createdBy: 'other', clonedFrom: eventId, at: after },
        },
        { type: 'RewardAdded', data: { eventId: 'c', reward: potion, at: after } },
      );
  });
  it('copies metadata and item codes, but no holds', () => {
    const coded = { ...potion, itemCode: 'ITEM_2041' };
    const source = { ...original, rewards: [coded], held: [potion.name], metadata: { image: 'a.png' } };
    const facts = cloneRewardEvent({ ...clone, original: source })(rewardEvent.initial);
    expect(facts).toMatchObject([{ data: { metadata: { image: 'a.png' } } }, { type: 'RewardAdded', data: { reward: coded } }]);
    expect(facts).toHaveLength(2);
  });
  it('copies milestones without their holds, the cycle and automatic completion', () => {
    const milestones = [{ count: 1, rewards: [potion], held: [potion.name] }];
    const source = { ...original, milestones, cycle: 'DAY', autoComplete: true, autoClaim: true } as const;
    const [first] = cloneRewardEvent({ ...clone, original: source })(rewardEvent.initial);
    expect(first?.data).toEqual({
      ...clonedDetails,
      milestones: [{ count: 1, rewards: [potion] }],
      cycle: 'DAY',
      autoComplete: true,
      autoClaim: true,
      eventId: 'c',
      createdBy: 'other',
      clonedFrom: eventId,
      at: after,
    });
  });
  it('copies the beginning of the day', () => {
    expect(cloneRewardEvent({ ...clone, original: { ...original, dayStartsAt: '05:00' } })(rewardEvent.initial)).toMatchObject([
      { type: 'RewardEventCreated', data: { dayStartsAt: '05:00' } },
      { type: 'RewardAdded' },
    ]);
  });
  it('decides nothing for a repeated request, even after the original has changed', () => {
    const facts: RewardEventEvent = {
      type: 'RewardEventCreated',
      data: { ...clonedDetails, eventId: 'c', createdBy: 'other', clonedFrom: eventId, at: after },
    };
    given(facts)
      .when(cloneRewardEvent({ ...clone, original: { ...original, description: 'changed' } }))
      .thenNothing();
    given(facts)
      .when(cloneRewardEvent({ ...clone, name: 'another' }))
      .thenRejected('REQUEST_ID_REUSED');
    given(facts)
      .when(cloneRewardEvent({ ...clone, original: { ...original, eventId: 'x' } }))
      .thenRejected('REQUEST_ID_REUSED');
  });
});

describe('a login', () => {
  const paused = [...draft, published, moved('Paused', '2026-03-04T00:00:00.000Z'), moved('Resumed', during)];
  it.each([
    ['2026-03-01T23:59:59.999Z', 'OUTSIDE_WINDOW'],
    [details.startsAt, 'OPEN'],
    ['2026-03-03T23:59:59.999Z', 'OPEN'],
    ['2026-03-04T00:00:00.000Z', 'PAUSED'],
    ['2026-03-04T23:59:59.999Z', 'PAUSED'],
    [during, 'OPEN'],
    ['2026-03-08T23:59:59.999Z', 'OPEN'],
    [details.endsAt, 'OUTSIDE_WINDOW'],
  ])('at %s is %s', (loginAt, judgement) => {
    const state = fold(rewardEvent, paused);
    expect(state.situation === 'existing' && judgeLogin(state, loginAt)).toBe(judgement);
  });
  it('from an instance whose clock is behind is outside a window that begins at the publication', () => {
    const facts = draft.map((fact) =>
      fact.type === 'RewardEventCreated' ? { ...fact, data: { ...fact.data, startsAt: during } } : fact,
    );
    const state = fold(rewardEvent, [...facts, { type: 'RewardEventPublished', data: { eventId, at: during } }]);
    const behind = new Date(Date.parse(during) - 2_000).toISOString();
    expect(state.situation === 'existing' && [behind, during].map((loginAt) => judgeLogin(state, loginAt))).toEqual([
      'OUTSIDE_WINDOW',
      'OPEN',
    ]);
  });
  it('of another cycle does not count for a cycle, but may count for its own', () => {
    const state = fold(rewardEvent, [
      { ...created, data: { ...created.data, cycle: 'DAY' } } as RewardEventEvent,
      added(potion),
      ...paused.slice(2),
    ]);
    const judge = (...args: [string, string?]) => state.situation === 'existing' && judgeLogin(state, ...args);
    expect(judge('2026-03-03T00:00:00.000Z')).toBe('OPEN');
    expect(judge('2026-03-03T00:00:00.000Z', '2026-03-03')).toBe('OPEN');
    expect(judge('2026-03-03T15:00:00.000Z', '2026-03-03')).toBe('OTHER_CYCLE');
    expect(judge('2026-03-04T00:00:00.000Z', '2026-03-03')).toBe('OTHER_CYCLE');
    expect(judge('2026-03-04T00:00:00.000Z', '2026-03-04')).toBe('PAUSED');
    expect(judge(details.endsAt, '2026-03-03')).toBe('OUTSIDE_WINDOW');
  });
  it('counts for a deleted event, but not for a draft, in a pause or after an early end', () => {
    const judge = (...facts: RewardEventEvent[]) => {
      const state = fold(rewardEvent, facts);
      return state.situation === 'existing' && judgeLogin(state, during);
    };
    expect(judge(...draft, published, moved('Deleted', at))).toBe('OPEN');
    expect(judge(...draft)).toBe('OUTSIDE_WINDOW');
    expect(judge(...draft, published, moved('Ended', '2026-03-04T00:00:00.000Z'))).toBe('OUTSIDE_WINDOW');
    expect(judge(...draft, published, moved('Paused', '2026-03-04T00:00:00.000Z'))).toBe('PAUSED');
  });
});

describe('a pause that continues counting', () => {
  const paused = (pausedAt: string): RewardEventEvent => ({
    type: 'RewardEventPaused',
    data: { eventId, counting: 'CONTINUE', at: pausedAt },
  });

  it('is recorded with its reason, and the default is not stored', () => {
    given(...draft, published)
      .when(pauseRewardEvent({ counting: 'CONTINUE', reason: '보상 점검', at: during }))
      .thenRecorded({ type: 'RewardEventPaused', data: { eventId, counting: 'CONTINUE', reason: '보상 점검', at: during } });
    given(...draft, published)
      .when(pauseRewardEvent({ counting: 'STOP', at: during }))
      .thenRecorded(moved('Paused', during));
  });

  it('changes for no login whether it counts, wherever such pauses are', () => {
    const hour = fc.integer({ min: 0, max: 24 * 12 });
    const time = (hours: number) => new Date(Date.parse(details.startsAt) + (hours - 48) * 3_600_000).toISOString();
    fc.assert(
      fc.property(
        fc.uniqueArray(hour, { maxLength: 8 }),
        fc.uniqueArray(hour, { maxLength: 4 }),
        hour,
        (counting, stopping, login) => {
          const stops = stopping
            .sort((a, b) => a - b)
            .flatMap((from, index) => [moved(index % 2 ? 'Resumed' : 'Paused', time(from))]);
          const continues = counting.flatMap((from) => [paused(time(from)), moved('Resumed', time(from + 1))]);
          const judge = (facts: readonly RewardEventEvent[]) => {
            const state = fold(rewardEvent, [...draft, published, ...facts]);
            return state.situation === 'existing' && judgeLogin(state, time(login));
          };
          const closed = stops.length % 2 ? [...stops, moved('Resumed', time(24 * 13))] : stops;
          expect(judge([...closed, ...continues])).toBe(judge(closed));
          expect(judge([...continues, ...closed])).toBe(judge(closed));
        },
      ),
    );
  });
});
