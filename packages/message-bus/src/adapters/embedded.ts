import { existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { retryWhileBusy, type RunCommit } from '@rewards/sqlite';
import { assertHeaders } from '../headers';
import {
  MessageBusDamaged,
  MessageBusUnavailable,
  type ConsumeOptions,
  type Consumer,
  type Message,
  type MessageBus,
} from '../message-bus';
import { EmbeddedConsumer } from './embedded-consumer';
import { isMissingTable, open, translate } from './embedded-engine';
import { BEGINNING, Group, readCommitted, type Place } from './embedded-group';
import { TopicReader, TopicWriter } from './embedded-topic';

export interface EmbeddedMessageBusOptions {
  /** Directory with one file for each topic, written by its producers, and one for each consumer group, written by its members. */
  readonly directory: string;
  /** Number of partitions of new topics; existing topics keep theirs. */
  readonly partitions?: number;
  /** Heartbeat interval. After four missed heartbeats, other members take over. Must be the same for all members. */
  readonly heartbeatMs?: number;
  /** Wraps each commit; by default, the commit runs directly. */
  readonly runCommit?: RunCommit;
}

/**
 * Opens a bus on SQLite files, which the processes of one machine share. Messages are never deleted: a topic's file grows with
 * each message. A group's file does not grow.
 */
export const openEmbeddedMessageBus = (options: EmbeddedMessageBusOptions): MessageBus => new EmbeddedMessageBus(options);

class EmbeddedMessageBus implements MessageBus {
  private readonly writers = new Map<string, TopicWriter>();
  private readonly groups = new Map<string, Group>();
  private readonly consumers = new Set<EmbeddedConsumer>();
  private readonly directory: string;
  private readonly partitions: number;
  private readonly heartbeatMs: number;
  private readonly runCommit: RunCommit | undefined;
  private closed: Promise<void> | null = null;
  /** The first damage of any of its files, so that a ping also reports damage in files that this bus only reads. */
  private damage: MessageBusDamaged | null = null;

  constructor({ directory, partitions = 8, heartbeatMs = 1_000, runCommit }: EmbeddedMessageBusOptions) {
    this.directory = directory;
    this.partitions = partitions;
    this.heartbeatMs = heartbeatMs;
    this.runCommit = runCommit;
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    this.checkOpen();
    assertHeaders(messages);
    if (messages.length === 0) return;
    try {
      const writer = this.writers.get(topic) ?? new TopicWriter(this.topicFile(topic), this.partitions, this.runCommit);
      this.writers.set(topic, writer);
      await writer.append(messages);
    } catch (error) {
      throw this.recorded(error);
    }
    for (const consumer of this.consumers) consumer.poll();
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.checkOpen();
    const topics = [...new Set(options.topics)].map((topic) => new TopicReader(topic, this.topicFile(topic)));
    const group = this.openGroup(options.group);
    const consumer = new EmbeddedConsumer(group, topics, {
      ...options,
      onError: (error) => options.onError?.(this.recorded(error)),
      heartbeatMs: this.heartbeatMs,
    });
    this.consumers.add(consumer);
    try {
      await consumer.join();
    } catch (error) {
      this.consumers.delete(consumer);
      throw this.recorded(error);
    }
    return { stop: () => consumer.stop().finally(() => this.consumers.delete(consumer)) };
  }

  async lag(group: string, topic: string): Promise<number> {
    this.checkOpen();
    const reader = new TopicReader(topic, this.topicFile(topic));
    try {
      return await retryWhileBusy(() => {
        // Read the offsets first: read after the ends, they could be past an end.
        const committed = this.committedOf(group, topic);
        return reader.ends().reduce((lag, end, partition) => {
          const place = committed.get(partition) ?? BEGINNING;
          return lag + end - (typeof reader.after(partition, place, 0) === 'string' ? 0 : place.next);
        }, 0);
      });
    } catch (error) {
      throw this.recorded(error);
    } finally {
      reader.close();
    }
  }

  async ping(): Promise<void> {
    this.checkOpen();
    if (this.damage) throw this.damage;
    try {
      await Promise.all([...this.writers.values(), ...this.groups.values()].map((file) => file.probe()));
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await access(this.directory, constants.R_OK | constants.W_OK);
    } catch (error) {
      const translated = this.recorded(error);
      if (translated !== error) throw translated;
      throw new MessageBusUnavailable(`cannot read and write ${this.directory}: ${String(error)}`, { cause: error });
    }
  }

  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.abandon()));
    for (const each of [...this.writers.values(), ...this.groups.values()]) await each.close();
  }

  private openGroup(name: string): Group {
    try {
      const group = this.groups.get(name) ?? new Group(this.groupFile(name), this.runCommit);
      this.groups.set(name, group);
      return group;
    } catch (error) {
      throw this.recorded(error);
    }
  }

  /** Translates an error to the port's, and remembers a damaged file. */
  private recorded(error: unknown): unknown {
    const translated = translate(error);
    if (translated instanceof MessageBusDamaged) this.damage = translated;
    return translated;
  }

  private checkOpen(): void {
    if (this.closed) throw new MessageBusUnavailable('the bus is closed');
  }

  private committedOf(group: string, topic: string): ReadonlyMap<number, Place> {
    const own = this.groups.get(group);
    if (own) return own.committed(topic);
    const file = this.groupFile(group);
    if (!existsSync(file)) return new Map();
    const database = open({ file, queryOnly: true });
    try {
      return readCommitted(database, topic);
    } catch (error) {
      if (isMissingTable(error)) return new Map();
      throw error;
    } finally {
      database.close();
    }
  }

  private topicFile(topic: string): string {
    return join(this.directory, `topic-${checkName(topic)}.db`);
  }

  private groupFile(group: string): string {
    return join(this.directory, `group-${checkName(group)}.db`);
  }
}

/** Kafka's rule for names, which is also safe in a file name. */
const checkName = (name: string): string => {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name))
    throw new TypeError('the name of a topic or group must have 1 to 200 letters, digits, ".", "_" or "-"');
  return name;
};
