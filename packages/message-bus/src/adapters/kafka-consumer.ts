import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer as Member, EachBatchPayload, Kafka } from 'kafkajs';
import type { ConsumeOptions, Consumer, DeliveredMessage } from '../message-bus';
import { translate, within } from './kafka-errors';
import { PartitionQueue } from './kafka-partition';

/** Messages of a partition that may wait here; above, the partition is not fetched until they are handled. */
const MAX_WAITING = 200;
const CALL_MS = 15_000;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;

/**
 * How soon a member is told of a new message (at once), of a rebalance (a heartbeat) and is taken for dead (its session ends).
 * What is fetched waits here, so heartbeats go on however long a handler takes.
 */
const MEMBER = {
  sessionTimeout: 10_000,
  heartbeatInterval: 1_000,
  maxWaitTimeInMs: 500,
  maxBytesPerPartition: 1_048_576,
  allowAutoTopicCreation: false,
} as const;

interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const toMessages = ({ batch: { topic, partition, messages } }: EachBatchPayload): DeliveredMessage[] =>
  messages.map(({ key, value, offset }) => ({
    topic,
    partition,
    offset,
    key: key?.toString() ?? '',
    value: value?.toString() ?? '',
  }));

/** A member of a consumer group, which is made anew whenever kafkajs gives it up. */
export class KafkaConsumer implements Consumer {
  private readonly topics: readonly string[];
  private readonly onError: (error: unknown) => void;
  private member: Member | null = null;
  private queues = new Map<string, PartitionQueue>();
  /** What of each partition is still in hand, also after it was given away. */
  private readonly inHand = new Map<string, Promise<void>>();
  private readonly paused = new Map<string, () => void>();
  /** Handled in this generation, and to be committed: the last one of each partition. */
  private handled = new Map<string, DeliveredMessage>();
  private committing: Promise<void> | null = null;
  private readonly ending = new AbortController();
  private rejoining: Promise<void> | null = null;
  private stopped: Promise<void> | null = null;
  private abandon: () => void = () => undefined;
  private readonly abandoned = new Promise<void>((resolve) => (this.abandon = resolve));

  constructor(
    private readonly kafka: Kafka,
    private readonly options: ConsumeOptions,
  ) {
    this.topics = [...new Set(options.topics)];
    this.onError = options.onError ?? (() => undefined);
  }

  /** @throws MessageBusUnavailable when the group cannot be joined */
  async join(): Promise<void> {
    const member = this.kafka.consumer({
      ...MEMBER,
      groupId: this.options.group,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    this.member = member;
    let crash: Error | null = null;
    let isRunning = false;
    member.on(member.events.CRASH, ({ payload: { error } }) => {
      crash = error;
      if (isRunning) this.rejoin(member, error);
    });
    // Told before the first fetch of a generation: what an earlier one has fetched is delivered again, here or elsewhere.
    member.on(member.events.GROUP_JOIN, () => this.forget());
    try {
      await within(CALL_MS, member.connect());
      // Otherwise a member that finds no committed offset would skip what was published before.
      await within(CALL_MS, member.subscribe({ topics: [...this.topics], fromBeginning: true }));
      await member.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (batch) => this.take(batch) });
      if (crash) throw crash;
    } catch (error) {
      await this.dismiss(member);
      throw translate(error);
    }
    isRunning = true;
  }

  stop(): Promise<void> {
    this.stopped ??= this.leave();
    return this.stopped;
  }

  /** Leaves without waiting for the messages in hand: they are delivered to others again. */
  abandonAndStop(): Promise<void> {
    this.abandon();
    return this.stop();
  }

  private async leave(): Promise<void> {
    this.ending.abort();
    const handled = Promise.all([...this.inHand.values(), ...[...this.queues.values()].map((queue) => queue.stop())]);
    await Promise.race([handled, this.abandoned]);
    await this.rejoining;
    await this.commit();
    const { member } = this;
    if (member) await this.dismiss(member);
  }

  private async dismiss(member: Member): Promise<void> {
    if (this.member === member) this.member = null;
    await within(CALL_MS, member.disconnect()).catch(this.onError);
  }

  private rejoin(lost: Member, error: unknown): void {
    if (this.member !== lost || this.ending.signal.aborted) return;
    this.onError(error);
    this.forget();
    this.rejoining = this.joinAgain(lost);
  }

  private async joinAgain(lost: Member): Promise<void> {
    const { signal } = this.ending;
    await this.dismiss(lost);
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        return await this.join();
      } catch (error) {
        this.onError(error);
      }
    }
  }

  /** Lets go of all partitions. A message in hand is finished, and stays in the way of the next one of its partition. */
  private forget(): void {
    for (const [key, queue] of this.queues) {
      const done = queue.stop();
      this.inHand.set(key, done);
      void done.then(() => this.inHand.get(key) === done && this.inHand.delete(key));
    }
    this.queues = new Map();
    this.handled = new Map();
    for (const resume of this.paused.values()) resume();
    this.paused.clear();
  }

  /** Takes what was fetched; returns at once. */
  private async take(payload: EachBatchPayload): Promise<void> {
    if (this.ending.signal.aborted || !payload.isRunning() || payload.isStale()) return;
    const key = keyOf(payload.batch);
    const queue = this.queues.get(key) ?? this.openQueue(key);
    queue.push(toMessages(payload));
    payload.resolveOffset(payload.batch.lastOffset());
    if (queue.length > MAX_WAITING && !this.paused.has(key)) this.paused.set(key, payload.pause());
  }

  private openQueue(key: string): PartitionQueue {
    const queue: PartitionQueue = new PartitionQueue(this.inHand.get(key) ?? Promise.resolve(), {
      handle: async (message) => this.options.handle(message),
      onHandled: (message) => {
        // One of an earlier generation is not committed: the partition may be another member's, who is further.
        if (this.queues.get(key) !== queue) return;
        this.handled.set(key, message);
        if (queue.length <= MAX_WAITING / 2) this.resume(key);
        this.committing ??= this.commit();
      },
      onError: this.onError,
    });
    this.queues.set(key, queue);
    return queue;
  }

  private resume(key: string): void {
    this.paused.get(key)?.();
    this.paused.delete(key);
  }

  /** Commits what was handled by then, until there is no more. */
  private async commit(): Promise<void> {
    await this.committing;
    const { signal } = this.ending;
    while (this.handled.size > 0 && this.member) {
      const [generation, batch] = [this.handled, [...this.handled]];
      const offsets = batch.map(([, { topic, partition, offset }]) => ({ topic, partition, offset: `${BigInt(offset) + 1n}` }));
      try {
        await within(CALL_MS, this.member.commitOffsets(offsets));
        for (const [key, message] of batch) if (generation.get(key) === message) generation.delete(key);
      } catch (error) {
        this.onError(error);
        if (signal.aborted) break;
        await delay(FIRST_RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    this.committing = null;
  }
}
