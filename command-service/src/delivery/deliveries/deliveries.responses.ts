import { ApiProperty, PickType } from '@nestjs/swagger';
import { DeliveryResponse } from '@rewards/service-kit/resources/delivery.responses';

/** A delivery in the response to a command on it. */
export class HandledDeliveryResponse extends PickType(DeliveryResponse, ['deliveryId', 'status'] as const) {}

/** Parked deliveries in the response to the command that resends them. */
export class ResentDeliveriesResponse {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of deliveries that were parked at the time of the request' })
  count: number;
}
