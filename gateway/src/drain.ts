import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';

/** The answers in progress of a server. */
export class Answers {
  private readonly inProgress = new Set<ServerResponse>();
  private isStopping = false;

  constructor(private readonly server: Server) {}

  get size(): number {
    return this.inProgress.size;
  }

  track(response: ServerResponse): void {
    if (this.isStopping) response.shouldKeepAlive = false;
    this.inProgress.add(response);
    response.once('close', () => {
      this.inProgress.delete(response);
      if (this.isStopping) setImmediate(() => this.server.closeIdleConnections());
    });
  }

  /** Ends the server: no new connection, no new request on an old one, and answers in progress may finish for so long. */
  async drain(patienceMs: number): Promise<void> {
    this.isStopping = true;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const response of this.inProgress) {
      // A live stream would never finish; its reader resumes after the position of the last event.
      if (isEventStream(response)) response.destroy();
      else response.shouldKeepAlive = false;
    }
    const timer = setTimeout(() => this.server.closeAllConnections(), patienceMs);
    await closed;
    clearTimeout(timer);
  }
}

const isEventStream = (response: ServerResponse): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');
