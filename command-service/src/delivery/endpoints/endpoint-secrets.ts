import type { DeliveryEndpoint } from '@rewards/domain';

/** What the messages to an endpoint are signed with. */
export interface SigningSecret {
  readonly secretId: string;
  /** `whsec_` and base64: the key of the signatures `v1`. */
  readonly secret: string;
  /** `whsk_` and base64: the Ed25519 seed (32 bytes) of the signatures `v1a`. */
  readonly privateKey: string;
}

/** No secret of an endpoint exists any more. */
export class SecretLost extends Error {
  override readonly name = 'SecretLost';

  constructor(readonly endpointId: string) {
    super(`The secret of the endpoint ${endpointId} is lost.`);
  }
}

export interface EndpointSecrets {
  /**
   * Returns the secrets that sign at a time, the newest first: two during a rotation.
   * @param now in milliseconds since 1970
   * @throws SecretLost if there is none
   */
  signing(endpoint: DeliveryEndpoint, now: number): Promise<readonly SigningSecret[]>;
}
