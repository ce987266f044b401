import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { existingEndpoint, type DeliveryEndpoints } from '@rewards/domain';
import type { EventStore, Handled } from '@rewards/event-store';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { Clock } from '@rewards/service-kit/clock';
import { EmptyBody } from '@rewards/service-kit/fields';
import { markReplayed } from '@rewards/service-kit/idempotency';
import { Answers } from '@rewards/service-kit/open-api';
import { createMetadata } from '../../command-metadata';
import { EVENT_STORE } from '../../streams';
import { EndpointCommands, type Addition, type EndpointRequest, type RotatedSecret } from './endpoints.commands';
import { AddEndpointBody, ChangeEndpointBody, RotateSecretBody, toEndpoint, toEndpointChange } from './endpoints.requests';
import {
  AddedEndpointResponse,
  EndpointSettingsResponse,
  EndpointTestResponse,
  RemovedEndpointResponse,
  RotatedSecretResponse,
  toAddedEndpointResponse,
  toEndpointSettingsResponse,
  toEndpointTestResponse,
} from './endpoints.responses';

/** The routes by which administrators manage delivery endpoints, and operators pause and resume them. */
@Controller('delivery-endpoints')
export class DeliveryEndpointsController {
  constructor(
    private readonly endpoints: EndpointCommands,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Post()
  @Answers(200, AddedEndpointResponse)
  @Answers(201, AddedEndpointResponse)
  async add(@Body() body: AddEndpointBody, @OfCall() call: Call) {
    const endpoint = await toEndpoint(body, this.store);
    return this.showAdded(await this.endpoints.add(endpoint, this.request(call, body.requestId)), call);
  }

  @Post(':id/change')
  @HttpCode(200)
  @Answers(200, EndpointSettingsResponse)
  async change(@Param('id') id: string, @Body() body: ChangeEndpointBody, @OfCall() call: Call) {
    const handled = await this.endpoints.change(parsePathId(id), toEndpointChange(body), this.request(call));
    return this.show(handled, id, call);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Answers(200, EndpointSettingsResponse)
  async pause(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.show(await this.endpoints.pause(parsePathId(id), this.request(call)), id, call);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Answers(200, EndpointSettingsResponse)
  async resume(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.show(await this.endpoints.resume(parsePathId(id), this.request(call)), id, call);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Answers(200, RotatedSecretResponse)
  async rotateSecret(@Param('id') id: string, @Body() { requestId }: RotateSecretBody, @OfCall() call: Call) {
    const rotated = await this.endpoints.rotate(parsePathId(id), this.request(call, requestId));
    return this.showSecret(rotated, id, call);
  }

  @Post(':id/remove')
  @HttpCode(200)
  @Answers(200, RemovedEndpointResponse)
  async remove(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    const { token } = await this.endpoints.remove(parsePathId(id), this.request(call));
    call.recorded(token);
    return { data: { id } };
  }

  @Post(':id/test')
  @HttpCode(200)
  @Answers(200, EndpointTestResponse)
  async test(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return { data: toEndpointTestResponse(await this.endpoints.test(parsePathId(id), call.signal)) };
  }

  private show({ state, token }: Handled<DeliveryEndpoints>, id: string, call: Call): { data: EndpointSettingsResponse } {
    call.recorded(token);
    return { data: toEndpointSettingsResponse(existingEndpoint(state, id)) };
  }

  private showAdded({ endpoint, secret, token }: Addition, call: Call): { data: AddedEndpointResponse } {
    call.created(token, `/delivery-endpoints/${endpoint.endpointId}`);
    return { data: toAddedEndpointResponse(endpoint, secret) };
  }

  private showSecret(
    { secret, publicKey, until, token }: RotatedSecret,
    id: string,
    call: Call,
  ): { data: RotatedSecretResponse } {
    if (token === null) markReplayed(call.reply);
    call.recorded(token);
    return { data: { id, secret, publicKey, until } };
  }

  private request({ caller, cause }: Call, requestId?: string): EndpointRequest {
    const metadata = createMetadata(this.clock, cause);
    return { by: caller.accountId, metadata, ...(requestId !== undefined && { requestId }) };
  }
}
