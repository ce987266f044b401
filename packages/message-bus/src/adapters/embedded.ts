import { existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { retryWhileBusy, type RunCommit } from '@rewards/sqlite';
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
import { BEGINNING, Group, committedIn, type Place } from './embedded-group';
import { TopicReader, TopicWriter } from './embedded-topic';

export interface EmbeddedMessageBusOptions {
  /** Holds a file per topic, written by its producers, and one per consumer group, written by its members. */
  readonly directory: string;
  /** Of topics that are made from now on; those that are there keep theirs. */
  readonly partitions?: number;
  /** How often a consumer says that it lives; the others take over from one that missed four. The same for all members. */
  readonly heartbeatMs?: number;
  /** Runs each commit; by default as it is. */
  readonly runCommit?: RunCommit;
}

/**
 * Opens a bus on SQLite files, shared by the processes of one machine. Messages are kept for ever: a topic's file grows by
 * the size of its messages, a group's file does not grow.
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
  /** Of any of its files, so that a ping tells of those too that it does not write. */
  private damage: MessageBusDamaged | null = null;

  constructor({ directory, partitions = 8, heartbeatMs = 1_000, runCommit }: EmbeddedMessageBusOptions) {
    this.directory = directory;
    this.partitions = partitions;
    this.heartbeatMs = heartbeatMs;
    this.runCommit = runCommit;
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    this.checkOpen();
    if (messages.length === 0) return;
    try {
      const writer = this.writers.get(topic) ?? new TopicWriter(this.topicFile(topic), this.partitions, this.runCommit);
      this.writers.set(topic, writer);
      await writer.append(messages);
    } catch (error) {
      throw this.noted(error);
    }
    for (const consumer of this.consumers) consumer.poll();
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.checkOpen();
    const topics = [...new Set(options.topics)].map((topic) => new TopicReader(topic, this.topicFile(topic)));
    const group = this.openGroup(options.group);
    const consumer = new EmbeddedConsumer(group, topics, {
      ...options,
      onError: (error) => options.onError?.(this.noted(error)),
      heartbeatMs: this.heartbeatMs,
    });
    this.consumers.add(consumer);
    try {
      await consumer.join();
    } catch (error) {
      this.consumers.delete(consumer);
      throw this.noted(error);
    }
    return { stop: () => consumer.stop().finally(() => this.consumers.delete(consumer)) };
  }

  async lag(group: string, topic: string): Promise<number> {
    this.checkOpen();
    const reader = new TopicReader(topic, this.topicFile(topic));
    try {
      return await retryWhileBusy(() => {
        // The offsets first: taken the other way round, they could be past the end.
        const committed = this.committedOf(group, topic);
        return reader.ends().reduce((lag, end, partition) => {
          const place = committed.get(partition) ?? BEGINNING;
          return lag + end - (typeof reader.after(partition, place, 0) === 'string' ? 0 : place.next);
        }, 0);
      });
    } catch (error) {
      throw this.noted(error);
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
      const translated = this.noted(error);
      if (translated !== error) throw translated;
      throw new MessageBusUnavailable(`cannot use ${this.directory}: ${String(error)}`, { cause: error });
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
      throw this.noted(error);
    }
  }

  /** @returns the error of the port, and keeps one that no retry repairs */
  private noted(error: unknown): unknown {
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
      return committedIn(database, topic);
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

/** Kafka's rule, and safe in a file's name. */
const checkName = (name: string): string => {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name))
    throw new TypeError('topics and groups are named by letters, digits, ".", "_" and "-"');
  return name;
};
