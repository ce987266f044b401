import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, DeliveryView } from '@rewards/contracts';
import { Exports, ROWS_PER_READ } from '../exports/exports';
import { DeliveryReader, type DeliveryFilter } from './deliveries.queries';

/** Returns all deliveries that a filter selects, newest first. The iteration throws if the export cannot be completed. */
export class ExportDeliveries extends Query<AsyncIterable<readonly DeliveryView[]>> {
  constructor(
    readonly filter: DeliveryFilter,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the export. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ExportDeliveries)
export class ExportDeliveriesHandler implements IQueryHandler<ExportDeliveries> {
  constructor(
    private readonly rows: DeliveryReader,
    private readonly exports: Exports,
  ) {}

  /** If the e-mail moves to another account, the export continues with the account that had it at the start. */
  async execute({ filter, atLeast, signal }: ExportDeliveries): Promise<AsyncIterable<readonly DeliveryView[]>> {
    return this.exports.start('deliveries', atLeast, signal, async () => {
      const resolved = await this.rows.resolve(filter);
      return (deliveries, after) => this.rows.page(deliveries, resolved, after, ROWS_PER_READ);
    });
  }
}
