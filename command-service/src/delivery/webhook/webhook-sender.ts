import type { DeliveryEndpoint } from '@rewards/domain';
import { childController, waitFor } from '@rewards/async';
import { Pool } from 'undici';
import { SecretLost, type EndpointSecrets } from '../endpoints/endpoint-secrets';
import type { Outcome, OutgoingMessage, Sender } from '../sender';
import { lookupAll, type AddressOptions, type Lookup } from './address-rules';
import { resultOf, resultOfError, secretLost, secretUnreadable, stopped, timedOut, type Result } from './answers';
import { guardedConnect } from './guarded-connect';
import { sign } from './signature';

export interface WebhookOptions extends AddressOptions {
  /** Returns the current time in milliseconds since 1970. */
  readonly now: () => number;
  /** Default: the resolver of the operating system. */
  readonly lookup?: Lookup;
  /** Certificates (PEM) of authorities to trust instead of the public ones. */
  readonly ca?: string;
}

const MAX_CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 16 * 1_024;

interface EndpointPool {
  /** What the connections depend on. */
  readonly key: string;
  readonly pool: Pool;
}

/** Sends messages to webhooks as Standard Webhooks 1.0.0 defines, over keep-alive connections of each endpoint's own. */
export class WebhookSender implements Sender {
  private readonly pools = new Map<string, EndpointPool>();

  constructor(
    private readonly secrets: Pick<EndpointSecrets, 'signing'>,
    private readonly options: WebhookOptions,
  ) {}

  async send(endpoint: DeliveryEndpoint, message: OutgoingMessage, signal: AbortSignal): Promise<Outcome> {
    const startedAt = performance.now();
    const result = await this.attempt(endpoint, message, signal);
    return { ...result, tookMs: Math.round(performance.now() - startedAt) };
  }

  release(endpointId: string): void {
    const released = this.pools.get(endpointId);
    this.pools.delete(endpointId);
    // Attempts in flight finish first.
    released?.pool.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  /** The time limit of the endpoint covers everything: the lookup, the connection, and the answer to its last byte. */
  private async attempt(endpoint: DeliveryEndpoint, message: OutgoingMessage, signal: AbortSignal): Promise<Result> {
    const exchange = childController(signal);
    try {
      const result = await waitFor(this.exchange(endpoint, message, exchange.signal), { ms: endpoint.timeoutMs, signal });
      if (result) return result;
      exchange.abort();
      return signal.aborted ? stopped : timedOut;
    } catch (error) {
      return signal.aborted ? stopped : resultOfError(error);
    } finally {
      exchange.detach();
    }
  }

  private async exchange(endpoint: DeliveryEndpoint, message: OutgoingMessage, signal: AbortSignal): Promise<Result> {
    const now = this.options.now();
    const timestamp = Math.floor(now / 1_000);
    const secrets = await this.secrets
      .signing(endpoint, now)
      .catch((error: unknown) => (error instanceof SecretLost ? secretLost : secretUnreadable));
    if ('kind' in secrets) return secrets;
    const url = new URL(endpoint.url ?? '');
    const { statusCode, headers, body } = await this.poolOf(endpoint, url).request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'login-rewards',
        'webhook-id': message.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(secrets, message.id, timestamp, message.body),
      },
      body: message.body,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
    const retryAfter = headers['retry-after'];
    return resultOf(
      {
        status: statusCode,
        retryAfter: (Array.isArray(retryAfter) ? retryAfter[0] : retryAfter) ?? null,
        text: await readUpTo(MAX_ANSWER_BYTES, body),
      },
      this.options.now(),
    );
  }

  private poolOf({ endpointId, timeoutMs }: DeliveryEndpoint, { origin, protocol }: URL): Pool {
    const key = `${timeoutMs} ${origin}`;
    const existing = this.pools.get(endpointId);
    if (existing?.key === key) return existing.pool;
    this.release(endpointId);
    const { allowPrivate, lookup = lookupAll, ca } = this.options;
    const connect = guardedConnect({ allowPrivate, lookup, timeoutMs, onlyLoopback: protocol === 'http:', ca });
    const pool = new Pool(origin, { connections: MAX_CONNECTIONS, pipelining: 1, connect });
    this.pools.set(endpointId, { key, pool });
    return pool;
  }
}

/** Reads a body; null if it is larger than the limit, and its connection is then closed. */
const readUpTo = async (limit: number, body: AsyncIterable<Buffer> & NodeJS.EventEmitter): Promise<string | null> => {
  // Leaving the loop destroys the body, which reports an error.
  body.on('error', () => undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};
