import { randomUUID } from 'node:crypto';
import type { ConsumeOptions, Consumer } from '../message-bus';
import { Silences, keyOf, type Group, type TopicPartition } from './embedded-group';
import { OffsetCommitter } from './embedded-offset-committer';
import { PartitionReader } from './embedded-partition-reader';
import type { TopicReader } from './embedded-topic';

const POLL_MS = 10;
/** Heartbeats that a member may miss before the others take its partitions. */
const MISSED_HEARTBEATS = 4;

const deferred = (): { readonly promise: Promise<void>; readonly resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
};

export interface EmbeddedConsumerOptions extends ConsumeOptions {
  readonly heartbeatMs: number;
}

/**
 * A member of a consumer group. With each heartbeat it says that it lives and learns which partitions are its own; each of those
 * has a reader. New messages are noticed by asking SQLite every 10 ms whether the topic's file has changed: some microseconds.
 */
export class EmbeddedConsumer implements Consumer {
  private readonly id = randomUUID();
  private readonly readers = new Map<string, PartitionReader>();
  private readonly committer: OffsetCommitter;
  private readonly silences: Silences;
  private readonly onError: (error: unknown) => void;
  private readonly polling: NodeJS.Timeout;
  /** Number of partitions of each topic, as of the last heartbeat. */
  private partitions: ReadonlyMap<string, number> = new Map();
  private beating: Promise<void> = Promise.resolve();
  private beatNow: () => void = () => undefined;
  private isEnding = false;
  /** What fails is told once, not a hundred times a second. */
  private isPollFailing = false;
  private stopped: Promise<void> | null = null;
  private readonly abandoned = deferred();

  constructor(
    private readonly group: Group,
    private readonly topics: readonly TopicReader[],
    private readonly options: EmbeddedConsumerOptions,
  ) {
    this.onError = options.onError ?? (() => undefined);
    this.committer = new OffsetCommitter(group, this.onError);
    this.silences = new Silences(MISSED_HEARTBEATS * options.heartbeatMs);
    this.polling = setInterval(() => this.poll(), POLL_MS);
  }

  /** @throws MessageBusUnavailable when the group's file does not answer */
  async join(): Promise<void> {
    try {
      await this.heartbeat();
    } catch (error) {
      await this.abandon();
      throw error;
    }
    this.beating = this.beat();
  }

  stop(): Promise<void> {
    this.stopped ??= this.leave();
    return this.stopped;
  }

  /** Leaves without waiting for the messages in hand: they are delivered to others again. */
  abandon(): Promise<void> {
    this.abandoned.resolve();
    return this.stop();
  }

  /** Looks for new messages. */
  poll(): void {
    if (this.isEnding) return;
    for (const topic of this.topics) {
      try {
        if (topic.hasNews()) for (const reader of this.readers.values()) if (reader.topic === topic) reader.wake();
        if (topic.partitions() !== this.partitions.get(topic.name)) this.beatNow();
        this.isPollFailing = false;
      } catch (error) {
        if (!this.isPollFailing) this.onError(error);
        this.isPollFailing = true;
      }
    }
  }

  private async leave(): Promise<void> {
    this.isEnding = true;
    clearInterval(this.polling);
    this.beatNow();
    await this.beating;
    const handled = Promise.all([...this.readers.values()].map((reader) => reader.stop()));
    await Promise.race([handled, this.abandoned.promise]);
    await this.committer.close();
    await this.group.leave(this.id).catch(this.onError);
    for (const topic of this.topics) topic.close();
  }

  private async beat(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.options.heartbeatMs);
        this.beatNow = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.isEnding) this.beatNow();
      });
      if (this.isEnding) return;
      await this.heartbeat().catch(this.onError);
    }
  }

  private async heartbeat(): Promise<void> {
    this.partitions = new Map(this.topics.map((topic) => [topic.name, topic.partitions()]));
    const { claimed, surplus } = await this.group.heartbeat(this.id, this.partitions, this.silences);
    if (this.isEnding) return;
    const [have, give] = [new Set(claimed.map(keyOf)), new Set(surplus.map(keyOf))];
    // A reader that stops stays in the way of a new one of the same partition until its last message is handled.
    for (const [key, reader] of this.readers) if (!have.has(key)) void reader.stop();
    for (const each of surplus) void this.handOver(each);
    for (const each of claimed) if (!give.has(keyOf(each)) && !this.readers.has(keyOf(each))) this.read(each);
  }

  private read(claimed: TopicPartition): void {
    const topic = this.topics.find(({ name }) => name === claimed.topic);
    if (!topic) return;
    const next = this.group.committed(claimed.topic).get(claimed.partition) ?? 0;
    const reader = new PartitionReader(topic, claimed.partition, next, {
      handle: async (message) => this.options.handle(message),
      onHandled: (progress) => this.committer.handled(progress),
      onError: this.onError,
    });
    this.readers.set(keyOf(claimed), reader);
    void reader.done.then(() => this.readers.delete(keyOf(claimed)));
  }

  private async handOver(surplus: TopicPartition): Promise<void> {
    try {
      await this.readers.get(keyOf(surplus))?.stop();
      await this.committer.flush();
      await this.group.release(this.id, surplus);
    } catch (error) {
      this.onError(error);
    }
  }
}
