import type { DomainEvent } from './domain-event';
import type { Position } from './position';
import type { RewardType } from './reward-event';

export const ENDPOINT_KINDS = ['WEBHOOK', 'BUS'] as const;
export type EndpointKind = (typeof ENDPOINT_KINDS)[number];

/** ACTIVE endpoints receive deliveries. Those of other endpoints stay PENDING. */
export const ENDPOINT_STATES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'PARKED', 'ABANDONED'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a delivery delivers: a granted claim. Manual grants and reversals will be further kinds. */
export const DELIVERY_KINDS = ['CLAIM'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** `type` of the body that a receiver gets for each kind of delivery. */
export const MESSAGE_TYPES = { CLAIM: 'reward.claimed' } as const satisfies Readonly<Record<DeliveryKind, string>>;
export const TEST_MESSAGE_TYPE = 'delivery.test';

/** Deliveries per second that an endpoint accepts, by default and at most. */
export const DEFAULT_PER_SECOND = 500;
export const MAX_PER_SECOND = 10_000;
/** Time limit for one answer of a receiver in milliseconds: by default, at least and at most. */
export const DEFAULT_TIMEOUT_MS = 10_000;
export const MIN_TIMEOUT_MS = 100;
export const MAX_TIMEOUT_MS = 60_000;
/** How long the previous secret of an endpoint signs too after a rotation, in milliseconds. */
export const ROTATION_MS = 24 * 3_600_000;

/** What an administrator sets for an endpoint. */
export interface EndpointDetails {
  readonly name: string;
  readonly kind: EndpointKind;
  /** Missing if the kind is BUS. */
  readonly url?: string;
  /** The accepted reward types. Missing if the endpoint accepts every type that no other endpoint names. */
  readonly rewardTypes?: readonly RewardType[];
  readonly maxPerSecond: number;
  readonly timeoutMs: number;
}

/** Changed details. Null is stored: the endpoint then accepts every type that no other endpoint names. */
export type EndpointChange = Partial<Pick<EndpointDetails, 'name' | 'url' | 'maxPerSecond' | 'timeoutMs'>> & {
  readonly rewardTypes?: readonly RewardType[] | null;
};

type OfEndpoint = { readonly endpointId: string; readonly at: string };
type ByAccount = OfEndpoint & { readonly by: string };

/**
 * Domain events of all endpoints, in the one stream `deliveryEndpoints-all`, so that two endpoints never accept the same reward type.
 * These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse.
 */
export type DeliveryEndpointEvent =
  | DomainEvent<
      'DeliveryEndpointAdded',
      ByAccount &
        EndpointDetails & {
          /** Grants after this position are delivered; missing if only those after this event are. */
          readonly from?: Position;
          /** Names the secret in the document store. Missing if the kind is BUS. */
          readonly secretId?: string;
        }
    >
  | DomainEvent<'DeliveryEndpointChanged', ByAccount & EndpointChange>
  | DomainEvent<'DeliveryEndpointPaused', ByAccount>
  | DomainEvent<'DeliveryEndpointResumed', ByAccount>
  /** The receiver answered that it no longer exists. */
  | DomainEvent<'DeliveryEndpointDisabled', OfEndpoint & { readonly reason: string }>
  | DomainEvent<'DeliveryEndpointRemoved', ByAccount>
  /** The new secret signs from now on; the previous one until `until`, too. */
  | DomainEvent<'DeliverySecretRotated', ByAccount & { readonly secretId: string; readonly until: string }>;

/** The grant that a delivery delivers. The event at `position` has the rest. */
export interface DeliverySource {
  readonly kind: DeliveryKind;
  readonly claimId: string;
  readonly accountId: string;
  readonly eventId: string;
  readonly rewardName: string;
  readonly type: RewardType;
  readonly amount: number;
  /** Time and position of the grant. */
  readonly at: string;
  readonly position: Position;
}

/** Why a delivery was parked: the attempts are used up, the receiver rejected it, or the player's inventory is full. */
export const PARK_REASONS = ['ATTEMPTS_EXHAUSTED', 'REJECTED', 'INVENTORY_FULL'] as const;
export type ParkReason = (typeof PARK_REASONS)[number];

/** The outcome of one attempt that did not deliver. */
export interface FailedAttempt {
  /** Number of this attempt since the delivery was created or resent, from 1. */
  readonly attempt: number;
  /** HTTP status of the answer; null if there was none. */
  readonly status: number | null;
  /** What went wrong, without content of the receiver. */
  readonly error: string;
  readonly tookMs: number;
}

type OfDelivery = { readonly deliveryId: string; readonly endpointId: string; readonly accountId: string; readonly at: string };

/**
 * Domain events of single deliveries, in `delivery-{deliveryId}`, and of many, in `deliveries-{endpointId}-{yyyymmddhh}`. A delivery
 * that succeeds at the first attempt has no stream of its own. A delivery may be recorded as delivered twice; the first event counts.
 * These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse.
 */
export type DeliveryEvent =
  | DomainEvent<'DeliveryAttemptFailed', OfDelivery & FailedAttempt & { readonly nextAttemptAt: string }>
  | DomainEvent<
      'RewardDelivered',
      OfDelivery & { readonly attempt: number; readonly tookMs: number; readonly reference?: string }
    >
  | DomainEvent<'DeliveryParked', OfDelivery & FailedAttempt & { readonly reason: ParkReason }>
  | DomainEvent<
      'DeliveryResent',
      OfDelivery & {
        /** Position of the grant, with which a reader of the log finds a delivery that it no longer keeps. */
        readonly position: Position;
        /** Account of the operator; missing after a login of the player, whose inventory was full. */
        readonly by?: string;
        readonly loginId?: string;
        /** Why a delivery that had been delivered is sent again. */
        readonly reason?: string;
      }
    >
  | DomainEvent<
      'DeliveryAbandoned',
      OfDelivery & {
        /** Account of the operator; missing if the endpoint was removed. */
        readonly by?: string;
        readonly reason: string;
      }
    >
  | DomainEvent<'RewardsDelivered', OfEndpoint & { readonly deliveries: readonly DeliveredAtOnce[] }>
  /** Deliveries of grants that are older than their endpoint, up to `upTo`. */
  | DomainEvent<
      'EarlierDeliveriesAdded',
      OfEndpoint & { readonly upTo: Position; readonly deliveries: readonly EarlierDelivery[] }
    >;

/** A delivery that succeeded at the first attempt. */
export interface DeliveredAtOnce {
  readonly deliveryId: string;
  readonly accountId: string;
  /** Time of the answer. */
  readonly at: string;
  readonly tookMs: number;
  readonly reference?: string;
}

export interface EarlierDelivery extends DeliverySource {
  readonly deliveryId: string;
}

export const MAX_REFERENCE_LENGTH = 200;
/** Code in the body of a 409 or 422 with which a receiver reports that the player's inventory is full. */
export const INVENTORY_FULL = 'INVENTORY_FULL';
