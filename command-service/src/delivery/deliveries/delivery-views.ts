import { sleep } from '@rewards/async';
import {
  isTokenOf,
  positionOfToken,
  READ_MODEL_STATES,
  readModelCollection,
  type ConsistencyToken,
  type DeliveryView,
  type Position,
  type ReadModelState,
  type ReadModelVersion,
} from '@rewards/contracts';
import { countInSlices, type Collection, type DocumentStore, type Filter } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { deliveryDocumentId } from '@rewards/service-kit/deliveries';
import { reject as rejectAny } from '@rewards/service-kit/rejections';
import type { CommandReason } from '../../commands.problems';

const POLL_MS = 10;
const PATIENCE_MS = 2_000;
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
  constructor(
    private readonly views: DocumentStore,
    private readonly store: Pick<EventStore, 'head' | 'logId' | 'eventIdAt'>,
  ) {}

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
    const documents = await this.documentsOf(await this.live());
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
    const [upTo, logId] = await Promise.all([this.store.head(), this.store.logId()]);
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
      const live = await this.live();
      if (live?.logId === logId && live.position >= upTo) return { documents: await this.documentsOf(live), upTo };
      if (performance.now() >= deadline) return reject('DELIVERIES_BEHIND');
    }
  }

  private async live(): Promise<ReadModelVersion | undefined> {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return (await states.get('deliveries'))?.document.live;
  }

  private documentsOf(live: ReadModelVersion | undefined): Promise<Collection<DeliveryView>> {
    return this.views.collection<DeliveryView>({ name: readModelCollection('deliveries', live?.version ?? 0), indexes: [] });
  }
}

const whereParked = ({ endpointId, from, to }: ParkedSelection, after: string | null = null): Filter<DeliveryView> => ({
  status: 'PARKED',
  ...(endpointId !== undefined && { endpointId }),
  // A time sorts before every key of its millisecond.
  order: { ...(after !== null ? { gt: after } : from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) },
});
