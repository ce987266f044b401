import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, DeliveryStatus, DeliveryView } from '@rewards/contracts';
import { countInSlices, type Collection } from '@rewards/document-store';
import type { DeliveryEndpoint } from '@rewards/domain';
import { parsePathId } from '@rewards/service-kit';
import type { EndpointFigures } from '@rewards/service-kit/resources/delivery.responses';
import { ReadModelStore } from '../read-models/read-model-store';
import { reject } from '../queries.problems';
import { DeliveryLog } from './delivery-log';

/** An endpoint, with figures of its deliveries. */
export interface EndpointRow {
  readonly endpoint: DeliveryEndpoint;
  readonly figures: EndpointFigures;
}

export class ListDeliveryEndpoints extends Query<readonly EndpointRow[]> {
  constructor(readonly atLeast: ConsistencyToken | null) {
    super();
  }
}

@QueryHandler(ListDeliveryEndpoints)
export class ListDeliveryEndpointsHandler implements IQueryHandler<ListDeliveryEndpoints> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: DeliveryLog,
  ) {}

  /** Lists the endpoints that exist, in the order in which they were added. */
  async execute({ atLeast }: ListDeliveryEndpoints): Promise<readonly EndpointRow[]> {
    const { deliveries } = await this.readModels.open(['deliveries'], atLeast);
    const rows: EndpointRow[] = [];
    for (const endpoint of (await this.log.endpoints()).values())
      rows.push({ endpoint, figures: await figuresOf(deliveries, endpoint.endpointId) });
    return rows;
  }
}

export class GetDeliveryEndpoint extends Query<EndpointRow> {
  constructor(
    readonly endpointId: string,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetDeliveryEndpoint)
export class GetDeliveryEndpointHandler implements IQueryHandler<GetDeliveryEndpoint> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: DeliveryLog,
  ) {}

  /** @throws Rejected NO_SUCH_ENDPOINT */
  async execute({ endpointId, atLeast }: GetDeliveryEndpoint): Promise<EndpointRow> {
    const id = parsePathId(endpointId);
    const { deliveries } = await this.readModels.open(['deliveries'], atLeast);
    const endpoint = (await this.log.endpoints()).get(id) ?? reject('NO_SUCH_ENDPOINT', { id });
    return { endpoint, figures: await figuresOf(deliveries, id) };
  }
}

type Deliveries = Pick<Collection<DeliveryView>, 'find' | 'count'>;

/** Passes over the index entries of the open deliveries only, however many the endpoint has received. */
const figuresOf = async (deliveries: Deliveries, endpointId: string): Promise<EndpointFigures> => {
  const count = (status: DeliveryStatus) => countInSlices(deliveries, { endpointId, status }, 'order');
  const [oldest] = await deliveries.find({
    where: { endpointId, status: 'PENDING' },
    orderBy: { field: 'order', direction: 'ascending' },
    limit: 1,
  });
  const [last] = await deliveries.find({
    where: { endpointId, deliveredAt: { gt: '' } },
    orderBy: { field: 'deliveredAt', direction: 'descending' },
    limit: 1,
  });
  return {
    pending: await count('PENDING'),
    parked: await count('PARKED'),
    oldestPendingAt: oldest?.document.at ?? null,
    lastDeliveredAt: last?.document.deliveredAt ?? null,
  };
};
