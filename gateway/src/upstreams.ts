import type { ServiceName } from '@rewards/contracts';
import { SERVICES } from '@rewards/contracts';
import { Pool } from 'undici';
import { spreadLookup } from './spread-lookup';

const CONNECT_TIMEOUT_MS = 2_000;

/** Connections to each service, kept alive. Not bounded in number: a bound would be a queue in which no time limit runs. */
export class Upstreams {
  private readonly pools: Readonly<Record<ServiceName, Pool>>;

  constructor(urls: Readonly<Record<ServiceName, string>>) {
    const connect = { timeout: CONNECT_TIMEOUT_MS, lookup: spreadLookup };
    const poolOf = (service: ServiceName) => new Pool(urls[service], { pipelining: 1, connect });
    this.pools = Object.fromEntries(SERVICES.map((service) => [service, poolOf(service)])) as Record<ServiceName, Pool>;
  }

  of(service: ServiceName): Pool {
    return this.pools[service];
  }

  /** @returns the answer's body as text, or null when it is not a 200 or takes longer than the limit */
  async read(service: ServiceName, path: string, limitMs: number): Promise<string | null> {
    try {
      const { statusCode, body } = await this.of(service).request({ path, method: 'GET', signal: AbortSignal.timeout(limitMs) });
      const text = await body.text();
      return statusCode === 200 ? text : null;
    } catch {
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.pools).map((pool) => pool.destroy()));
  }
}
