import { nextTurn, Notifier, sleep } from '@rewards/async';
import { contentHash } from '../content-hash';
import { NOT_HANDLED, type DeliveredMessage } from '../message-bus';
import type { Outages } from '../outages';
import { BEGINNING, keyOf, type Place, type Progress, type TopicPartition } from './embedded-group';
import type { TopicReader } from './embedded-topic';
import { handleUntilStopped, MAX_RETRY_MS } from './handling';

const PAGE = 100;

export interface PartitionReaderHandlers {
  readonly handle: (message: DeliveredMessage, following: readonly DeliveredMessage[]) => Promise<void>;
  readonly isHandled: (message: DeliveredMessage) => Promise<boolean>;
  readonly onHandled: (progress: Progress) => void;
  /** Removes the committed progress, because the topic does not match it. Rejects while the group's file is unavailable. */
  readonly onReset: (progress: Progress, reason: string) => Promise<void>;
  readonly outages: Outages;
}

/** Handles the messages of one partition in order, one at a time. */
export class PartitionReader {
  /** Resolves when the reader has stopped and the message in flight is handled. */
  readonly done: Promise<void>;
  private readonly stopping = new AbortController();
  private readonly newMessages = new Notifier();
  private isVerified = false;
  /** Id of the topic that the current page was read from. */
  private topicId: string | null = null;

  /** @param place the committed place of the group */
  constructor(
    readonly topic: TopicReader,
    private readonly partition: number,
    private place: Place,
    private readonly handlers: PartitionReaderHandlers,
  ) {
    this.done = this.run();
  }

  /** Progress in the partition. */
  get progress(): Progress {
    return { ...this.source, ...this.place };
  }

  /** Signals that there may be new messages. */
  wake(): void {
    this.newMessages.notify();
  }

  /** @returns when the message in flight is handled */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.done;
  }

  private get source(): TopicPartition {
    return { topic: this.topic.name, partition: this.partition };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const where = keyOf(this.source);
    while (!signal.aborted) {
      const page = await this.read(where);
      for (const [index, message] of page.entries()) {
        if (signal.aborted || !(await this.handle(message, page.slice(index + 1), where))) break;
        this.place = { next: Number(message.offset) + 1, topicId: this.topicId, last: contentHash(message) };
        this.handlers.onHandled(this.progress);
      }
      // A handler without real I/O must not block the event loop.
      await nextTurn();
    }
    this.handlers.outages.succeeded('read', where);
  }

  /** Compares the place with the topic on each read, because a new topic or an older copy may have replaced its file. */
  private async read(where: string): Promise<DeliveredMessage[]> {
    const { outages } = this.handlers;
    try {
      const page = await this.page();
      if (typeof page === 'string') {
        await this.handlers.onReset(this.progress, page);
        this.place = BEGINNING;
        return [];
      }
      this.topicId = this.topic.id();
      outages.succeeded('read', where);
      // No wake can be missed between the read and the wait: both happen in one turn.
      if (page.length === 0) await this.newMessages.wait({ signal: this.stopping.signal });
      return page;
    } catch (error) {
      outages.failed('read', error, where);
      await sleep(MAX_RETRY_MS, { signal: this.stopping.signal });
      return [];
    }
  }

  /** @returns the messages after the place, read in the same event-loop turn as it resolves, or why the place is not valid */
  private async page(): Promise<DeliveredMessage[] | string> {
    const page = this.topic.after(this.partition, this.place, PAGE);
    if (this.isVerified || typeof page === 'string') return page;
    return (await this.whyNotHandled()) ?? this.topic.after(this.partition, this.place, PAGE);
  }

  /** Checks once whether the message before the committed offset is handled. @returns the reason if it is not, else null */
  private async whyNotHandled(): Promise<string | null> {
    const [before] = this.place.next > 0 ? this.topic.read(this.partition, this.place.next - 1, 1) : [];
    const isHandled = before === undefined || (await this.handlers.isHandled(before));
    this.isVerified = true;
    return isHandled ? null : NOT_HANDLED;
  }

  /** @returns false if the reader was stopped before the handler succeeded */
  private handle(message: DeliveredMessage, following: readonly DeliveredMessage[], where: string): Promise<boolean> {
    return handleUntilStopped(() => this.handlers.handle(message, following), {
      signal: this.stopping.signal,
      outages: this.handlers.outages,
      where,
    });
  }
}
