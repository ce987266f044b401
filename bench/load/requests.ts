import { Pool } from 'undici';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type NextRequest = () => LoadRequest;

/** HTTP connections to one address. */
export class Connections {
  private readonly pool: Pool;

  constructor(url: string, connections: number) {
    this.pool = new Pool(url, { connections, pipelining: 1 });
  }

  /** Sends a request and reads its whole answer. @returns the status; 0 if there was no answer */
  async send({ method, path, headers, body }: LoadRequest): Promise<number> {
    try {
      const answer = await this.pool.request({ method, path, headers, ...(body !== undefined && { body }) });
      await answer.body.dump({ limit: Infinity });
      return answer.statusCode;
    } catch {
      return 0;
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
