import { nextTurn, retry } from '@rewards/async';
import type { DeliveredMessage } from '../message-bus';
import type { Outages } from '../outages';

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export interface PartitionHandlers {
  readonly handle: (message: DeliveredMessage) => Promise<void>;
  readonly onHandled: (message: DeliveredMessage) => void;
  readonly outages: Outages;
}

/**
 * Handles the messages of one partition, strictly in turn, beside those of other partitions. kafkajs fetches nothing until all
 * partitions of its last answer are done, so that handling inside of it would let one stuck message hold all of them.
 */
export class PartitionQueue {
  private readonly waiting: DeliveredMessage[] = [];
  private readonly stopping = new AbortController();
  private working: Promise<void>;
  private isIdle = false;

  /** @param predecessor resolves when a message of this partition that is still in flight is handled */
  constructor(
    predecessor: Promise<void>,
    private readonly handlers: PartitionHandlers,
  ) {
    this.working = predecessor.then(() => this.work());
  }

  /** How many wait. */
  get length(): number {
    return this.waiting.length;
  }

  push(messages: readonly DeliveredMessage[]): void {
    this.waiting.push(...messages);
    if (!this.isIdle) return;
    this.isIdle = false;
    this.working = this.work();
  }

  /** Forgets what waits. @returns when the message in flight is handled, or its handler failed once more */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.working;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    for (let message = this.next(); message; message = this.next()) {
      if (!(await this.handle(message))) break;
      this.handlers.onHandled(message);
      // A handler that never waits for anything outside must not keep the process from everything else.
      await nextTurn();
    }
    this.isIdle = !signal.aborted;
  }

  private next(): DeliveredMessage | undefined {
    return this.stopping.signal.aborted ? undefined : this.waiting.shift();
  }

  /** @returns false when it was stopped before the handler had succeeded */
  private async handle(message: DeliveredMessage): Promise<boolean> {
    const { signal } = this.stopping;
    const { outages } = this.handlers;
    const where = `${message.topic}/${message.partition}`;
    const isHandled = await retry(() => this.handlers.handle(message), {
      signal,
      onError: (error) => outages.failed('handle', error, where),
      firstMs: FIRST_RETRY_MS,
      maxMs: MAX_RETRY_MS,
    }).then(
      () => true,
      () => false,
    );
    outages.worked('handle', where);
    return isHandled;
  }
}
