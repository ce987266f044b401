import { sleep } from '@rewards/async';
import { TIME_LIMITS } from '@rewards/contracts';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { MessageBusUnavailable, type ConsumeOptions, type Consumer, type Message, type MessageBus } from '../message-bus';
import { KafkaConsumer, type CommittedOffset } from './kafka-consumer';
import { translate, within } from './kafka-errors';
import { KafkaPublisher } from './kafka-publisher';

export interface KafkaMessageBusOptions {
  /** `host:port` of some brokers; they name the others. */
  readonly brokers: readonly string[];
  /** Names this client in the brokers' logs and metrics. */
  readonly clientId: string;
  /** Of topics that are made from now on; those that are there keep theirs. */
  readonly partitions?: number;
  /** Begins the names of topics and groups, so that several systems share one cluster. */
  readonly prefix?: string;
}

const MAX_REPLICAS = 3;
const LOOK_MS = 100;
const MAX_LOOKS = 80;
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Opens a bus on Kafka. It connects when it is used, and again after an outage. */
export const openKafkaMessageBus = (options: KafkaMessageBusOptions): MessageBus => new KafkaMessageBus(options);

class KafkaMessageBus implements MessageBus {
  private readonly kafka: Kafka;
  private readonly partitions: number;
  private readonly prefix: string;
  private readonly publisher: KafkaPublisher;
  private readonly consumers = new Set<KafkaConsumer>();
  private readonly topics = new Map<string, Promise<void>>();
  private admin: Promise<Admin> | null = null;
  private closed: Promise<void> | null = null;

  constructor({ brokers, clientId, partitions = 8, prefix = '' }: KafkaMessageBusOptions) {
    this.kafka = new Kafka({
      brokers: [...brokers],
      clientId,
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3_000,
      requestTimeout: TIME_LIMITS.engineMs,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    this.partitions = partitions;
    this.prefix = prefix;
    this.publisher = new KafkaPublisher(this.kafka);
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    this.checkOpen();
    if (messages.length === 0) return;
    const name = this.prefix + topic;
    await this.ensureTopic(name);
    try {
      await this.publisher.publish(name, messages);
    } catch (error) {
      // It was deleted since: the next call makes it again.
      if (isUnknownTopic(error)) this.topics.delete(name);
      throw error;
    }
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.checkOpen();
    const { prefix } = this;
    const topics = options.topics.map((topic) => prefix + topic);
    await Promise.all(topics.map((topic) => this.ensureTopic(topic)));
    const consumer = new KafkaConsumer(this.kafka, {
      ...options,
      group: prefix + options.group,
      topics,
      handle: (message) => options.handle({ ...message, topic: message.topic.slice(prefix.length) }),
      onReset: (reset) => options.onReset?.({ ...reset, topic: reset.topic.slice(prefix.length) }),
      ensureTopics: () => {
        for (const topic of topics) this.topics.delete(topic);
        return Promise.all(topics.map((topic) => this.ensureTopic(topic)));
      },
      committed: (topic) => this.committedIfAny(prefix + options.group, topic),
    });
    this.consumers.add(consumer);
    try {
      await consumer.join();
    } catch (error) {
      this.consumers.delete(consumer);
      throw error;
    }
    return { stop: () => consumer.stop().finally(() => this.consumers.delete(consumer)) };
  }

  async lag(group: string, topic: string): Promise<number> {
    this.checkOpen();
    try {
      const partitions = await this.committed(this.prefix + group, this.prefix + topic);
      // An offset past the end is of an earlier topic of this name: nothing of this one is committed.
      const firstOf = ({ offset, low, high }: CommittedOffset) => (offset > high || offset < low ? low : offset);
      return partitions.reduce((lag, partition) => lag + Number(partition.high - firstOf(partition)), 0);
    } catch (error) {
      if (isUnknownTopic(error)) return 0;
      throw error;
    }
  }

  async ping(): Promise<void> {
    this.checkOpen();
    await this.ask((admin) => admin.describeCluster());
  }

  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.abandonAndStop()));
    await this.publisher.close();
    const admin = await this.admin?.catch(() => null);
    await admin?.disconnect();
  }

  private async committed(groupId: string, topic: string): Promise<readonly CommittedOffset[]> {
    // The offsets first: taken the other way round, they could be past the end.
    const offsets = await this.offsets(groupId, topic);
    const ends = await this.ask((admin) => admin.fetchTopicOffsets(topic));
    return ends.map(({ partition, low, high }) => {
      const { offset = '-1', metadata = null } = offsets.get(partition) ?? {};
      const last = metadata || null;
      return { topic, partition, offset: BigInt(offset), last, low: BigInt(low), high: BigInt(high) };
    });
  }

  /** The same for a member that joins. Where nothing is committed it asks no more: a topic just made may have no leader yet. */
  private async committedIfAny(groupId: string, topic: string): Promise<readonly CommittedOffset[]> {
    const offsets = await this.offsets(groupId, topic);
    return [...offsets.values()].some(({ offset }) => BigInt(offset) >= 0n) ? this.committed(groupId, topic) : [];
  }

  private async offsets(groupId: string, topic: string) {
    const [committed] = await this.ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
    return new Map(committed?.partitions.map((each) => [each.partition, each]));
  }

  private checkOpen(): void {
    if (this.closed) throw new MessageBusUnavailable('the bus is closed');
  }

  /** Makes the topic if it is missing, without a limit of retention: what a group has not handled must stay. */
  private ensureTopic(topic: string): Promise<void> {
    const ensured = this.topics.get(topic) ?? this.createTopic(topic);
    this.topics.set(topic, ensured);
    ensured.catch(() => this.topics.delete(topic));
    return ensured;
  }

  /** Over a connection of its own: kafkajs refuses everything on one that has asked for a topic that was deleted since. */
  private async createTopic(topic: string): Promise<void> {
    try {
      await within(
        TIME_LIMITS.engineMs,
        this.withAdmin((admin) => this.create(admin, topic)),
      );
    } catch (error) {
      throw isUnknownTopic(error)
        ? new MessageBusUnavailable(`${topic} is not known to the brokers yet`, { cause: error })
        : translate(error);
    }
  }

  private async create(admin: Admin, topic: string): Promise<void> {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = Math.min(brokers.length, MAX_REPLICAS);
    const configEntries = [
      { name: 'retention.ms', value: '-1' },
      { name: 'retention.bytes', value: '-1' },
      // Acknowledged by two, a message outlives the loss of one; and one of three may be unavailable without stopping the others.
      { name: 'min.insync.replicas', value: replicationFactor === MAX_REPLICAS ? '2' : '1' },
    ];
    const made = { topic, numPartitions: this.partitions, replicationFactor, configEntries };
    await admin.createTopics({ topics: [made], waitForLeaders: false });
    await untilKnown(admin, topic);
  }

  private async withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = await this.connectAdmin();
    try {
      await work(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Asks over one connection, which is discarded when it fails. */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connecting = (this.admin ??= this.connectAdmin());
    try {
      return await within(TIME_LIMITS.engineMs, connecting.then(question));
    } catch (error) {
      if (!isUnknownTopic(error) && this.admin === connecting) {
        this.admin = null;
        void connecting.then((admin) => admin.disconnect()).catch(() => undefined);
      }
      throw isUnknownTopic(error) ? error : translate(error);
    }
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      await admin.disconnect().catch(() => undefined);
      throw error;
    }
  }
}

/** The brokers learn of a new topic one after the other; until then they say that there is none. */
const untilKnown = async (admin: Admin, topic: string): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
      return;
    } catch (error) {
      if (!isUnknownTopic(error) || tries >= MAX_LOOKS) throw error;
    }
    await sleep(LOOK_MS);
  }
};

const isUnknownTopic = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { type, cause } = error as { readonly type?: string; readonly cause?: unknown };
  return type === UNKNOWN_TOPIC || isUnknownTopic(cause);
};
