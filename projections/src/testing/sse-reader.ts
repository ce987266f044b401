import type { IncomingMessage } from 'node:http';
import type { HttpService } from '@rewards/service-kit/http-service';
import { openStream } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';

export interface SseEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: unknown;
}

/** Reads Server-Sent Events on its own connection. */
export class SseReader {
  readonly events: SseEvent[] = [];
  /** Id of the last block, with or without data; a client resumes after it. */
  lastEventId = '';
  isEnded = false;
  private count = 0;
  private rest = '';

  private constructor(readonly answer: IncomingMessage) {
    answer.setEncoding('utf8').on('data', (text: string) => this.parse(text));
    answer.on('end', () => (this.isEnded = true)).on('error', () => (this.isEnded = true));
  }

  static async open(service: HttpService, path: string, headers: Record<string, string>): Promise<SseReader> {
    return new SseReader(await openStream(service, { path, headers }));
  }

  /** The domain events, in order of arrival, without other frames. */
  get facts(): readonly { readonly type: string; readonly position: string }[] {
    return this.events.filter(({ event }) => event === 'message').map(({ data }) => data as { type: string; position: string });
  }

  waitForCount(count: number): Promise<unknown> {
    return until(
      `${count} events of the stream`,
      () => this.count,
      (length) => length >= count,
    );
  }

  waitForEvent(event: string): Promise<unknown> {
    return until(`the event ${event}`, () => this.events.some((received) => received.event === event));
  }

  waitForEnd(): Promise<unknown> {
    return until('the end of the stream', () => this.isEnded);
  }

  close(): void {
    this.answer.destroy();
  }

  private parse(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const id = fields.get('id') ?? null;
      this.lastEventId = id ?? this.lastEventId;
      const data = fields.get('data');
      if (data !== undefined && !fields.has('event')) this.count += 1;
      if (data !== undefined)
        this.events.push({ event: fields.get('event') ?? 'message', id, data: JSON.parse(data) as unknown });
    }
  }
}
