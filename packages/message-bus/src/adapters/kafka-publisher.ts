import { nextTurn } from '@rewards/async';
import { TIME_LIMITS } from '@rewards/contracts';
import { Partitioners, type ICustomPartitioner, type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { headerBytes } from '../headers';
import { MessageBusUnavailable, type Message } from '../message-bus';
import { translate, withTimeout } from './kafka-errors';

/** By default, a broker accepts batches of up to 1 MiB. */
const MAX_BATCH_BYTES = 512 * 1_024;

interface PendingPublish {
  readonly topic: string;
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Connection {
  readonly producer: Producer;
  /** `topic/partition` of each message of the current batch. */
  readonly chosen: Set<string>;
}

const sizeOf = ({ key, value, headers = {} }: Message): number =>
  Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + headerBytes(headers) + 10 * Object.keys(headers).length + 64;

const bytesOf = (part: Message['key']): Buffer | null => (part === null ? null : Buffer.from(part as string));

/** Splits messages into chunks that each fit into one request, in order. */
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
 * Publishes with an idempotent producer, so a batch that is sent twice is stored once. It sends one batch at a time, with all
 * pending messages that fit. After a failure, it discards the producer. The broker may or may not have stored the failed batch,
 * and could take the next batch with the same sequence numbers for a duplicate: it would acknowledge it without storing it.
 */
export class KafkaPublisher {
  private readonly queue: PendingPublish[] = [];
  private connection: Connection | null = null;
  private sending: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly kafka: Kafka) {}

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    // Send a chunk only after the previous one is stored: after a failure, no later message of this call may precede it.
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
    // Batch everything that is published in the same turn.
    await nextTurn();
    while (this.queue.length > 0) {
      const batch = this.takeBatch();
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

  private takeBatch(): PendingPublish[] {
    let count = 0;
    for (let bytes = 0; count < this.queue.length; count += 1) {
      bytes += this.queue[count]!.bytes;
      if (bytes > MAX_BATCH_BYTES && count > 0) break;
    }
    return this.queue.splice(0, count);
  }

  private async send(batch: readonly PendingPublish[]): Promise<void> {
    const topicMessages = batch.map(({ topic, messages }) => ({
      topic,
      messages: messages.map(({ key, value, headers }) => ({
        key: bytesOf(key),
        value: bytesOf(value),
        ...(headers && { headers: { ...headers } }),
      })),
    }));
    const { producer, chosen } = await this.connect();
    chosen.clear();
    assertAllStored(
      chosen,
      await withTimeout(TIME_LIMITS.engineMs, producer.sendBatch({ acks: -1, timeout: TIME_LIMITS.engineMs, topicMessages })),
    );
  }

  /** Never keeps a producer that failed to connect, because it would not be idempotent. */
  private async connect(): Promise<Connection> {
    if (this.isClosed) throw new MessageBusUnavailable('the bus is closed');
    if (this.connection) return this.connection;
    const chosen = new Set<string>();
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: recordingPartitioner(chosen),
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    try {
      await withTimeout(TIME_LIMITS.engineMs, producer.connect());
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
 * Chooses the partition by the hash of the key, as the Java client does, and records it. Messages without a key share one
 * partition: kafkajs would choose another one for each retry, but an idempotent producer must repeat the same batch.
 */
const recordingPartitioner =
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
 * Fails unless the brokers acknowledged every partition of the batch. On a retry, kafkajs skips brokers that have already
 * answered. If a partition moves to such a broker, its messages are never sent and kafkajs reports no error.
 * @throws MessageBusUnavailable naming the partitions without an acknowledgement
 */
export const assertAllStored = (chosen: ReadonlySet<string>, acknowledgements: readonly RecordMetadata[]): void => {
  const stored = new Set(acknowledgements.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const missing = [...chosen].filter((partition) => !stored.has(partition));
  if (missing.length > 0) throw new MessageBusUnavailable(`the broker did not acknowledge messages for ${missing.join(', ')}`);
};
