import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersCursorPage } from '@rewards/service-kit/open-api';
import { DeliveryResponse, toDeliveryResponse } from '@rewards/service-kit/resources/delivery.responses';
import { sendFile } from '../exports/send-file';
import { orderAt, toOrderedResponse } from '../read-models/order';
import { deliveriesCsv } from './deliveries-csv';
import { ExportDeliveries } from './deliveries-export.query';
import { GetDelivery, ListDeliveries } from './deliveries.queries';
import { DeliveryFilterQuery, ListDeliveriesQuery } from './deliveries.requests';
import { DeliveryWithHistoryResponse, toDeliveryWithHistoryResponse } from './deliveries.responses';

@TakesMinPosition()
@Controller('deliveries')
export class DeliveriesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(DeliveryResponse)
  async list(@Query() { limit, cursor, ...filter }: ListDeliveriesQuery, @OfCall() { minPosition }: Call) {
    const found = await this.queries.execute(new ListDeliveries(filter, orderAt(cursor), limit, minPosition));
    return toOrderedResponse(found, limit, toDeliveryResponse);
  }

  @Get('export')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(@Query() filter: DeliveryFilterQuery, @OfCall() { minPosition, signal, reply }: Call) {
    const pages = await this.queries.execute(new ExportDeliveries(filter, minPosition, signal));
    return sendFile(reply, 'deliveries.csv', deliveriesCsv(pages));
  }

  @Get(':deliveryId')
  @Answers(200, DeliveryWithHistoryResponse)
  async get(@Param('deliveryId') deliveryId: string, @OfCall() { minPosition }: Call) {
    return { data: toDeliveryWithHistoryResponse(await this.queries.execute(new GetDelivery(deliveryId, minPosition))) };
  }
}
