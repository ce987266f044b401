import { ApiProperty } from '@nestjs/swagger';
import { DeliveryResponse, toDeliveryResponse } from '@rewards/service-kit/resources/delivery.responses';
import type { DeliveryWithHistory } from './deliveries.queries';
import { DELIVERY_STEPS, type DeliveryStep } from './delivery-log';

/** One recorded attempt, or an action on a delivery, in a response. */
export class DeliveryStepResponse implements DeliveryStep {
  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ enum: DELIVERY_STEPS, description: 'PARKED is also a failed attempt, the last one' })
  what: DeliveryStep['what'];

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    nullable: true,
    description: 'Number of the attempt since the grant, or since the delivery was last resent; null for RESENT and ABANDONED',
  })
  attempt: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'HTTP status of a failed attempt; null if there was no answer' })
  status: number | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'Why the attempt failed' })
  error: string | null;

  @ApiProperty({ type: 'integer', minimum: 0, nullable: true, description: 'Duration of the attempt in milliseconds' })
  tookMs: number | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Time of the next attempt after ATTEMPT_FAILED',
  })
  nextAttemptAt: string | null;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description:
      'The operator who had it resent or abandoned; null if it was resent because the player, whose inventory was full, logged in, ' +
      'or abandoned because the endpoint was removed',
  })
  by: string | null;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description:
      'RESENT: the login of the player, whose inventory was full, after which it was resent; null if an operator had it resent',
  })
  loginId: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'PARKED: ATTEMPTS_EXHAUSTED, REJECTED or INVENTORY_FULL. RESENT, ABANDONED: the reason that the operator gave',
  })
  reason: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'DELIVERED: what the receiver calls it; null if it named nothing' })
  reference: string | null;
}

/** A delivery with every recorded attempt. */
export class DeliveryWithHistoryResponse extends DeliveryResponse {
  @ApiProperty({
    type: DeliveryStepResponse,
    isArray: true,
    description: 'Every recorded attempt and every action, in order; empty before the first one',
  })
  history: readonly DeliveryStepResponse[];
}

export const toDeliveryWithHistoryResponse = ({ view, history }: DeliveryWithHistory): DeliveryWithHistoryResponse => ({
  ...toDeliveryResponse(view),
  history,
});
