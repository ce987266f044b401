export interface Message {
  /** Messages of one key keep their order. */
  readonly key: string;
  /** JSON, or whatever a foreign producer wrote. */
  readonly value: string;
}

/** A message as the broker has it: topic, partition and offset are its identity. */
export interface DeliveredMessage extends Message {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Handles one message. Its partition waits until the promise resolves, however long; the offset is committed afterwards.
   * When it rejects, the same message is delivered again after a pause.
   */
  readonly handle: (message: DeliveredMessage) => Promise<void>;
  /** Told of what went wrong and is being tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface Consumer {
  /** Lets the messages in hand finish, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The port to the broker: at least once, in order per key. It promises only what both Kafka and the embedded adapter keep. */
export interface MessageBus {
  /**
   * Publishes in the order given.
   * @returns when the broker has all of them durably
   * @throws MessageBusUnavailable; any of them may have been published then, and the same call may be repeated
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;

  /**
   * Joins a consumer group, from the oldest message that the group has not committed. The partitions are shared
   * out among the members of the group, and taken over from one that leaves or dies.
   */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Messages of the topic that the group has not committed yet. */
  lag(group: string, topic: string): Promise<number>;

  /** @throws MessageBusUnavailable when the broker does not answer now */
  ping(): Promise<void>;

  /** Consumers are stopped before; what one that was not has in hand is delivered to others again. */
  close(): Promise<void>;
}

/** The broker is unavailable or did not answer in time. */
export class MessageBusUnavailable extends Error {
  override readonly name = 'MessageBusUnavailable';
}

/** No retry helps: a file of the bus is damaged or is not ours. The message names the file and the remedy. */
export class MessageBusDamaged extends Error {
  override readonly name = 'MessageBusDamaged';
}
