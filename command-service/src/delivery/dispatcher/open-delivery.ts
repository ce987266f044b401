import { sortKey, type Checkpoint, type DeliveryStatus, type ParkReason } from '@rewards/contracts';
import type { DeliveryState } from '@rewards/domain';
import type { Grant, GrantDelivery } from '@rewards/service-kit/deliveries';

/**
 * Where a delivery in memory is: `ready` to be sent, `sending`, `recording` its outcome until the log shows it, or `waiting` for the
 * time of its next attempt, a login or an operator.
 */
type Phase = 'ready' | 'sending' | 'recording' | 'waiting';

/** A delivery that has not ended, in memory. Only the fold of the log changes its state. */
export interface OpenDelivery {
  readonly source: GrantDelivery;
  state: DeliveryState;
  /** Revision of the last folded event in its own stream; -1 if there is none. */
  revision: number;
  /** The revision at which the log shows the recorded outcome. */
  awaits: number;
  phase: Phase;
  /** Whether it ended: a late outcome then changes nothing. */
  isClosed: boolean;
  /** Whether the index may have a document of it, and whether that is out of date. */
  isIndexed: boolean;
  isDirty: boolean;
  /** The status of its document; null if the index has none, or if that is not known. */
  indexedAs: OpenStatus | null;
  /** The grant with everything that its message says; null if it is not read yet. */
  grant: Grant | null;
  /** A reader that resumes from here finds the delivery in the log. */
  readonly before: Checkpoint;
  /** When it came into memory, in monotonic milliseconds. */
  readonly since: number;
}

export type OpenStatus = Extract<DeliveryStatus, 'PENDING' | 'PARKED'>;

/** The document of an open delivery in the index. */
export interface OpenDeliveryDocument extends GrantDelivery {
  readonly status: OpenStatus;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
  /** Null unless it is PARKED. */
  readonly parkedFor: ParkReason | null;
  readonly revision: number;
  /** Order in which an endpoint's deliveries are sent: by the time of the next attempt; before all, by grant, those without one. */
  readonly dueAt: string;
  /** Time and position of the grant. */
  readonly order: string;
}

/** Returns the status with which the index has a delivery. */
export const openStatusOf = ({ status }: DeliveryState): OpenStatus => (status === 'PARKED' ? 'PARKED' : 'PENDING');

/** Returns the order of a delivery among those of its endpoint and status. */
export const orderOf = ({ at, position }: GrantDelivery): string => sortKey(at, position);

/** Returns the document of a delivery. */
export const documentOf = ({ source, state, revision }: OpenDelivery): OpenDeliveryDocument => {
  const { attempts, nextAttemptAt, lastError, parkedFor } = state;
  return {
    ...source,
    status: openStatusOf(state),
    attempts,
    nextAttemptAt,
    lastError,
    parkedFor,
    revision,
    dueAt: nextAttemptAt ?? `!${source.position}`,
    order: orderOf(source),
  };
};

/** Returns the delivery of a document. @param before the checkpoint of the reader @param since monotonic time */
export const openDeliveryOf = (document: OpenDeliveryDocument, before: Checkpoint, since: number): OpenDelivery => {
  const { status, attempts, nextAttemptAt, lastError, parkedFor, revision, dueAt: _dueAt, order: _order, ...source } = document;
  return {
    ...newDelivery(source, null, before, since),
    state: { status, attempts, nextAttemptAt, lastError, parkedFor, deliveredAt: null },
    revision,
    isIndexed: true,
    indexedAs: status,
  };
};

/** Returns a delivery that has just been granted. */
export const newDelivery = (source: GrantDelivery, grant: Grant | null, before: Checkpoint, since: number): OpenDelivery => ({
  source,
  state: { status: 'PENDING', attempts: 0, nextAttemptAt: null, lastError: null, parkedFor: null, deliveredAt: null },
  revision: -1,
  awaits: -1,
  phase: 'waiting',
  isClosed: false,
  isIndexed: false,
  isDirty: false,
  indexedAs: null,
  grant,
  before,
  since,
});
