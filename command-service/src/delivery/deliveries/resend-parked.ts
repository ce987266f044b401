import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams, type ConsistencyToken } from '@rewards/contracts';
import { deliveryEndpoints, reject, type DeliveryEndpoints } from '@rewards/domain';
import { Failures } from '@rewards/service-kit/failures';
import { InBackground, type Execute } from '../../in-background';
import { Streams } from '../../streams';
import { resendParkedCommand, type DeliveryRequest } from './deliveries.commands';
import { DeliveryViews, type ParkedDeliveries, type ParkedSelection } from './delivery-views';

/** The answer to a request to resend all parked deliveries of a selection. */
export interface ResentDeliveries {
  /** Those that were parked at the time of the request. */
  readonly count: number;
  /** Of the last domain event that was recorded before the answer; null if none was. */
  readonly token: ConsistencyToken | null;
}

/** Resends every delivery of a selection that is parked now. */
export class ResendParkedDeliveries extends Command<ResentDeliveries> {
  constructor(
    readonly selection: ParkedSelection,
    readonly request: Omit<DeliveryRequest, 'view'>,
    /** A write that the selection must reflect. */
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/** Deliveries that are resent at the same time. Many, so that their events share commits. */
const CONCURRENT = 64;

/** Resends selections of deliveries, one selection after the other. After a restart, the rest is parked, and the same request resends it. */
@CommandHandler(ResendParkedDeliveries)
export class ResendParkedDeliveriesHandler implements ICommandHandler<ResendParkedDeliveries> {
  private readonly background: InBackground;

  constructor(
    private readonly views: DeliveryViews,
    private readonly streamsOf: Streams,
    commands: CommandBus,
    failures: Failures,
  ) {
    this.background = new InBackground(commands, failures, {
      name: 'the resending of parked deliveries',
      concurrent: CONCURRENT,
    });
  }

  /** @throws Rejected INVALID_FIELDS for an endpoint that does not exist, DELIVERIES_BEHIND, LOG_LACKS_WRITE; errors of the engines */
  async execute({ selection, request, atLeast }: ResendParkedDeliveries): Promise<ResentDeliveries> {
    const { endpointId } = selection;
    if (endpointId !== undefined && !(await this.endpoints()).has(endpointId))
      reject('INVALID_FIELDS', { errors: [{ field: 'endpointId', message: 'is not the id of an endpoint' }] });
    const parked = await this.views.parked(selection, atLeast);
    if (parked.count === 0) return { count: 0, token: null };
    return { count: parked.count, token: await this.background.run((execute) => this.resendAll(parked, request, execute)) };
  }

  /** Finishes the deliveries in flight. The others stay parked. */
  stop(): Promise<void> {
    return this.background.stop();
  }

  private async resendAll(parked: ParkedDeliveries, request: Omit<DeliveryRequest, 'view'>, execute: Execute): Promise<void> {
    const { background } = this;
    for (let after: string | null = null; !background.signal.aborted;) {
      const { deliveries, next } = await background.retrying(() => this.views.parkedAfter(parked, after));
      const endpoints = await background.retrying(() => this.endpoints());
      await Promise.all(
        deliveries
          .filter(({ endpointId }) => endpoints.has(endpointId))
          .map((view) => execute(resendParkedCommand({ ...request, view }))),
      );
      after = next;
      if (after === null) return;
    }
  }

  private async endpoints(): Promise<DeliveryEndpoints> {
    return (await this.streamsOf.of(deliveryEndpoints).load(streams.deliveryEndpoints())).state;
  }
}
