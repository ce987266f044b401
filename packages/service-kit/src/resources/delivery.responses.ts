import { ApiProperty } from '@nestjs/swagger';
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

/** What a response shows of an endpoint itself. */
export interface ShownEndpoint extends EndpointDetails {
  readonly endpointId: string;
  readonly state: EndpointState;
  readonly since: string;
  readonly reason: string | null;
}

/** Figures of the deliveries to one endpoint. */
export interface EndpointFigures {
  readonly pending: number;
  readonly parked: number;
  readonly oldestPendingAt: string | null;
  readonly lastDeliveredAt: string | null;
}

/** A delivery endpoint in a response. It never has a secret. */
export class DeliveryEndpointResponse implements EndpointFigures {
  @ApiProperty({ type: 'string', format: 'uuid' })
  id: string;

  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ enum: ENDPOINT_KINDS })
  kind: EndpointKind;

  @ApiProperty({ type: 'string', nullable: true, description: 'Null if the kind is BUS' })
  url: string | null;

  @ApiProperty({
    enum: REWARD_TYPES,
    isArray: true,
    nullable: true,
    description: 'The accepted reward types; null: every type that no other endpoint names',
  })
  rewardTypes: readonly RewardType[] | null;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PER_SECOND })
  maxPerSecond: number;

  @ApiProperty({ type: 'integer', minimum: MIN_TIMEOUT_MS, maximum: MAX_TIMEOUT_MS })
  timeoutMs: number;

  @ApiProperty({ enum: ENDPOINT_STATES, description: 'Deliveries to an endpoint that is not ACTIVE stay PENDING' })
  state: EndpointState;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'Since when the endpoint has this state' })
  since: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'Why the endpoint is DISABLED; null otherwise' })
  reason: string | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Deliveries that are PENDING' })
  pending: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Deliveries that are PARKED' })
  parked: number;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Time of the oldest grant whose delivery is PENDING; null if none is',
  })
  oldestPendingAt: string | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Last time at which the receiver accepted a delivery; null if it never did',
  })
  lastDeliveredAt: string | null;
}

/** A delivery in a response. */
export class DeliveryResponse {
  @ApiProperty({ type: 'string', format: 'uuid', description: 'The `webhook-id` of every attempt' })
  deliveryId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  claimId: string;

  @ApiProperty({ enum: DELIVERY_KINDS })
  kind: DeliveryKind;

  @ApiProperty({ type: 'string', format: 'uuid' })
  endpointId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: 'string' })
  rewardName: string;

  @ApiProperty({ enum: REWARD_TYPES })
  type: RewardType;

  @ApiProperty({ type: 'integer', minimum: 1 })
  amount: number;

  @ApiProperty({ enum: DELIVERY_STATUSES })
  status: DeliveryStatus;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Recorded attempts since the grant, or since it was last resent' })
  attempts: number;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Time of the next attempt after a failed one; null if it does not wait for one',
  })
  nextAttemptAt: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'Why the last failed attempt failed; null once it is delivered' })
  lastError: string | null;

  @ApiProperty({ enum: PARK_REASONS, nullable: true, description: 'Why it is PARKED; null otherwise' })
  parkedFor: ParkReason | null;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'Time of the grant' })
  at: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'When the receiver accepted it' })
  deliveredAt: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'What the receiver calls it; null if it named nothing' })
  reference: string | null;
}

/** Maps an endpoint and its figures to the response. */
export const toDeliveryEndpointResponse = (endpoint: ShownEndpoint, figures: EndpointFigures): DeliveryEndpointResponse => ({
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
  pending: figures.pending,
  parked: figures.parked,
  oldestPendingAt: figures.oldestPendingAt,
  lastDeliveredAt: figures.lastDeliveredAt,
});

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
