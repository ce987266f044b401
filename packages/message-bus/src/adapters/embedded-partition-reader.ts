import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveredMessage } from '../message-bus';
import type { Progress } from './embedded-group';
import type { TopicReader } from './embedded-topic';

const PAGE = 100;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export interface PartitionHandlers {
  readonly handle: (message: DeliveredMessage) => Promise<void>;
  readonly onHandled: (progress: Progress) => void;
  readonly onError: (error: unknown) => void;
}

/** Ends early, without an error, when the signal aborts. */
const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await delay(ms, undefined, { signal }).catch(() => undefined);
};

/** Handles the messages of one partition, strictly in turn. */
export class PartitionReader {
  /** Resolves when it has stopped and the message in hand is handled. */
  readonly done: Promise<void>;
  private readonly stopping = new AbortController();
  private wakeUp: () => void = () => undefined;

  /** @param next offset of the first message wanted */
  constructor(
    readonly topic: TopicReader,
    private readonly partition: number,
    private next: number,
    private readonly handlers: PartitionHandlers,
  ) {
    this.done = this.run();
  }

  /** There may be new messages. */
  wake(): void {
    this.wakeUp();
  }

  /** @returns when the message in hand is handled */
  stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    return this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      for (const message of await this.read()) {
        if (signal.aborted || !(await this.handle(message))) return;
        this.next = Number(message.offset) + 1;
        this.handlers.onHandled({ topic: this.topic.name, partition: this.partition, next: this.next });
      }
      // A handler that never waits for anything outside must not keep the process from everything else.
      await new Promise(setImmediate);
    }
  }

  private async read(): Promise<DeliveredMessage[]> {
    try {
      const page = this.topic.read(this.partition, this.next, PAGE);
      // No wake can be missed between the read and the wait: both happen in one turn.
      if (page.length === 0) await new Promise<void>((resolve) => (this.wakeUp = resolve));
      return page;
    } catch (error) {
      this.handlers.onError(error);
      await pause(MAX_RETRY_MS, this.stopping.signal);
      return [];
    }
  }

  /** @returns false when it was stopped before the handler had succeeded */
  private async handle(message: DeliveredMessage): Promise<boolean> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
      try {
        await this.handlers.handle(message);
        return true;
      } catch (error) {
        this.handlers.onError(error);
      }
      await pause(retryMs, this.stopping.signal);
      if (this.stopping.signal.aborted) return false;
    }
  }
}
