import { nextTurn } from '@rewards/async';
import type { DeliveredMessage } from '../message-bus';
import type { Outages } from '../outages';
import { handleUntilStopped } from './handling';

const MAX_FOLLOWING = 100;

export interface PartitionQueueHandlers {
  readonly handle: (message: DeliveredMessage, following: readonly DeliveredMessage[]) => Promise<void>;
  readonly onHandled: (message: DeliveredMessage) => void;
  readonly outages: Outages;
}

/**
 * Handles the messages of one partition in order, concurrently with other partitions. kafkajs fetches nothing until it is done
 * with all partitions of its last response. If it ran the handlers, one stuck message would stall every partition.
 */
export class PartitionQueue {
  private readonly pending: DeliveredMessage[] = [];
  private readonly stopping = new AbortController();
  private working: Promise<void>;
  private isIdle = false;

  /** @param predecessor resolves when the message of this partition that is still in flight is handled */
  constructor(
    predecessor: Promise<void>,
    private readonly handlers: PartitionQueueHandlers,
  ) {
    this.working = predecessor.then(() => this.work());
  }

  /** Number of pending messages. */
  get length(): number {
    return this.pending.length;
  }

  push(messages: readonly DeliveredMessage[]): void {
    this.pending.push(...messages);
    if (!this.isIdle) return;
    this.isIdle = false;
    this.working = this.work();
  }

  /** Drops the pending messages. @returns when the message in flight is handled or its handler fails again */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.working;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    for (let message = this.next(); message; message = this.next()) {
      if (!(await this.handle(message))) break;
      this.handlers.onHandled(message);
      // A handler without real I/O must not block the event loop.
      await nextTurn();
    }
    this.isIdle = !signal.aborted;
  }

  private next(): DeliveredMessage | undefined {
    return this.stopping.signal.aborted ? undefined : this.pending.shift();
  }

  /** @returns false if the queue was stopped before the handler succeeded */
  private handle(message: DeliveredMessage): Promise<boolean> {
    const where = `${message.topic}/${message.partition}`;
    return handleUntilStopped(() => this.handlers.handle(message, this.pending.slice(0, MAX_FOLLOWING)), {
      signal: this.stopping.signal,
      outages: this.handlers.outages,
      where,
    });
  }
}
