import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import {
  DELIVERY_KINDS,
  DELIVERY_STATUSES,
  ENDPOINT_KINDS,
  ENDPOINT_STATES,
  MAX_PER_SECOND,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  PARK_REASONS,
  REWARD_TYPES,
  type DeliveryKind,
  type DeliveryStatus,
  type DeliveryView,
  type EndpointDetails,
  type EndpointKind,
  type EndpointState,
  type ParkReason,
  type RewardType,
} from '@rewards/contracts';
import { Amount, Id, Integer, Name, OneOf, Time } from '../fields';

/** An endpoint in a response of a query, with the figures of its deliveries. */
export class DeliveryEndpointResponse {
  @Id()
  id: string;

  @Name()
  name: string;

  @OneOf(ENDPOINT_KINDS)
  kind: EndpointKind;

  @ApiProperty({ type: 'string', nullable: true, description: 'null if the kind is BUS' })
  url: string | null;

  @ApiProperty({
    enum: REWARD_TYPES,
    isArray: true,
    nullable: true,
    description: 'null if the endpoint accepts every type that no other endpoint names',
  })
  rewardTypes: readonly RewardType[] | null;

  @Integer(1, MAX_PER_SECOND)
  maxPerSecond: number;

  @Integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)
  timeoutMs: number;

  @OneOf(ENDPOINT_STATES)
  state: EndpointState;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'Time since which it has this state' })
  since: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'Why it is DISABLED; null in any other state' })
  reason: string | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of deliveries that are PENDING' })
  pending: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of deliveries that are PARKED' })
  parked: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'Time of the oldest grant that is PENDING' })
  oldestPendingAt: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastDeliveredAt: string | null;
}

/** An endpoint in the response to a command on it. */
export class EndpointSettingsResponse extends OmitType(DeliveryEndpointResponse, [
  'pending',
  'parked',
  'oldestPendingAt',
  'lastDeliveredAt',
] as const) {}

/** An endpoint as its domain events show it. */
export interface EndpointInLog extends EndpointDetails {
  readonly endpointId: string;
  readonly state: EndpointState;
  readonly since: string;
  readonly reason: string | null;
}

/** Maps an endpoint to its response, without the figures of its deliveries. */
export const toEndpointSettingsResponse = (endpoint: EndpointInLog): EndpointSettingsResponse => ({
  id: endpoint.endpointId,
  name: endpoint.name,
  kind: endpoint.kind,
  url: endpoint.url ?? null,
  rewardTypes: endpoint.rewardTypes ?? null,
  maxPerSecond: endpoint.maxPerSecond,
  timeoutMs: endpoint.timeoutMs,
  state: endpoint.state,
  since: endpoint.since,
  reason: endpoint.reason,
});

/** A delivery in a response. */
export class DeliveryResponse {
  @Id()
  deliveryId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  claimId: string;

  @OneOf(DELIVERY_KINDS)
  kind: DeliveryKind;

  @ApiProperty({ type: 'string', format: 'uuid' })
  endpointId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @Name()
  rewardName: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;

  @OneOf(DELIVERY_STATUSES)
  status: DeliveryStatus;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Recorded attempts since it was created or resent' })
  attempts: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'null unless another attempt is planned' })
  nextAttemptAt: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'What went wrong at the last failed attempt' })
  lastError: string | null;

  @ApiProperty({ enum: PARK_REASONS, nullable: true, description: 'null unless the status is PARKED' })
  parkedFor: ParkReason | null;

  @Time()
  at: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  deliveredAt: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'What the receiver calls it' })
  reference: string | null;
}

/** A delivery in the response to a command on it. */
export class HandledDeliveryResponse extends PickType(DeliveryResponse, ['deliveryId', 'status'] as const) {}

/** Maps a delivery to its response. */
export const toDeliveryResponse = (view: DeliveryView): DeliveryResponse => ({
  deliveryId: view.deliveryId,
  claimId: view.claimId,
  kind: view.kind,
  endpointId: view.endpointId,
  accountId: view.accountId,
  eventId: view.eventId,
  rewardName: view.rewardName,
  type: view.type,
  amount: view.amount,
  status: view.status,
  attempts: view.attempts,
  nextAttemptAt: view.nextAttemptAt,
  lastError: view.lastError,
  parkedFor: view.parkedFor,
  at: view.at,
  deliveredAt: view.deliveredAt,
  reference: view.reference,
});
