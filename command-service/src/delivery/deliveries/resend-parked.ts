import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Semaphore } from '@rewards/async';
import { Rejected, streams, type ConsistencyToken } from '@rewards/contracts';
import { deliveryEndpoints, reject, type DeliveryEndpoints } from '@rewards/domain';
import { Failures } from '@rewards/service-kit/failures';
import { InBackground } from '../../in-background';
import { Streams } from '../../streams';
import { isUnavailable } from '../../unavailable';
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
  private readonly permits = new Semaphore(CONCURRENT);
  private readonly background: InBackground;

  constructor(
    private readonly views: DeliveryViews,
    private readonly streamsOf: Streams,
    private readonly commands: CommandBus,
    failures: Failures,
  ) {
    this.background = new InBackground('the resending of parked deliveries', failures);
  }

  /** @throws Rejected INVALID_FIELDS for an endpoint that does not exist, DELIVERIES_BEHIND, LOG_LACKS_WRITE; errors of the engines */
  async execute({ selection, request, atLeast }: ResendParkedDeliveries): Promise<ResentDeliveries> {
    const { endpointId } = selection;
    if (endpointId !== undefined && !(await this.endpoints()).has(endpointId))
      reject('INVALID_FIELDS', { errors: [{ field: 'endpointId', message: 'is not the id of an endpoint' }] });
    const parked = await this.views.parked(selection, atLeast);
    let token: ConsistencyToken | null = null;
    if (parked.count > 0)
      await this.background.run(() =>
        this.resendAll(parked, request, (recorded) => (token = token !== null && token > recorded ? token : recorded)),
      );
    return { count: parked.count, token };
  }

  /** Finishes the deliveries in flight. The others stay parked. */
  stop(): Promise<void> {
    return this.background.stop();
  }

  private async resendAll(
    parked: ParkedDeliveries,
    request: Omit<DeliveryRequest, 'view'>,
    onRecorded: (token: ConsistencyToken) => void,
  ): Promise<void> {
    const { background } = this;
    const { signal } = background;
    for (let after: string | null = null; !signal.aborted;) {
      const { deliveries, next } = await background.retrying(() => this.views.parkedAfter(parked, after));
      const endpoints = await background.retrying(() => this.endpoints());
      await Promise.all(
        deliveries
          .filter(({ endpointId }) => endpoints.has(endpointId))
          .map((view) =>
            this.permits.run(async () => {
              if (!signal.aborted) await background.retrying(() => this.resend({ ...request, view }, onRecorded));
            }),
          ),
      );
      after = next;
      if (after === null) return;
    }
  }

  /** @throws the errors of engines, which are retried */
  private async resend(request: DeliveryRequest, onRecorded: (token: ConsistencyToken) => void): Promise<void> {
    const command = resendParkedCommand(request);
    try {
      const { token } = await this.commands.execute(command);
      if (token !== null) onRecorded(token);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // It stays parked, and the next one is resent.
      if (!(error instanceof Rejected)) this.background.skip(error, command.fields.stream);
    }
  }

  private async endpoints(): Promise<DeliveryEndpoints> {
    return (await this.streamsOf.of(deliveryEndpoints).load(streams.deliveryEndpoints())).state;
  }
}
