import type { ServiceName } from '@rewards/contracts';
import { SERVICES } from '@rewards/contracts';
import { Pool } from 'undici';
import { spreadLookup } from './spread-lookup';

const CONNECT_TIMEOUT_MS = 2_000;

/** Connections to each service, kept alive. Not bounded in number: a bound would be a queue in which no time limit runs. */
export class Upstreams {
  private readonly pools: Readonly<Record<ServiceName, readonly Pool[]>>;
  private turn = 0;

  /** @param instances URLs of each service */
  constructor(instances: Readonly<Record<ServiceName, readonly string[]>>) {
    const connect = { timeout: CONNECT_TIMEOUT_MS, lookup: spreadLookup };
    const poolsOf = (service: ServiceName) => instances[service].map((url) => new Pool(url, { pipelining: 1, connect }));
    this.pools = Object.fromEntries(SERVICES.map((service) => [service, poolsOf(service)])) as Record<ServiceName, Pool[]>;
  }

  /** All instances of a service in the order in which a request tries them; the next request begins with another one. */
  of(service: ServiceName): readonly Pool[] {
    const pools = this.pools[service];
    if (pools.length === 1) return pools;
    const first = (this.turn = (this.turn + 1) % 1_000_000) % pools.length;
    return [...pools.slice(first), ...pools.slice(0, first)];
  }

  /** @returns the body of an instance's answer as text, or null if none answers with 200 within the limit */
  async read(service: ServiceName, path: string, limitMs: number): Promise<string | null> {
    const answer = await this.ask(service, path, limitMs);
    return answer?.isOk ? answer.text : null;
  }

  /** @returns the first answer with 200 of any instance, else the last other one; null if none answers within the limit */
  async ask(
    service: ServiceName,
    path: string,
    limitMs: number,
  ): Promise<{ readonly isOk: boolean; readonly text: string } | null> {
    const signal = AbortSignal.timeout(limitMs);
    let last: { readonly isOk: boolean; readonly text: string } | null = null;
    for (const pool of this.of(service)) {
      try {
        const { statusCode, body } = await pool.request({ path, method: 'GET', signal });
        last = { isOk: statusCode === 200, text: await body.text() };
        if (last.isOk) return last;
      } catch {
        // The next instance may answer.
      }
    }
    return last;
  }

  async close(): Promise<void> {
    await Promise.all(
      Object.values(this.pools)
        .flat()
        .map((pool) => pool.destroy()),
    );
  }
}
