import { START } from '../position';
import type { AnyDomainEvent } from '../upcast';

type Sample<Type extends AnyDomainEvent['type']> = Extract<AnyDomainEvent, { type: Type }>['data'];

const eventId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0001';
const accountId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0002';
const cycle = '2026-02-23';
const loginId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0003';
const at = '2026-03-01T10:00:00.000Z';
const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 } as const;
const endpointId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0004';
const deliveryId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0005';
const ofDelivery = { deliveryId, endpointId, accountId, at };
const condition = { type: 'LOGIN_COUNT', count: 3 } as const;

/**
 * Stored data of each domain event in each version (index 0 is version 1), and its current shape. Never change the sample of an
 * old version, because stored events do not change either.
 */
export const GOLDEN_SAMPLES: {
  readonly [Type in AnyDomainEvent['type']]: { readonly stored: readonly unknown[]; readonly today: Sample<Type> };
} = {
  RewardEventCreated: golden({
    eventId,
    createdBy: accountId,
    at,
    requestId: 'r-1',
    name: '접속 이벤트',
    description: '',
    startsAt: at,
    endsAt: '2026-03-08T10:00:00.000Z',
    claimsUntil: '2026-03-22T10:00:00.000Z',
    timeZone: 'Asia/Seoul',
    condition,
  }),
  RewardAdded: golden({ eventId, reward: potion, at }),
  RewardChanged: golden({ eventId, name: potion.name, amount: 150, at }),
  RewardWithdrawn: golden({ eventId, name: potion.name, at }),
  RewardHeld: golden({ eventId, name: potion.name, reason: '수량 오류', at }),
  RewardReleased: golden({ eventId, name: potion.name, at }),
  RewardEventChanged: golden({ eventId, name: '새 이름', endsAt: '2026-03-09T10:00:00.000Z', rewards: [potion], at }),
  RewardEventPublished: golden({ eventId, at }),
  RewardEventUnpublished: golden({ eventId, at }),
  RewardEventPaused: golden({ eventId, at }),
  RewardEventResumed: golden({ eventId, at }),
  RewardEventEnded: golden({ eventId, at }),
  RewardEventDeleted: golden({ eventId, at }),
  RewardEventRestored: golden({ eventId, at }),
  ParticipationStarted: golden({ eventId, accountId, termsVersion: 1, condition, rewards: [potion], at }),
  LoginCounted: golden({ eventId, accountId, loginId, at, day: '2026-03-01', progress: 1, conditionMet: false }),
  EventCompleted: golden({ eventId, accountId, at, rewards: [potion] }),
  RewardClaimed: goldenTwice({
    eventId,
    accountId,
    requestId: 'c-1',
    requested: 'all',
    rewardName: potion.name,
    type: 'ITEM',
    amount: 100,
    claimed: 100,
    remaining: 0,
    at,
  }),
  CompletionRefused: golden({ eventId, accountId, code: 'CONDITION_NOT_MET', details: { progress: 1, required: 3 }, at }),
  ClaimRefused: golden({
    eventId,
    accountId,
    requestId: 'c-2',
    requested: 1,
    rewardName: 'x',
    type: null,
    code: 'NO_SUCH_REWARD',
    details: {},
    at,
  }),
  CommandRefused: golden({ eventId, command: 'PublishRewardEvent', code: 'NO_REWARDS', details: {}, at }),
  LoggedIn: golden({ loginId, accountId, at }),
  AccountRegistered: golden({ messageId: loginId, accountId, roles: ['USER'], at }),
  RolesChanged: golden({ messageId: loginId, accountId, roles: ['OPERATOR'], at }),
  AccountErased: golden({ messageId: loginId, accountId, at }),
  LoginsBackfilled: golden({ eventId, position: START, at }),
  MessageDeadLettered: golden({
    deadLetterId: eventId,
    topic: 'logins',
    partition: 0,
    offset: '7',
    key: accountId,
    payload: 'not json',
    error: 'MalformedMessage: not JSON',
    attempts: 1,
    at,
  }),
  MessageRedriven: golden({ deadLetterId: eventId, by: accountId, at }),
  MessageDiscarded: golden({ deadLetterId: eventId, by: accountId, at }),
  DeliveryEndpointAdded: golden({
    endpointId,
    name: 'Inventory',
    kind: 'WEBHOOK',
    url: 'https://game.example.com/rewards',
    rewardTypes: ['ITEM'],
    maxPerSecond: 500,
    timeoutMs: 10_000,
    from: START,
    secretId: loginId,
    by: accountId,
    at,
  }),
  DeliveryEndpointChanged: golden({ endpointId, name: 'Items', rewardTypes: null, by: accountId, at }),
  DeliveryEndpointPaused: golden({ endpointId, by: accountId, at }),
  DeliveryEndpointResumed: golden({ endpointId, by: accountId, at }),
  DeliveryEndpointDisabled: golden({ endpointId, reason: 'The receiver answered 410.', at }),
  DeliveryEndpointRemoved: golden({ endpointId, by: accountId, at }),
  DeliverySecretRotated: golden({ endpointId, secretId: loginId, until: '2026-03-02T10:00:00.000Z', by: accountId, at }),
  DeliveryAttemptFailed: golden({
    ...ofDelivery,
    attempt: 1,
    status: 503,
    error: 'The receiver answered 503.',
    tookMs: 12,
    nextAttemptAt: '2026-03-01T10:00:05.000Z',
  }),
  RewardDelivered: golden({ ...ofDelivery, attempt: 2, tookMs: 12, reference: 'mail-7' }),
  DeliveryParked: golden({
    ...ofDelivery,
    attempt: 1,
    status: 409,
    error: "The player's inventory is full.",
    tookMs: 12,
    reason: 'INVENTORY_FULL',
  }),
  DeliveryResent: golden({ ...ofDelivery, position: START, by: accountId }),
  DeliveryAbandoned: golden({ ...ofDelivery, by: accountId, reason: 'granted by hand' }),
  RewardsDelivered: golden({ endpointId, deliveries: [{ deliveryId, accountId, at, tookMs: 8, reference: 'mail-8' }], at }),
  EarlierDeliveriesAdded: golden({
    endpointId,
    upTo: START,
    deliveries: [
      {
        deliveryId,
        kind: 'CLAIM',
        claimId: loginId,
        accountId,
        eventId,
        rewardName: potion.name,
        type: 'ITEM',
        amount: 100,
        at,
        position: START,
      },
    ],
    at,
  }),
};

/** Data with optional fields that were added to the newest version later; the stored and the read form are the same. */
export const EXTENDED_SAMPLES: readonly {
  readonly [Type in AnyDomainEvent['type']]: readonly [Type, Sample<Type>];
}[AnyDomainEvent['type']][] = [
  ['RewardEventCreated', { ...GOLDEN_SAMPLES.RewardEventCreated.today, dayStartsAt: '05:00' }],
  ['RewardAdded', { eventId, reward: { ...potion, itemCode: 'ITEM_2041' }, at }],
  ['RewardClaimed', { ...GOLDEN_SAMPLES.RewardClaimed.today, itemCode: 'ITEM_2041', target: '루나/아델' }],
  ['ClaimRefused', { ...GOLDEN_SAMPLES.ClaimRefused.today, itemCode: 'ITEM_2041', target: '루나/아델' }],
  ['RewardEventCreated', { ...GOLDEN_SAMPLES.RewardEventCreated.today, metadata: { image: 'events/2026-11.png' } }],
  ['RewardEventChanged', { eventId, metadata: {}, at }],
  ['RewardEventPaused', { eventId, counting: 'CONTINUE', reason: '점검', at }],
  ['RewardEventChanged', { eventId, dayStartsAt: '00:00', at }],
  [
    'RewardEventCreated',
    {
      ...GOLDEN_SAMPLES.RewardEventCreated.today,
      milestones: [{ count: 1, rewards: [potion] }],
      cycle: 'WEEK',
      autoComplete: true,
      autoClaim: true,
    },
  ],
  ['RewardEventChanged', { eventId, milestones: [], cycle: null, autoComplete: false, autoClaim: false, at }],
  ['RewardEventChanged', { eventId, milestones: [{ count: 2, rewards: [potion] }], cycle: 'DAY', autoComplete: true, at }],
  ['RewardAdded', { ...GOLDEN_SAMPLES.RewardAdded.today, milestone: 1 }],
  ['RewardChanged', { ...GOLDEN_SAMPLES.RewardChanged.today, milestone: 1 }],
  ['MessageDeadLettered', { ...GOLDEN_SAMPLES.MessageDeadLettered.today, headers: { ce_id: loginId, 계정: '값' } }],
  ['DeliveryResent', { ...ofDelivery, position: START, loginId }],
  ['DeliveryResent', { ...ofDelivery, position: START, by: accountId, reason: 'lost by the game' }],
  ['DeliveryAbandoned', { ...ofDelivery, reason: 'The endpoint was removed.' }],
  ['RewardWithdrawn', { ...GOLDEN_SAMPLES.RewardWithdrawn.today, milestone: 1 }],
  ['RewardHeld', { ...GOLDEN_SAMPLES.RewardHeld.today, milestone: 1 }],
  ['RewardReleased', { ...GOLDEN_SAMPLES.RewardReleased.today, milestone: 1 }],
  ['ParticipationStarted', { eventId, accountId, cycle, termsVersion: 1, at }],
  ['LoginCounted', { ...GOLDEN_SAMPLES.LoginCounted.today, cycle, reached: [1] }],
  ['EventCompleted', { ...GOLDEN_SAMPLES.EventCompleted.today, cycle, milestone: 1 }],
  ['RewardClaimed', { ...GOLDEN_SAMPLES.RewardClaimed.today, requestId: `auto:1:${potion.name}`, cycle, milestone: 1 }],
  ['CompletionRefused', { ...GOLDEN_SAMPLES.CompletionRefused.today, cycle: '2026-02-24', milestone: 2, code: 'NO_SUCH_CYCLE' }],
  ['ClaimRefused', { ...GOLDEN_SAMPLES.ClaimRefused.today, cycle, milestone: 2, code: 'NO_SUCH_MILESTONE' }],
];

/** Samples of a type with two versions of the same shape. */
function goldenTwice<Data>(today: Data): { readonly stored: readonly unknown[]; readonly today: Data } {
  return { stored: [today, today], today };
}

/** Samples of a type with a single version. */
function golden<Data>(today: Data): { readonly stored: readonly unknown[]; readonly today: Data } {
  return { stored: [today], today };
}
