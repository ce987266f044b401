import { nextTurn } from '@rewards/async';
import { TIME_LIMITS } from '@rewards/contracts';
import { Partitioners, type ICustomPartitioner, type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { MessageBusUnavailable, type Message } from '../message-bus';
import { translate, within } from './kafka-errors';

/** A broker accepts 1 MiB at once by default. */
const MAX_BATCH_BYTES = 512 * 1_024;

interface Waiting {
  readonly topic: string;
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Connection {
  readonly producer: Producer;
  /** `topic/partition` of each message that it was given since this was cleared. */
  readonly chosen: Set<string>;
}

const sizeOf = ({ key, value }: Message): number => Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + 64;

const bytesOf = (part: Message['key']): Buffer | null => (part === null ? null : Buffer.from(part as string));

/** Cuts what is too large for one request, in order. */
const chunksOf = (messages: readonly Message[]): Message[][] => {
  const chunks: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (size > room || chunks.length === 0) {
      chunks.push([]);
      room = MAX_BATCH_BYTES;
    }
    chunks.at(-1)!.push(message);
    room -= size;
  }
  return chunks;
};

/**
 * Publishes with an idempotent producer: what the network makes it send twice is stored once. It sends one batch at a time, of all
 * that wait by then, and a producer that failed is discarded: sequence numbers that were given to a batch which may or may not
 * have been stored would make the broker take the next one for its copy, and acknowledge what it does not store.
 */
export class KafkaPublisher {
  private readonly queue: Waiting[] = [];
  private connection: Connection | null = null;
  private sending: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly kafka: Kafka) {}

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    // Each only when the one before is stored: after a failure nothing later of this call may stand before it.
    for (const chunk of chunksOf(messages)) {
      const bytes = chunk.reduce((sum, message) => sum + sizeOf(message), 0);
      await new Promise<void>((resolve, reject) => {
        this.queue.push({ topic, messages: chunk, bytes, resolve, reject });
        this.sending ??= this.sendAll();
      });
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.sending;
    await this.discard();
  }

  private async sendAll(): Promise<void> {
    // What is published in the same turn goes together.
    await nextTurn();
    while (this.queue.length > 0) {
      const batch = this.take();
      try {
        await this.send(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        await this.discard();
        for (const { reject } of batch) reject(translate(error));
      }
    }
    this.sending = null;
  }

  private take(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < this.queue.length; count += 1) {
      bytes += this.queue[count]!.bytes;
      if (bytes > MAX_BATCH_BYTES && count > 0) break;
    }
    return this.queue.splice(0, count);
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const topicMessages = batch.map(({ topic, messages }) => ({
      topic,
      messages: messages.map(({ key, value }) => ({ key: bytesOf(key), value: bytesOf(value) })),
    }));
    const { producer, chosen } = await this.connect();
    chosen.clear();
    assertAllStored(
      chosen,
      await within(TIME_LIMITS.engineMs, producer.sendBatch({ acks: -1, timeout: TIME_LIMITS.engineMs, topicMessages })),
    );
  }

  /** A producer whose connecting failed would send without being idempotent, so it is never kept. */
  private async connect(): Promise<Connection> {
    if (this.isClosed) throw new MessageBusUnavailable('the bus is closed');
    if (this.connection) return this.connection;
    const chosen = new Set<string>();
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: remembering(chosen),
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    try {
      await within(TIME_LIMITS.engineMs, producer.connect());
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return (this.connection = { producer, chosen });
  }

  private async discard(): Promise<void> {
    const { connection } = this;
    this.connection = null;
    await connection?.producer.disconnect().catch(() => undefined);
  }
}

/**
 * By the hash of the key, as Java's clients do; and keeps which partitions were chosen. Messages without a key share a partition:
 * kafkajs would choose another one for each retry, and an idempotent producer must repeat the same batch.
 */
const remembering =
  (chosen: Set<string>): ICustomPartitioner =>
  () => {
    const partitioner = Partitioners.DefaultPartitioner();
    return (message) => {
      const { key } = message.message;
      const partition = partitioner({ ...message, message: { ...message.message, key: key ?? Buffer.alloc(0) } });
      chosen.add(`${message.topic}/${partition}`);
      return partition;
    };
  };

/**
 * kafkajs does not send again to a broker that has answered once, so that when a partition moves there during a retry, its messages
 * are never sent and yet nothing fails: what was not answered for was not stored.
 */
export const assertAllStored = (chosen: ReadonlySet<string>, answers: readonly RecordMetadata[]): void => {
  const stored = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const missing = [...chosen].filter((partition) => !stored.has(partition));
  if (missing.length > 0) throw new MessageBusUnavailable(`the broker has not answered for ${missing.join(', ')}`);
};
