import type { ServiceName } from '@rewards/contracts';
import { SERVICES } from '@rewards/contracts';
import { Pool } from 'undici';
import { createConnect } from './confirmed-connection';

/** Longer than a stop takes. */
const DOUBT_MS = 15_000;

/** One URL of a service: of one instance, or a name of several. */
export class Upstream {
  readonly pool: Pool;
  private doubtedUntil = 0;

  constructor(url: string) {
    const connect = createConnect(() => performance.now() < this.doubtedUntil);
    this.pool = new Pool(url, { pipelining: 1, connect });
  }

  /** Remembers that an instance is stopping: for a while, each new connection is used only once it is confirmed. */
  doubt(): void {
    this.doubtedUntil = performance.now() + DOUBT_MS;
  }
}

/** Connections to each service, kept alive. Not bounded in number: a bound would be a queue in which no time limit runs. */
export class Upstreams {
  private readonly upstreams: Readonly<Record<ServiceName, readonly Upstream[]>>;
  private turn = 0;

  /** @param instances URLs of each service */
  constructor(instances: Readonly<Record<ServiceName, readonly string[]>>) {
    const upstreamsOf = (service: ServiceName) => instances[service].map((url) => new Upstream(url));
    this.upstreams = Object.fromEntries(SERVICES.map((service) => [service, upstreamsOf(service)])) as Record<
      ServiceName,
      Upstream[]
    >;
  }

  /** All instances of a service in the order in which a request tries them; the next request begins with another one. */
  of(service: ServiceName): readonly Upstream[] {
    const upstreams = this.upstreams[service];
    if (upstreams.length === 1) return upstreams;
    const first = (this.turn = (this.turn + 1) % 1_000_000) % upstreams.length;
    return [...upstreams.slice(first), ...upstreams.slice(0, first)];
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
