import {
  streams,
  type DeliveredAtOnce,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type Position,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import { deliveryEndpoints, type DeliveryEndpoints } from '@rewards/domain';
import { foldReadable, tryInterpret, type EventStore } from '@rewards/event-store';
import { reject } from '../queries.problems';

/** What was recorded about a delivery. */
export const DELIVERY_STEPS = ['ATTEMPT_FAILED', 'DELIVERED', 'PARKED', 'RESENT', 'ABANDONED'] as const;

/** One recorded attempt, or an action on a delivery. A field that does not apply is null. */
export interface DeliveryStep {
  readonly at: string;
  readonly what: (typeof DELIVERY_STEPS)[number];
  /** Number of the attempt since the delivery was created or resent, from 1. */
  readonly attempt: number | null;
  /** HTTP status of an answer that did not accept the delivery. */
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number | null;
  readonly nextAttemptAt: string | null;
  /** Account of the operator. */
  readonly by: string | null;
  /** The login that had a delivery resent that was parked for a full inventory. */
  readonly loginId: string | null;
  readonly reason: string | null;
  readonly reference: string | null;
}

/** Reads from the log what the read model of deliveries does not have. */
export class DeliveryLog {
  constructor(
    private readonly store: EventStore,
    private readonly upcast: Upcast,
  ) {}

  /** Returns the endpoints that exist now, in one read. @throws Rejected UNREADABLE_EVENT; EventStoreUnavailable */
  async endpoints(): Promise<DeliveryEndpoints> {
    const recorded = await this.store.readStream(streams.deliveryEndpoints());
    const { states, unreadable } = foldReadable<DeliveryEndpoints, DeliveryEndpointEvent>(
      deliveryEndpoints,
      recorded,
      this.upcast,
    );
    if (unreadable) return reject('UNREADABLE_EVENT', { message: unreadable.message });
    return states.at(-1) ?? deliveryEndpoints.initial;
  }

  /**
   * Returns what was recorded about a delivery, in the order of the log.
   * @param recordedIn positions of the events that recorded its success with that of others
   * @throws Rejected UNREADABLE_EVENT; EventStoreUnavailable
   */
  async historyOf(deliveryId: string, recordedIn: readonly Position[]): Promise<readonly DeliveryStep[]> {
    const [own, shared] = await Promise.all([
      this.store.readStream(streams.delivery(deliveryId)),
      recordedIn.length === 0 ? [] : this.store.eventsAt(recordedIn),
    ]);
    const steps: DeliveryStep[] = [];
    for (const recorded of [...own, ...shared].sort((a, b) => (a.position < b.position ? -1 : 1))) {
      const unreadable = tryInterpret(recorded, () => steps.push(...this.stepsIn(recorded, deliveryId)));
      if (unreadable) return reject('UNREADABLE_EVENT', { message: unreadable.message });
    }
    return steps;
  }

  private stepsIn(recorded: RecordedEvent, deliveryId: string): readonly DeliveryStep[] {
    const event = this.upcast<DeliveryEvent>(recorded);
    if (event.type !== 'RewardsDelivered') return stepOf(event);
    return event.data.deliveries.filter((one) => one.deliveryId === deliveryId).map((one) => delivered({ ...one, attempt: 1 }));
  }
}

const NOTHING: Omit<DeliveryStep, 'at' | 'what'> = {
  attempt: null,
  status: null,
  error: null,
  tookMs: null,
  nextAttemptAt: null,
  by: null,
  loginId: null,
  reason: null,
  reference: null,
};

type SingleEvent = Exclude<DeliveryEvent, { readonly type: 'RewardsDelivered' }>;

const stepOf = ({ type, data }: SingleEvent): readonly DeliveryStep[] => {
  switch (type) {
    case 'DeliveryAttemptFailed':
      return [{ ...failed(data), what: 'ATTEMPT_FAILED', nextAttemptAt: data.nextAttemptAt }];
    case 'DeliveryParked':
      return [{ ...failed(data), what: 'PARKED', reason: data.reason }];
    case 'RewardDelivered':
      return [delivered(data)];
    case 'DeliveryResent':
      return [
        {
          ...NOTHING,
          at: data.at,
          what: 'RESENT',
          by: data.by ?? null,
          loginId: data.loginId ?? null,
          reason: data.reason ?? null,
        },
      ];
    case 'DeliveryAbandoned':
      return [{ ...NOTHING, at: data.at, what: 'ABANDONED', by: data.by ?? null, reason: data.reason }];
    case 'EarlierDeliveriesAdded':
      return [];
    default:
      // A later version may record more.
      data satisfies never;
      return [];
  }
};

type Failure = Pick<DeliveryStep, 'at' | 'attempt' | 'status' | 'error' | 'tookMs'>;

const failed = ({ at, attempt, status, error, tookMs }: Failure) => ({ ...NOTHING, at, attempt, status, error, tookMs });

interface Success extends Pick<DeliveredAtOnce, 'at' | 'tookMs' | 'reference'> {
  readonly attempt: number;
}

const delivered = ({ at, attempt, tookMs, reference }: Success): DeliveryStep => ({
  ...NOTHING,
  ...{ at, what: 'DELIVERED', attempt, tookMs, reference: reference ?? null },
});
