import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, DeliveryStatus, DeliveryView } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { parsePathId } from '@rewards/service-kit';
import type { Clock } from '@rewards/service-kit/clock';
import type { AccountDirectory } from '../accounts/account-directory';
import { findNewestFirst } from '../read-models/order';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { reject } from '../queries.problems';
import { DeliveryLog, type DeliveryStep } from './delivery-log';

/** Selects the deliveries of a list. An omitted field does not filter. Times are ISO 8601 UTC with milliseconds. */
export interface DeliveryFilter {
  readonly status?: DeliveryStatus;
  readonly endpointId?: string;
  readonly accountId?: string;
  /** Of the account, lower-cased. */
  readonly email?: string;
  readonly eventId?: string;
  /** Of the grant, inclusive. */
  readonly from?: string;
  /** Of the grant, exclusive. */
  readonly to?: string;
}

/** A filter whose e-mail was resolved to the account that had it then; null if there was no such account. */
export type ResolvedDeliveryFilter = Omit<DeliveryFilter, 'email'> | null;

export class ListDeliveries extends Query<PlacedPage<DeliveryView>> {
  constructor(
    readonly filter: DeliveryFilter,
    /** Place of the last row of the previous page. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/** Reads the deliveries of lists and exports. */
export class DeliveryReader {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  async resolve({ email, ...filter }: DeliveryFilter): Promise<ResolvedDeliveryFilter> {
    const accountId = await this.accounts.findAccount({ ...filter, email });
    return accountId === null ? null : { ...filter, accountId };
  }

  /** Reads one page, newest first. */
  async page(
    deliveries: Pick<Collection<DeliveryView>, 'find'>,
    filter: ResolvedDeliveryFilter,
    after: string | null,
    limit: number,
  ): Promise<PlacedPage<DeliveryView>> {
    if (filter === null) return { rows: [], places: [], next: null };
    const { status, endpointId, accountId, eventId, from, to } = filter;
    const where = { status, endpointId, accountId, eventId };
    return findNewestFirst(deliveries, where, { from, to, after, limit, now: this.clock.iso() });
  }
}

@QueryHandler(ListDeliveries)
export class ListDeliveriesHandler implements IQueryHandler<ListDeliveries> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: DeliveryReader,
  ) {}

  async execute({ filter, after, limit, atLeast }: ListDeliveries): Promise<PlacedPage<DeliveryView>> {
    const { deliveries } = await this.readModels.open(['deliveries'], atLeast);
    return this.rows.page(deliveries, await this.rows.resolve(filter), after, limit);
  }
}

/** A delivery with everything that was recorded about it. */
export interface DeliveryWithHistory {
  readonly view: DeliveryView;
  readonly history: readonly DeliveryStep[];
}

export class GetDelivery extends Query<DeliveryWithHistory> {
  constructor(
    readonly deliveryId: string,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetDelivery)
export class GetDeliveryHandler implements IQueryHandler<GetDelivery> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: DeliveryLog,
  ) {}

  /** @throws Rejected NO_SUCH_DELIVERY */
  async execute({ deliveryId, atLeast }: GetDelivery): Promise<DeliveryWithHistory> {
    const id = parsePathId(deliveryId);
    const { deliveries } = await this.readModels.open(['deliveries'], atLeast);
    const view = await findDelivery(deliveries, id);
    if (!view) return reject('NO_SUCH_DELIVERY', { deliveryId: id });
    return { view, history: await this.log.historyOf(id, view.recordedIn ?? []) };
  }
}

/** Finds a delivery without its endpoint, because the `deliveryId` begins the id of its document. */
export const findDelivery = async (
  deliveries: Pick<Collection<DeliveryView>, 'scan'>,
  deliveryId: string,
): Promise<DeliveryView | null> => {
  const [found] = await deliveries.scan(deliveryId, 1);
  return found?.document.deliveryId === deliveryId ? found.document : null;
};
