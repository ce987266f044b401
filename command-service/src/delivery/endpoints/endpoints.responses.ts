import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import type { DeliveryEndpoint } from '@rewards/domain';
import { DeliveryEndpointResponse, toDeliveryEndpointResponse } from '@rewards/service-kit/resources/delivery.responses';
import type { Outcome } from '../sender';
import type { ShownSecret } from './endpoint-secrets';

/** An endpoint in the response to a command on it, without the figures of its deliveries, which only queries have. */
export class EndpointSettingsResponse extends OmitType(DeliveryEndpointResponse, [
  'pending',
  'parked',
  'oldestPendingAt',
  'lastDeliveredAt',
] as const) {}

/** A new endpoint, in the only response that has its secret. */
export class AddedEndpointResponse extends DeliveryEndpointResponse {
  @ApiProperty({
    type: 'string',
    nullable: true,
    description:
      'With this the receiver verifies the signature `v1`: `whsec_` and base64. null if the kind is BUS, or if the endpoint was added by ' +
      'an earlier request and no longer signs with it',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw5f0RbXyuQCk=',
  })
  secret: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'With this the receiver verifies the signature `v1a`: `whpk_` and base64. null whenever `secret` is',
    example: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  })
  publicKey: string | null;
}

/** The new secret of a webhook, in the only response that has it. */
export class RotatedSecretResponse extends PickType(DeliveryEndpointResponse, ['id'] as const) {
  @ApiProperty({ type: 'string', description: 'With this the receiver verifies the signature `v1`' })
  secret: string;

  @ApiProperty({ type: 'string', description: 'With this the receiver verifies the signature `v1a`' })
  publicKey: string;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'Until then, the previous secret signs as well' })
  until: string;
}

/** An endpoint that was removed. */
export class RemovedEndpointResponse extends PickType(DeliveryEndpointResponse, ['id'] as const) {}

/** What the receiver answered to `delivery.test`. */
export class EndpointTestResponse {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'HTTP status of the answer; null if there was none, or the kind is BUS',
  })
  status: number | null;

  @ApiProperty({ type: 'number', minimum: 0 })
  tookMs: number;

  @ApiProperty({ type: 'string', nullable: true, description: 'What went wrong; null if the receiver accepted the message' })
  error: string | null;
}

const NO_DELIVERIES = { pending: 0, parked: 0, oldestPendingAt: null, lastDeliveredAt: null } as const;

/** Maps a new endpoint and its secret to the response. */
export const toAddedEndpointResponse = (endpoint: DeliveryEndpoint, secret: ShownSecret | null): AddedEndpointResponse => ({
  ...toDeliveryEndpointResponse(endpoint, NO_DELIVERIES),
  secret: secret?.secret ?? null,
  publicKey: secret?.publicKey ?? null,
});

/** Maps an endpoint to its response without figures. */
export const toEndpointSettingsResponse = (endpoint: DeliveryEndpoint): EndpointSettingsResponse => {
  const {
    pending: _p,
    parked: _k,
    oldestPendingAt: _o,
    lastDeliveredAt: _l,
    ...settings
  } = toDeliveryEndpointResponse(endpoint, NO_DELIVERIES);
  return settings;
};

/** Maps the outcome of a test to its response. */
export const toEndpointTestResponse = (outcome: Outcome): EndpointTestResponse => ({
  status: outcome.status,
  tookMs: outcome.tookMs,
  error: outcome.kind === 'delivered' ? null : outcome.error,
});
