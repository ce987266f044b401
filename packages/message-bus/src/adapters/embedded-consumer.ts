import { randomUUID } from 'node:crypto';
import { Notifier, waitFor } from '@rewards/async';
import type { ConsumeOptions, Consumer } from '../message-bus';
import { Outages } from '../outages';
import { BEGINNING, LivenessMonitor, keyOf, type Group, type Progress, type TopicPartition } from './embedded-group';
import { OffsetCommitter } from './embedded-offset-committer';
import { PartitionReader } from './embedded-partition-reader';
import type { TopicReader } from './embedded-topic';

const POLL_MS = 10;
/** Heartbeats that a member may miss before the others take over its partitions. */
const MISSED_HEARTBEATS = 4;

export interface EmbeddedConsumerOptions extends ConsumeOptions {
  readonly heartbeatMs: number;
}

/**
 * A member of a consumer group. Each heartbeat keeps it alive and returns its partitions; each partition has a reader. Every 10
 * ms it checks whether the topic's file was changed or replaced, which takes some microseconds.
 */
export class EmbeddedConsumer implements Consumer {
  private readonly id = randomUUID();
  private readonly readers = new Map<string, PartitionReader>();
  private readonly committer: OffsetCommitter;
  private readonly silences: LivenessMonitor;
  private readonly outages: Outages;
  private readonly polling: NodeJS.Timeout;
  /** Number of partitions of each topic, as of the last heartbeat. */
  private partitions: ReadonlyMap<string, number> = new Map();
  private beating: Promise<void> = Promise.resolve();
  private readonly beatNow = new Notifier();
  private isEnding = false;
  /** Generation of the group's file as of the last heartbeat. */
  private generation: number;
  /** Generation of a topic's file for which a reset was reported last, by topic. */
  private readonly resets = new Map<string, number>();
  private stopped: Promise<void> | null = null;
  private readonly abandoning = new AbortController();

  constructor(
    private readonly group: Group,
    private readonly topics: readonly TopicReader[],
    private readonly options: EmbeddedConsumerOptions,
  ) {
    this.outages = new Outages(options);
    this.committer = new OffsetCommitter(group, this.outages);
    this.generation = group.generation;
    this.silences = new LivenessMonitor(MISSED_HEARTBEATS * options.heartbeatMs);
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

  /** Leaves without waiting for the messages in flight: they are delivered again, to other members. */
  abandon(): Promise<void> {
    this.abandoning.abort();
    return this.stop();
  }

  /** Checks for new messages. */
  poll(): void {
    if (this.isEnding) return;
    for (const topic of this.topics) {
      try {
        for (const partition of topic.changedPartitions()) this.readers.get(keyOf({ topic: topic.name, partition }))?.wake();
        if (topic.partitions() !== this.partitions.get(topic.name)) this.beatNow.notify();
        this.outages.succeeded('poll', topic.name);
      } catch (error) {
        this.outages.failed('poll', error, topic.name);
      }
    }
  }

  private async leave(): Promise<void> {
    this.isEnding = true;
    clearInterval(this.polling);
    this.beatNow.notify();
    await this.beating;
    const handled = Promise.all([...this.readers.values()].map((reader) => reader.stop()));
    await waitFor(handled, { signal: this.abandoning.signal });
    await this.committer.close();
    await this.group.leave(this.id).catch((error: unknown) => this.outages.failed('leave', error));
    for (const topic of this.topics) topic.close();
  }

  private async beat(): Promise<void> {
    for (;;) {
      if (!this.isEnding) await this.beatNow.wait({ ms: this.options.heartbeatMs });
      if (this.isEnding) return;
      try {
        await this.heartbeat();
        this.outages.succeeded('heartbeat');
      } catch (error) {
        this.outages.failed('heartbeat', error);
      }
    }
  }

  private async heartbeat(): Promise<void> {
    this.partitions = new Map(this.topics.map((topic) => [topic.name, topic.partitions()]));
    const { claimed, surplus } = await this.group.heartbeat(this.id, this.partitions, this.silences);
    if (this.isEnding) return;
    if (this.group.generation !== this.generation) this.commitAll();
    const [claimedKeys, surplusKeys] = [new Set(claimed.map(keyOf)), new Set(surplus.map(keyOf))];
    // A stopping reader keeps its partition until its last message is handled, so no second reader starts before that.
    for (const [key, reader] of this.readers) if (!claimedKeys.has(key)) void reader.stop();
    for (const each of surplus) void this.handOver(each);
    for (const each of claimed) if (!surplusKeys.has(keyOf(each)) && !this.readers.has(keyOf(each))) this.read(each);
  }

  /** Commits all progress again, because the group's file was deleted or replaced. */
  private commitAll(): void {
    this.generation = this.group.generation;
    for (const { progress } of this.readers.values()) if (progress.next > 0) this.committer.handled(progress);
  }

  private read(claimed: TopicPartition): void {
    const topic = this.topics.find(({ name }) => name === claimed.topic);
    if (!topic) return;
    const place = this.group.committed(claimed.topic).get(claimed.partition) ?? BEGINNING;
    const reader = new PartitionReader(topic, claimed.partition, place, {
      handle: async (message, following) => this.options.handle(message, following),
      isHandled: async (message) => this.options.isHandled?.(message) ?? true,
      onHandled: (progress) => this.committer.handled(progress),
      onReset: (progress, reason) => this.reset(topic, progress, reason),
      outages: this.outages,
    });
    this.readers.set(keyOf(claimed), reader);
    void reader.done.then(() => this.readers.delete(keyOf(claimed)));
  }

  private async reset(topic: TopicReader, { partition, next }: Progress, reason: string): Promise<void> {
    await this.committer.forget({ topic: topic.name, partition });
    const { generation } = topic;
    if (this.resets.get(topic.name) === generation) return;
    this.resets.set(topic.name, generation);
    this.options.onReset?.({ topic: topic.name, partition, offset: String(next), reason });
  }

  private async handOver(surplus: TopicPartition): Promise<void> {
    try {
      await this.readers.get(keyOf(surplus))?.stop();
      await this.committer.flush();
      await this.group.release(this.id, surplus);
      this.outages.succeeded('release');
    } catch (error) {
      this.outages.failed('release', error);
    }
  }
}
