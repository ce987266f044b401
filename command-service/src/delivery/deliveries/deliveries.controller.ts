import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { streams, type ConsistencyToken, type DeliveryStatus } from '@rewards/contracts';
import { deliveryEndpoints, type DeliveryState } from '@rewards/domain';
import type { Handled } from '@rewards/event-store';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Clock } from '@rewards/service-kit/clock';
import { Answers } from '@rewards/service-kit/open-api';
import { createMetadata } from '../../command-metadata';
import { Streams } from '../../streams';
import { abandonDeliveryCommand, resendDeliveryCommand, type DeliveryRequest } from './deliveries.commands';
import { AbandonDeliveryBody, ResendDeliveriesBody, ResendDeliveryBody, toForceReason } from './deliveries.requests';
import { HandledDeliveryResponse, ResentDeliveriesResponse } from './deliveries.responses';
import { DeliveryViews } from './delivery-views';
import { ResendParkedDeliveries } from './resend-parked';

/** The routes by which operators resend and abandon deliveries. */
@TakesMinPosition()
@Controller('deliveries')
export class DeliveriesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly views: DeliveryViews,
    private readonly streamsOf: Streams,
    private readonly clock: Clock,
  ) {}

  @Post('resend')
  @HttpCode(202)
  @Answers(202, ResentDeliveriesResponse)
  async resendParked(@Body() { status: _status, ...selection }: ResendDeliveriesBody, @OfCall() call: Call) {
    const command = new ResendParkedDeliveries(selection, this.request(call), call.minPosition);
    const { count, token } = await this.commands.execute(command);
    return this.showCount(count, token, call);
  }

  @Post(':deliveryId/resend')
  @HttpCode(202)
  @Answers(202, HandledDeliveryResponse)
  async resend(@Param('deliveryId') deliveryId: string, @Body() body: ResendDeliveryBody, @OfCall() call: Call) {
    const command = await this.resendCommand(await this.requestOn(deliveryId, call), toForceReason(body));
    return this.show(await this.commands.execute(command), deliveryId, 'PENDING', call);
  }

  @Post(':deliveryId/abandon')
  @HttpCode(200)
  @Answers(200, HandledDeliveryResponse)
  async abandon(@Param('deliveryId') deliveryId: string, @Body() { reason }: AbandonDeliveryBody, @OfCall() call: Call) {
    const handled = await this.commands.execute(abandonDeliveryCommand(await this.requestOn(deliveryId, call), reason));
    return this.show(handled, deliveryId, 'ABANDONED', call);
  }

  private showCount(count: number, token: ConsistencyToken | null, call: Call): { data: ResentDeliveriesResponse } {
    call.recorded(token);
    return { data: { count } };
  }

  private async requestOn(deliveryId: string, call: Call): Promise<DeliveryRequest> {
    return { ...this.request(call), view: await this.views.find(parsePathId(deliveryId), call.minPosition) };
  }

  private request({ caller, cause }: Call): Omit<DeliveryRequest, 'view'> {
    return { by: caller.accountId, metadata: createMetadata(this.clock, cause) };
  }

  private async resendCommand(request: DeliveryRequest, forceReason: string | undefined) {
    const { state } = await this.streamsOf.of(deliveryEndpoints).load(streams.deliveryEndpoints());
    return resendDeliveryCommand(request, { forceReason, endpointExists: state.has(request.view.endpointId) });
  }

  private show({ token }: Handled<DeliveryState>, deliveryId: string, status: DeliveryStatus, call: Call) {
    call.recorded(token);
    return { data: { deliveryId, status } };
  }
}
