import { sleep } from '@rewards/async';
import { TIME_LIMITS } from '@rewards/contracts';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { assertHeaders } from '../headers';
import { MessageBusUnavailable, type ConsumeOptions, type Consumer, type Message, type MessageBus } from '../message-bus';
import { KafkaConsumer, type CommittedOffset } from './kafka-consumer';
import { translate, withTimeout } from './kafka-errors';
import { KafkaPublisher } from './kafka-publisher';

export interface KafkaMessageBusOptions {
  /** `host:port` of some brokers, from which the client discovers the others. */
  readonly brokers: readonly string[];
  /** Name of this client in the brokers' logs and metrics. */
  readonly clientId: string;
  /** Number of partitions of new topics; existing topics keep theirs. */
  readonly partitions?: number;
  /** Prefix of the names of topics and groups, so that several systems can share one cluster. */
  readonly prefix?: string;
}

const MAX_REPLICAS = 3;
const METADATA_POLL_MS = 100;
const MAX_METADATA_POLLS = 80;
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Opens a bus on Kafka. It connects on first use and reconnects after an outage. */
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
    assertHeaders(messages);
    if (messages.length === 0) return;
    const name = this.prefix + topic;
    await this.ensureTopic(name);
    try {
      await this.publisher.publish(name, messages);
    } catch (error) {
      // The topic was deleted: the next call creates it again.
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
      // A renamed message is another object each time, so with a prefix none is shown in advance.
      handle: (message, following) =>
        prefix === ''
          ? options.handle(message, following)
          : options.handle({ ...message, topic: message.topic.slice(prefix.length) }, []),
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
      // An offset past the end belongs to an earlier topic of this name: nothing of the current one is committed.
      const firstOf = ({ offset, low, high }: CommittedOffset) => (offset > high || offset < low ? low : offset);
      return partitions.reduce((lag, partition) => lag + Number(partition.high - firstOf(partition)), 0);
    } catch (error) {
      if (isUnknownTopic(error)) return 0;
      throw error;
    }
  }

  async ping(): Promise<void> {
    this.checkOpen();
    await this.request((admin) => admin.describeCluster());
  }

  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.abandon()));
    await this.publisher.close();
    const admin = await this.admin?.catch(() => null);
    await admin?.disconnect();
  }

  private async committed(groupId: string, topic: string): Promise<readonly CommittedOffset[]> {
    // Read the offsets first: read after the ends, they could be past an end.
    const offsets = await this.offsets(groupId, topic);
    const ends = await this.request((admin) => admin.fetchTopicOffsets(topic));
    return ends.map(({ partition, low, high }) => {
      const { offset = '-1', metadata = null } = offsets.get(partition) ?? {};
      const last = metadata || null;
      return { topic, partition, offset: BigInt(offset), last, low: BigInt(low), high: BigInt(high) };
    });
  }

  /** Like `committed`, for a joining member. If nothing is committed, it skips the ends: a new topic may have no leader yet. */
  private async committedIfAny(groupId: string, topic: string): Promise<readonly CommittedOffset[]> {
    const offsets = await this.offsets(groupId, topic);
    return [...offsets.values()].some(({ offset }) => BigInt(offset) >= 0n) ? this.committed(groupId, topic) : [];
  }

  private async offsets(groupId: string, topic: string) {
    const [committed] = await this.request((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
    return new Map(committed?.partitions.map((each) => [each.partition, each]));
  }

  private checkOpen(): void {
    if (this.closed) throw new MessageBusUnavailable('the bus is closed');
  }

  /** Creates the topic if it is missing, with unlimited retention, so that unhandled messages are never deleted. */
  private ensureTopic(topic: string): Promise<void> {
    const ensured = this.topics.get(topic) ?? this.createTopic(topic);
    this.topics.set(topic, ensured);
    ensured.catch(() => this.topics.delete(topic));
    return ensured;
  }

  /** Uses a separate connection: after a topic is deleted, kafkajs rejects every call on a connection that has requested it. */
  private async createTopic(topic: string): Promise<void> {
    try {
      await withTimeout(
        TIME_LIMITS.engineMs,
        this.withAdmin((admin) => this.create(admin, topic)),
      );
    } catch (error) {
      throw isUnknownTopic(error)
        ? new MessageBusUnavailable(`the brokers do not have the new topic ${topic} yet`, { cause: error })
        : translate(error);
    }
  }

  private async create(admin: Admin, topic: string): Promise<void> {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = Math.min(brokers.length, MAX_REPLICAS);
    const configEntries = [
      { name: 'retention.ms', value: '-1' },
      { name: 'retention.bytes', value: '-1' },
      // With two acknowledgements, a message survives the loss of one replica, and one of three may be unavailable.
      { name: 'min.insync.replicas', value: replicationFactor === MAX_REPLICAS ? '2' : '1' },
    ];
    const newTopic = { topic, numPartitions: this.partitions, replicationFactor, configEntries };
    await admin.createTopics({ topics: [newTopic], waitForLeaders: false });
    await waitForTopic(admin, topic);
  }

  private async withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = await this.connectAdmin();
    try {
      await work(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Sends a request over a shared connection, and discards the connection after a failure. */
  private async request<T>(send: (admin: Admin) => Promise<T>): Promise<T> {
    const connecting = (this.admin ??= this.connectAdmin());
    try {
      return await withTimeout(TIME_LIMITS.engineMs, connecting.then(send));
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

/** Waits until the brokers have a new topic. They receive it one after another and deny its existence until then. */
const waitForTopic = async (admin: Admin, topic: string): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
      return;
    } catch (error) {
      if (!isUnknownTopic(error) || attempt >= MAX_METADATA_POLLS) throw error;
    }
    await sleep(METADATA_POLL_MS);
  }
};

const isUnknownTopic = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { type, cause } = error as { readonly type?: string; readonly cause?: unknown };
  return type === UNKNOWN_TOPIC || isUnknownTopic(cause);
};
