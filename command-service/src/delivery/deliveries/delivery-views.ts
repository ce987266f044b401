import { isTokenOf, positionOfToken, type ConsistencyToken, type DeliveryView, type Position } from '@rewards/contracts';
import { countInSlices, type DocumentStore, type Filter } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { deliveryDocumentId } from '@rewards/service-kit/deliveries';
import { reject as rejectAny } from '@rewards/service-kit/rejections';
import type { CommandReason } from '../../commands.problems';
import { CurrentReadModel } from '../../current-read-model';

const PER_READ = 500;

const reject: (reason: CommandReason) => never = rejectAny;

/** Which parked deliveries a request selects. */
export interface ParkedSelection {
  readonly endpointId?: string;
  /** Time of the grant, ISO 8601 UTC: inclusive, and exclusive. */
  readonly from?: string;
  readonly to?: string;
}

/** The selected deliveries that were parked at the time of a request. */
export interface ParkedDeliveries {
  readonly selection: ParkedSelection;
  /** The end of the log at that time. */
  readonly upTo: Position;
  readonly count: number;
}

/** A page of parked deliveries. */
export interface ParkedPage {
  readonly deliveries: readonly DeliveryView[];
  /** Where the next page begins; null after the last page. */
  readonly next: string | null;
}

/**
 * The read model `deliveries` of the projections service, up to date with the log. It tells which deliveries exist, and which of them
 * succeeded at the first attempt; their own streams tell the rest.
 */
export class DeliveryViews {
  private readonly model: CurrentReadModel<'deliveries'>;

  constructor(
    views: DocumentStore,
    private readonly store: Pick<EventStore, 'head' | 'logId' | 'eventIdAt'>,
  ) {
    this.model = new CurrentReadModel('deliveries', views, store);
  }

  /**
   * Finds a delivery as of now. Waits up to two seconds until the read model contains everything that is in the log now.
   * @param atLeast a write that the log must contain
   * @throws Rejected NO_SUCH_DELIVERY, DELIVERIES_BEHIND, LOG_LACKS_WRITE; errors of the engines
   */
  async find(deliveryId: string, atLeast: ConsistencyToken | null): Promise<DeliveryView> {
    const { documents } = await this.caughtUp(atLeast);
    const [found] = await documents.scan(deliveryId, 1);
    return found?.id.startsWith(deliveryDocumentId(deliveryId, '')) ? found.document : reject('NO_SUCH_DELIVERY');
  }

  /** Counts the selected deliveries that are parked now. @throws as `find` */
  async parked(selection: ParkedSelection, atLeast: ConsistencyToken | null): Promise<ParkedDeliveries> {
    const { documents, upTo } = await this.caughtUp(atLeast);
    return { selection, upTo, count: await countInSlices(documents, whereParked(selection), 'order') };
  }

  /** Reads a page of them, oldest first. @param after the `next` of the previous page; null for the first page */
  async parkedAfter({ selection, upTo }: ParkedDeliveries, after: string | null): Promise<ParkedPage> {
    // The version that is live now: the one of the request may have been replaced.
    const documents = await this.model.documents();
    const found = await documents.find({
      where: whereParked(selection, after),
      orderBy: { field: 'order', direction: 'ascending' },
      limit: PER_READ,
    });
    // What changed since the request was not parked then, or was parked again since.
    const deliveries = found.flatMap(({ document, position }) => (position && position <= upTo ? [document] : []));
    return { deliveries, next: found.at(-1)?.document.order ?? null };
  }

  private async caughtUp(atLeast: ConsistencyToken | null) {
    if (atLeast !== null && !isTokenOf(atLeast, await this.store.eventIdAt(positionOfToken(atLeast)))) reject('LOG_LACKS_WRITE');
    return (await this.model.caughtUp()) ?? reject('DELIVERIES_BEHIND');
  }
}

const whereParked = ({ endpointId, from, to }: ParkedSelection, after: string | null = null): Filter<DeliveryView> => ({
  status: 'PARKED',
  ...(endpointId !== undefined && { endpointId }),
  // A time sorts before every key of its millisecond.
  order: { ...(after !== null ? { gt: after } : from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) },
});
