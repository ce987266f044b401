import type { Aggregate, DeliveryEvent, DeliveryStatus, FailedAttempt, ParkReason } from '@rewards/contracts';
import type { Decide } from './aggregate';
import { reject } from './rejected';

/** Events in the stream of one delivery. */
export type SingleDeliveryEvent = Exclude<DeliveryEvent, { readonly type: 'RewardsDelivered' | 'EarlierDeliveriesAdded' }>;

/** The state of a delivery, as its own stream has it: PENDING without events, because a delivery begins with its grant. */
export interface DeliveryState {
  readonly status: DeliveryStatus;
  /** Failed attempts since it was created or resent. */
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
  readonly parkedFor: ParkReason | null;
  readonly deliveredAt: string | null;
}

const PENDING: DeliveryState = {
  status: 'PENDING',
  attempts: 0,
  nextAttemptAt: null,
  lastError: null,
  parkedFor: null,
  deliveredAt: null,
};

type Evolve = Aggregate<DeliveryState, SingleDeliveryEvent>['evolve'];

/**
 * A delivery that is delivered changes only if it is resent. One that is parked or abandoned can still become delivered, by an attempt
 * that was in flight; failures of such an attempt have no effect.
 */
const evolve: Evolve = (state, event) => {
  if (event.type === 'DeliveryResent') return { ...PENDING, lastError: state.lastError };
  if (state.status === 'DELIVERED') return state;
  switch (event.type) {
    case 'RewardDelivered': {
      const { attempt, at } = event.data;
      return { ...PENDING, status: 'DELIVERED', attempts: attempt, deliveredAt: at };
    }
    case 'DeliveryAttemptFailed': {
      if (state.status !== 'PENDING') return state;
      const { attempt, error, nextAttemptAt } = event.data;
      return { ...state, attempts: attempt, nextAttemptAt, lastError: error };
    }
    case 'DeliveryParked': {
      if (state.status !== 'PENDING') return state;
      const { attempt, error, reason } = event.data;
      return { ...state, status: 'PARKED', attempts: attempt, nextAttemptAt: null, lastError: error, parkedFor: reason };
    }
    case 'DeliveryAbandoned':
      return { ...state, status: 'ABANDONED', nextAttemptAt: null, parkedFor: null };
    default:
      event satisfies never;
      return state;
  }
};

/** One delivery, as far as its own stream tells: the success of a first attempt is recorded with others. */
export const delivery: Aggregate<DeliveryState, SingleDeliveryEvent> = { initial: PENDING, evolve };

/** Retries after a failed attempt, in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Then the delivery is parked. */
const RETRY_AFTER_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** Part of a pause by which it is longer or shorter, so that the deliveries of an outage are not all retried at once. */
const JITTER = 0.1;
/** A receiver cannot delay a delivery longer than the longest pause. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

/**
 * Returns the time of the next attempt; null if the attempts are used up.
 * @param attempt number of the failed attempt, from 1
 * @param at time of its failure, ISO 8601 UTC
 * @param retryAfterSeconds what the receiver asked for; null if nothing
 * @param random from 0 to 1
 */
export const nextAttemptAt = (attempt: number, at: string, retryAfterSeconds: number | null, random: number): string | null => {
  const pause = RETRY_AFTER_SECONDS[attempt - 1];
  if (pause === undefined) return null;
  const withJitter = pause * (1 + JITTER * (2 * random - 1));
  const seconds = Math.max(withJitter, Math.min(retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS));
  return new Date(Date.parse(at) + seconds * 1_000).toISOString();
};

type DecideDelivery = Decide<DeliveryState, SingleDeliveryEvent>;
type DataOf<Type extends SingleDeliveryEvent['type']> = Extract<SingleDeliveryEvent, { readonly type: Type }>['data'];

/** Records a failed attempt, unless the delivery ended or was resent meanwhile. */
export const recordFailedAttempt =
  (data: DataOf<'DeliveryAttemptFailed'>): DecideDelivery =>
  (state) =>
    isCurrent(state, data) ? [{ type: 'DeliveryAttemptFailed', data }] : [];

/** Parks a delivery after its last attempt, unless the delivery ended or was resent meanwhile. */
export const parkDelivery =
  (data: DataOf<'DeliveryParked'>): DecideDelivery =>
  (state) =>
    isCurrent(state, data) ? [{ type: 'DeliveryParked', data }] : [];

/** Records the success of a later attempt. It counts even if the delivery was parked or abandoned meanwhile: the game has it. */
export const recordDelivered =
  (data: DataOf<'RewardDelivered'>): DecideDelivery =>
  ({ status }) =>
    status === 'DELIVERED' ? [] : [{ type: 'RewardDelivered', data }];

/**
 * Sends a delivery again, with a new count of attempts. One that waits for its first attempt is sent anyway, so nothing changes.
 * @param deliveredAt time of a success at the first attempt, which the stream does not have; null if there was none
 * @param force whether to send a delivery again that was delivered
 */
export const resendDelivery =
  (data: DataOf<'DeliveryResent'>, deliveredAt: string | null, force: boolean): DecideDelivery =>
  (state) => {
    const delivered = state.deliveredAt ?? deliveredAt;
    if (delivered !== null && !force) reject('ALREADY_DELIVERED', { deliveredAt: delivered });
    const isWaiting = delivered === null && state.status === 'PENDING' && state.attempts === 0;
    return isWaiting ? [] : [{ type: 'DeliveryResent', data }];
  };

/** Resends a delivery that is parked, and does nothing otherwise. */
export const resendParked =
  (data: DataOf<'DeliveryResent'>): DecideDelivery =>
  ({ status }) =>
    status === 'PARKED' ? [{ type: 'DeliveryResent', data }] : [];

/** Gives a delivery up. @param deliveredAt as in `resendDelivery` */
export const abandonDelivery =
  (data: DataOf<'DeliveryAbandoned'>, deliveredAt: string | null): DecideDelivery =>
  (state) => {
    const delivered = state.deliveredAt ?? deliveredAt;
    if (delivered !== null) reject('ALREADY_DELIVERED', { deliveredAt: delivered });
    return state.status === 'ABANDONED' ? [] : [{ type: 'DeliveryAbandoned', data }];
  };

/** Whether an attempt is the next one of a pending delivery. Another dispatcher may have recorded the same one. */
const isCurrent = ({ status, attempts }: DeliveryState, { attempt }: FailedAttempt): boolean =>
  status === 'PENDING' && attempt === attempts + 1;
