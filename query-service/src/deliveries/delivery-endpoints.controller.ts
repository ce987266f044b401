import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersList } from '@rewards/service-kit/open-api';
import { DeliveryEndpointResponse, toDeliveryEndpointResponse } from '@rewards/service-kit/resources/delivery.responses';
import { GetDeliveryEndpoint, ListDeliveryEndpoints, type EndpointRow } from './delivery-endpoints.queries';

@TakesMinPosition()
@Controller('delivery-endpoints')
export class DeliveryEndpointsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersList(DeliveryEndpointResponse)
  async list(@OfCall() { minPosition }: Call) {
    return { data: (await this.queries.execute(new ListDeliveryEndpoints(minPosition))).map(toResponse) };
  }

  @Get(':id')
  @Answers(200, DeliveryEndpointResponse)
  async get(@Param('id') id: string, @OfCall() { minPosition }: Call) {
    return { data: toResponse(await this.queries.execute(new GetDeliveryEndpoint(id, minPosition))) };
  }
}

const toResponse = ({ endpoint, figures }: EndpointRow): DeliveryEndpointResponse =>
  toDeliveryEndpointResponse(endpoint, figures);
