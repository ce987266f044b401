import type { DeliveryEndpoint } from '@rewards/domain';
import type { SigningSecret } from '../../endpoints/endpoint-secrets';
import type { OutgoingMessage } from '../../sender';
import { newSecret } from '../signature';
import type { WebhookSender } from '../webhook-sender';

/** An active endpoint at a URL. */
export const endpointAt = (url: string, changes: Partial<DeliveryEndpoint> = {}): DeliveryEndpoint => ({
  endpointId: 'endpoint-1',
  name: 'Game',
  kind: 'WEBHOOK',
  url,
  maxPerSecond: 500,
  timeoutMs: 5_000,
  state: 'ACTIVE',
  since: '2026-11-01T00:00:00.000Z',
  reason: null,
  secretId: 'secret-1',
  previousSecret: null,
  from: null,
  ...changes,
});

export const message: OutgoingMessage = {
  id: '0f8c7a52-2f6c-5f0e-9d2a-4b7f6a1c3e5d',
  type: 'reward.claimed',
  accountId: 'account-1',
  at: '2026-11-01T00:00:00.000Z',
  body: '{"type":"reward.claimed","data":{"rewardName":"극한성장의 비약"}}',
};

/** What a sender needs of the secrets. */
export type Secrets = ConstructorParameters<typeof WebhookSender>[0];

/** Secrets that are the same for every endpoint. */
export const secretsOf = (...secrets: readonly Omit<SigningSecret, 'secretId'>[]): Secrets => ({
  signing: async () => secrets.map((secret, index) => ({ secretId: `secret-${index}`, ...secret })),
});

export const keys = newSecret();
