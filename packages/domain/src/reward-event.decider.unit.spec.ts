import type { Reward, RewardEventDetails, RewardEventEvent } from '@rewards/contracts';
import { addReward, createRewardEvent, publishRewardEvent, rewardEvent, rewardEventStatus } from './reward-event.decider';
import { specificationOf } from './testing/given';

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
  it('publishes at once when asked', () => {
    given()
      .when(createRewardEvent({ ...request, publish: true }))
      .thenRecorded(created, added(potion), published);
  });
  it('publishes no event without rewards or past its end', () => {
    given()
      .when(createRewardEvent({ ...request, rewards: [], publish: true }))
      .thenRejected('NO_REWARDS');
    given()
      .when(createRewardEvent({ ...request, publish: true, at: details.endsAt }))
      .thenRejected('WRONG_STATE', { state: 'DRAFT' });
  });
  it('decides nothing for the same request again, and refuses another under its requestId', () => {
    const again = { ...request, requestId: 'r1' };
    const facts = [
      { type: 'RewardEventCreated', data: { ...details, eventId, createdBy: 'operator', at, requestId: 'r1' } } as const,
      added(potion),
      published,
    ];
    given(...facts)
      .when(createRewardEvent({ ...again, at: details.endsAt }))
      .thenNothing();
    given(...facts)
      .when(createRewardEvent({ ...again, details: { ...details, name: 'other' } }))
      .thenRejected('REQUEST_ID_REUSED');
  });
});

describe('adding a reward', () => {
  const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
  it('is for drafts', () => {
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
  it('refuses a name twice', () =>
    given(created, added(potion))
      .when(addReward({ reward: { ...potion, amount: 1 }, at }))
      .thenRejected('REWARD_EXISTS'));
  it('refuses the twenty-first', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => added({ ...gem, name: `gem ${index}` }));
    given(created, ...twenty)
      .when(addReward({ reward: gem, at }))
      .thenRejected('TOO_MANY_REWARDS');
  });
});

describe('publishing', () => {
  it('needs a draft with rewards before its end', () => {
    given(created, added(potion)).when(publishRewardEvent({ at })).thenRecorded(published);
    given(created).when(publishRewardEvent({ at })).thenRejected('NO_REWARDS');
    given(created, added(potion), published).when(publishRewardEvent({ at })).thenRejected('WRONG_STATE', { state: 'SCHEDULED' });
    given(created, added(potion))
      .when(publishRewardEvent({ at: details.endsAt }))
      .thenRejected('WRONG_STATE', { state: 'DRAFT' });
    given().when(publishRewardEvent({ at })).thenRejected('NO_SUCH_EVENT');
  });
});

describe('status', () => {
  it.each([
    ['2026-03-01T23:59:59.999Z', 'SCHEDULED'],
    [details.startsAt, 'ACTIVE'],
    ['2026-03-08T23:59:59.999Z', 'ACTIVE'],
    [details.endsAt, 'ENDED'],
    ['2026-03-22T23:59:59.999Z', 'ENDED'],
    [details.claimsUntil, 'CLOSED'],
  ])('at %s is %s', (now, status) => expect(rewardEventStatus({ ...details, publishedAt: at }, now)).toBe(status));
  it('is DRAFT until published', () =>
    expect(rewardEventStatus({ ...details, publishedAt: null }, details.startsAt)).toBe('DRAFT'));
});
