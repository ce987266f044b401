import { retry, sleep, waitFor } from '@rewards/async';
import type { Consumer as Member, EachBatchPayload, Kafka } from 'kafkajs';
import { contentHash } from '../content-hash';
import { textHeaders } from '../headers';
import { NOT_HANDLED, type ConsumeOptions, type Consumer, type DeliveredMessage } from '../message-bus';
import { Outages } from '../outages';
import { translate, withTimeout } from './kafka-errors';
import { PartitionQueue } from './kafka-partition-queue';

/** Pending messages of a partition above which fetching the partition pauses. */
const MAX_PENDING = 200;
const CALL_MS = 15_000;
const PAST_END = 'The topic ends before the committed offset: it was recreated or restored.';
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;

/**
 * New messages arrive immediately, the next heartbeat detects a rebalance, and a member is dead when its session times out.
 * Fetched messages are queued here, so heartbeats continue while a slow handler runs.
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
  messages.map(({ key, value, offset, headers }) => ({
    topic,
    partition,
    offset,
    key,
    value,
    headers: textHeaders(headers),
  }));

/** The offsets of a partition according to the brokers. */
export interface CommittedOffset extends TopicPartition {
  /** The committed offset; -1 if nothing is committed. */
  readonly offset: bigint;
  /** Content hash of the message before it; null if it was committed without one. */
  readonly last: string | null;
  /** Offset of the oldest message. */
  readonly low: bigint;
  /** Offset of the next message. */
  readonly high: bigint;
}

export interface KafkaConsumerOptions extends ConsumeOptions {
  /** Creates the missing topics. */
  readonly ensureTopics: () => Promise<unknown>;
  readonly committed: (topic: string) => Promise<readonly CommittedOffset[]>;
}

/** A consumer in a group. When the kafkajs member crashes, it joins again with a new one. */
export class KafkaConsumer implements Consumer {
  private readonly topics: readonly string[];
  private readonly outages: Outages;
  /** Committed offsets of this generation that have not been compared with the message before them. */
  private unchecked: Promise<Map<string, CommittedOffset>> = Promise.resolve(new Map());
  private readonly resets = new Set<string>();
  private member: Member | null = null;
  private queues = new Map<string, PartitionQueue>();
  /** The message in flight of each partition, including partitions that were revoked. */
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly paused = new Map<string, () => void>();
  /** The last handled message of each partition in this generation that is not committed. */
  private handled = new Map<string, DeliveredMessage>();
  private committing: Promise<void> | null = null;
  private readonly ending = new AbortController();
  private rejoining: Promise<void> | null = null;
  private stopped: Promise<void> | null = null;
  private readonly abandoning = new AbortController();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: KafkaConsumerOptions,
  ) {
    this.topics = [...new Set(options.topics)];
    this.outages = new Outages(options);
  }

  /** Joins the group. @throws MessageBusUnavailable if the group cannot be joined */
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
    // Emitted before the first fetch of a generation. Messages fetched in an earlier one are delivered again, to any member.
    member.on(member.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.releaseAll();
      this.unchecked = this.check(member, memberAssignment);
      // `enqueue` awaits the same promise and reports its failure.
      this.unchecked.catch(() => undefined);
    });
    try {
      await withTimeout(CALL_MS, member.connect());
      // Without this, a member without a committed offset would skip earlier messages.
      await withTimeout(CALL_MS, member.subscribe({ topics: [...this.topics], fromBeginning: true }));
      await this.reportPastEnd();
      await member.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (batch) => this.enqueue(batch) });
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

  /** Leaves without waiting for the messages in flight: they are delivered again, to other members. */
  abandon(): Promise<void> {
    this.abandoning.abort();
    return this.stop();
  }

  private async leave(): Promise<void> {
    this.ending.abort();
    const handled = Promise.all([...this.inFlight.values(), ...[...this.queues.values()].map((queue) => queue.stop())]);
    await waitFor(handled, { signal: this.abandoning.signal });
    await this.rejoining;
    await this.commit();
    const { member } = this;
    if (member) await this.dismiss(member);
  }

  private async dismiss(member: Member): Promise<void> {
    if (this.member === member) this.member = null;
    await withTimeout(CALL_MS, member.disconnect()).catch((error: unknown) => this.outages.failed('disconnect', error));
  }

  private rejoin(lost: Member, error: unknown): void {
    if (this.member !== lost || this.ending.signal.aborted) return;
    this.outages.failed('join', error);
    this.releaseAll();
    this.rejoining = this.joinAgain(lost);
  }

  private async joinAgain(lost: Member): Promise<void> {
    const { signal } = this.ending;
    await this.dismiss(lost);
    await sleep(FIRST_RETRY_MS, { signal });
    if (signal.aborted) return;
    const join = async (): Promise<void> => {
      await this.options.ensureTopics();
      await this.join();
      for (const part of ['join', 'disconnect']) this.outages.succeeded(part);
    };
    const onError = (error: unknown): void => this.outages.failed('join', error);
    await retry(join, { signal, onError, firstMs: 2 * FIRST_RETRY_MS, maxMs: MAX_RETRY_MS }).catch(() => undefined);
  }

  /** Reports offsets past the end. kafkajs would read such a partition from its beginning without reporting it. */
  private async reportPastEnd(): Promise<void> {
    this.resets.clear();
    const offsets = await Promise.all(this.topics.map((topic) => this.options.committed(topic)));
    for (const committed of offsets.flat()) if (committed.offset > committed.high) this.report(committed, PAST_END);
  }

  /**
   * Seeks each partition to the message before its committed offset, so that `enqueue` can compare that message first. Resets an
   * offset past the end, because kafkajs would wait at the end for the next message.
   * @returns the committed offsets to compare, by partition
   */
  private async check(
    member: Member,
    assignment: Readonly<Record<string, readonly number[]>>,
  ): Promise<Map<string, CommittedOffset>> {
    const offsets = await Promise.all(Object.keys(assignment).map((topic) => this.options.committed(topic)));
    const unchecked = new Map<string, CommittedOffset>();
    for (const committed of offsets.flat()) {
      const { topic, partition, offset, last, low, high } = committed;
      if (!assignment[topic]?.includes(partition)) continue;
      if (offset > high) this.reset(member, committed, PAST_END);
      else if (offset > low && last !== null) {
        unchecked.set(keyOf(committed), committed);
        member.seek({ topic, partition, offset: String(offset - 1n) });
      }
    }
    return unchecked;
  }

  private reset(member: Member, committed: CommittedOffset, reason: string): void {
    const { topic, partition, low } = committed;
    member.seek({ topic, partition, offset: String(low) });
    this.report(committed, reason);
  }

  /** Reports a reset once for each topic. */
  private report({ topic, partition, offset }: CommittedOffset, reason: string): void {
    if (this.resets.has(topic)) return;
    this.resets.add(topic);
    this.options.onReset?.({ topic, partition, offset: String(offset), reason });
  }

  /** Releases all partitions. A message in flight still finishes, and the next one of its partition waits for it. */
  private releaseAll(): void {
    for (const [key, queue] of this.queues) {
      const done = queue.stop();
      this.inFlight.set(key, done);
      void done.then(() => this.inFlight.get(key) === done && this.inFlight.delete(key));
    }
    this.queues = new Map();
    this.handled = new Map();
    for (const resume of this.paused.values()) resume();
    this.paused.clear();
  }

  /** Queues fetched messages without waiting for handlers. The first batch of a generation waits for the committed offsets. */
  private async enqueue(payload: EachBatchPayload): Promise<void> {
    const unchecked = await this.unchecked;
    if (this.ending.signal.aborted || !payload.isRunning() || payload.isStale()) return;
    const key = keyOf(payload.batch);
    let messages = toMessages(payload);
    const committed = unchecked.get(key);
    if (committed) {
      const [before] = messages;
      if (!before) return;
      unchecked.delete(key);
      if (contentHash(before) !== committed.last) {
        if (this.member) this.reset(this.member, committed, 'The topic has another message before the committed offset.');
        return;
      }
      if ((await this.options.isHandled?.(before)) === false) {
        if (this.member) this.reset(this.member, committed, NOT_HANDLED);
        return;
      }
      messages = messages.slice(1);
    }
    const queue = this.queues.get(key) ?? this.openQueue(key);
    queue.push(messages);
    payload.resolveOffset(payload.batch.lastOffset());
    if (queue.length > MAX_PENDING && !this.paused.has(key)) this.paused.set(key, payload.pause());
  }

  private openQueue(key: string): PartitionQueue {
    const queue: PartitionQueue = new PartitionQueue(this.inFlight.get(key) ?? Promise.resolve(), {
      handle: async (message, following) => this.options.handle(message, following),
      onHandled: (message) => {
        // Never commit a message of an earlier generation: another member may own the partition and be further ahead.
        if (this.queues.get(key) !== queue) return;
        this.handled.set(key, message);
        if (queue.length <= MAX_PENDING / 2) this.resume(key);
        this.committing ??= this.commit();
      },
      outages: this.outages,
    });
    this.queues.set(key, queue);
    return queue;
  }

  private resume(key: string): void {
    this.paused.get(key)?.();
    this.paused.delete(key);
  }

  /** Commits handled offsets until none is pending. */
  private async commit(): Promise<void> {
    await this.committing;
    const { signal } = this.ending;
    while (this.handled.size > 0 && this.member) {
      const [generation, batch] = [this.handled, [...this.handled]];
      const offsets = batch.map(([, message]) => ({
        topic: message.topic,
        partition: message.partition,
        offset: String(BigInt(message.offset) + 1n),
        metadata: contentHash(message),
      }));
      try {
        await withTimeout(CALL_MS, this.member.commitOffsets(offsets));
        this.outages.succeeded('commit');
        for (const [key, message] of batch) if (generation.get(key) === message) generation.delete(key);
      } catch (error) {
        this.outages.failed('commit', error);
        if (signal.aborted) break;
        await sleep(FIRST_RETRY_MS, { signal });
      }
    }
    this.committing = null;
  }
}
