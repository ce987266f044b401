import { retry, sleep, waitFor } from '@rewards/async';
import type { Consumer as Member, EachBatchPayload, Kafka } from 'kafkajs';
import { contentHash } from '../content-hash';
import { NOT_HANDLED, type ConsumeOptions, type Consumer, type DeliveredMessage } from '../message-bus';
import { Outages } from '../outages';
import { translate, within } from './kafka-errors';
import { PartitionQueue } from './kafka-partition';

/** Messages of a partition that may wait here; above, the partition is not fetched until they are handled. */
const MAX_WAITING = 200;
const CALL_MS = 15_000;
const PAST_END = 'The topic ends before the committed offset: it was made again or restored.';
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;

/**
 * A new message arrives at once, a rebalance is noticed with the next heartbeat, and a member counts as dead when its session
 * ends. Fetched messages wait here, so heartbeats continue however long a handler takes.
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
    key,
    value,
  }));

/** What the brokers have of a partition. */
export interface CommittedOffset extends TopicPartition {
  /** -1 where nothing is committed. */
  readonly offset: bigint;
  /** Content hash of the message before it; null where it was committed without one. */
  readonly last: string | null;
  /** Of its oldest message. */
  readonly low: bigint;
  /** That its next message will have. */
  readonly high: bigint;
}

export interface KafkaConsumerOptions extends ConsumeOptions {
  /** Makes the topics that are missing. */
  readonly ensureTopics: () => Promise<unknown>;
  readonly committed: (topic: string) => Promise<readonly CommittedOffset[]>;
}

/** A member of a consumer group, which is replaced whenever kafkajs gives it up. */
export class KafkaConsumer implements Consumer {
  private readonly topics: readonly string[];
  private readonly outages: Outages;
  /** Committed offsets of this generation that are not compared yet with the message before them. */
  private unchecked: Promise<Map<string, CommittedOffset>> = Promise.resolve(new Map());
  private readonly resets = new Set<string>();
  private member: Member | null = null;
  private queues = new Map<string, PartitionQueue>();
  /** The message in flight of each partition, also after the partition was given away. */
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly paused = new Map<string, () => void>();
  /** Handled in this generation, and to be committed: the last one of each partition. */
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
    // Emitted before the first fetch of a generation: what an earlier one has fetched is delivered again, here or elsewhere.
    member.on(member.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.forget();
      this.unchecked = this.check(member, memberAssignment);
      // `take` awaits it too, and fails with it.
      this.unchecked.catch(() => undefined);
    });
    try {
      await within(CALL_MS, member.connect());
      // Otherwise a member that finds no committed offset would skip what was published before.
      await within(CALL_MS, member.subscribe({ topics: [...this.topics], fromBeginning: true }));
      await this.reportPastEnd();
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

  /** Leaves without waiting for the messages in flight: they are delivered to others again. */
  abandonAndStop(): Promise<void> {
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
    await within(CALL_MS, member.disconnect()).catch((error: unknown) => this.outages.failed('disconnect', error));
  }

  private rejoin(lost: Member, error: unknown): void {
    if (this.member !== lost || this.ending.signal.aborted) return;
    this.outages.failed('join', error);
    this.forget();
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
      for (const part of ['join', 'disconnect']) this.outages.worked(part);
    };
    const onError = (error: unknown): void => this.outages.failed('join', error);
    await retry(join, { signal, onError, firstMs: 2 * FIRST_RETRY_MS, maxMs: MAX_RETRY_MS }).catch(() => undefined);
  }

  /** An offset past the end makes kafkajs read from the beginning, but it says so to nobody, and forgets the offset. */
  private async reportPastEnd(): Promise<void> {
    this.resets.clear();
    const found = await Promise.all(this.topics.map((topic) => this.options.committed(topic)));
    for (const committed of found.flat()) if (committed.offset > committed.high) this.report(committed, PAST_END);
  }

  /**
   * Lets the first message that is fetched of each partition be the one before its committed offset, to be compared in `take`.
   * An offset past the end is not left to kafkajs: it waits at the end for a message that may take long to come.
   */
  private async check(
    member: Member,
    assignment: Readonly<Record<string, readonly number[]>>,
  ): Promise<Map<string, CommittedOffset>> {
    const found = await Promise.all(Object.keys(assignment).map((topic) => this.options.committed(topic)));
    const unchecked = new Map<string, CommittedOffset>();
    for (const committed of found.flat()) {
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

  /** Once for each topic. */
  private report({ topic, partition, offset }: CommittedOffset, reason: string): void {
    if (this.resets.has(topic)) return;
    this.resets.add(topic);
    this.options.onReset?.({ topic, partition, offset: String(offset), reason });
  }

  /** Releases all partitions. A message in flight is finished, and stays in the way of the next one of its partition. */
  private forget(): void {
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

  /** Takes what was fetched; returns at once, except that the first batch of a generation waits for the committed offsets. */
  private async take(payload: EachBatchPayload): Promise<void> {
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
        if (this.member) this.reset(this.member, committed, 'The topic holds another message before the committed offset.');
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
    if (queue.length > MAX_WAITING && !this.paused.has(key)) this.paused.set(key, payload.pause());
  }

  private openQueue(key: string): PartitionQueue {
    const queue: PartitionQueue = new PartitionQueue(this.inFlight.get(key) ?? Promise.resolve(), {
      handle: async (message) => this.options.handle(message),
      onHandled: (message) => {
        // One of an earlier generation is not committed: the partition may be another member's, who is further.
        if (this.queues.get(key) !== queue) return;
        this.handled.set(key, message);
        if (queue.length <= MAX_WAITING / 2) this.resume(key);
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

  /** Commits what was handled by then, until there is no more. */
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
        await within(CALL_MS, this.member.commitOffsets(offsets));
        this.outages.worked('commit');
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
