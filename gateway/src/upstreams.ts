import type { ServiceName } from '@rewards/contracts';
import { SERVICES } from '@rewards/contracts';
import { Pool } from 'undici';
import { createConnect } from './confirmed-connection';

/** Longer than the shutdown of an instance. */
const DOUBT_MS = 15_000;

/** One URL of a service, for one instance or for several behind one host name. */
export class Upstream {
  readonly pool: Pool;
  private doubtedUntil = 0;

  constructor(url: string) {
    const connect = createConnect(() => performance.now() < this.doubtedUntil);
    this.pool = new Pool(url, { pipelining: 1, connect });
  }

  /** Marks an instance as stopping. For a while, each new connection is confirmed before use. */
  markStopping(): void {
    this.doubtedUntil = performance.now() + DOUBT_MS;
  }
}

/** Keep-alive connections to each service. Their number is unbounded, because requests in a pool's queue have no time limit. */
export class Upstreams {
  private readonly upstreams: Readonly<Record<ServiceName, readonly Upstream[]>>;
  private turn = 0;

  /** @param instances the URLs of each service */
  constructor(instances: Readonly<Record<ServiceName, readonly string[]>>) {
    const upstreamsOf = (service: ServiceName) => instances[service].map((url) => new Upstream(url));
    this.upstreams = Object.fromEntries(SERVICES.map((service) => [service, upstreamsOf(service)])) as Record<
      ServiceName,
      Upstream[]
    >;
  }

  /** Returns all instances of a service in the order in which a request tries them. Each call starts with the next instance. */
  of(service: ServiceName): readonly Upstream[] {
    const upstreams = this.upstreams[service];
    if (upstreams.length === 1) return upstreams;
    const first = (this.turn = (this.turn + 1) % 1_000_000) % upstreams.length;
    return [...upstreams.slice(first), ...upstreams.slice(0, first)];
  }

  /** Reads a path of any instance. @returns the response body; null if no instance answers with 200 within the limit */
  async read(service: ServiceName, path: string, limitMs: number): Promise<string | null> {
    const answer = await this.ask(service, path, limitMs);
    return answer?.isOk ? answer.text : null;
  }

  /** Requests a path of each instance in turn. @returns the first 200, else the last other response; null if none answers in time */
  async ask(
    service: ServiceName,
    path: string,
    limitMs: number,
  ): Promise<{ readonly isOk: boolean; readonly text: string } | null> {
    const signal = AbortSignal.timeout(limitMs);
    let last: { readonly isOk: boolean; readonly text: string } | null = null;
    for (const { pool } of this.of(service)) {
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
      Object.values(this.upstreams)
        .flat()
        .map(({ pool }) => pool.destroy()),
    );
  }
}
