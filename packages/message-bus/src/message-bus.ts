/** A message to publish. Text is published as UTF-8. */
export interface Message {
  /** Messages of one key keep their order. */
  readonly key: Uint8Array | string | null;
  /** JSON, or whatever a foreign producer writes. */
  readonly value: Uint8Array | string | null;
}

/** A message as the broker stores it, byte for byte: topic, partition and offset are its place. */
export interface DeliveredMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A topic that does not hold what the group has committed: it was made again, or restored from a backup. */
export interface TopicReset {
  readonly topic: string;
  /** The first partition on which this was found. */
  readonly partition: number;
  /** The committed offset there. */
  readonly offset: string;
  /** One sentence: what was found. */
  readonly reason: string;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Handles one message. Its partition waits until the promise resolves, however long; the offset is committed afterwards.
   * When it rejects, the same message is delivered again after a pause.
   */
  readonly handle: (message: DeliveredMessage) => Promise<void>;
  /**
   * Asked once about the message before a committed offset, when a partition is taken over: whether its effect is still there.
   * If not, because the consumer's own data was restored from a backup, the partition is read from its beginning. It does not
   * reject; the partition waits for it.
   */
  readonly isHandled?: (message: DeliveredMessage) => Promise<boolean>;
  /** Called once for each part that begins to fail (see `Outages`); the consumer retries. */
  readonly onError?: (error: unknown) => void;
  /** Called when every part works again, with the number of failures. */
  readonly onRecovered?: (failures: number) => void;
  /** Called once per topic when its committed offsets do not fit it; the consumer reads those partitions from their beginning. */
  readonly onReset?: (reset: TopicReset) => void;
}

/** Why a partition is read again whose last message is not handled after all. */
export const NOT_HANDLED = 'The message before the committed offset has no effect any more: older data was restored.';

export interface Consumer {
  /** Waits for the messages in flight, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The port to the broker: at least once, in order per key. It promises only what both Kafka and the embedded adapter keep. */
export interface MessageBus {
  /**
   * Publishes in the order given.
   * @returns when the broker has stored all of them durably
   * @throws MessageBusUnavailable; any of them may have been published then, and the same call may be repeated
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;

  /**
   * Joins a consumer group, from the oldest message that the group has not committed. The members of the group share the
   * partitions, and take over those of a member that leaves or dies. A committed offset carries the identity of the message
   * before it. If the topic holds another message there, or none, the partition is read from its beginning.
   */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Messages of the topic that the group has not committed yet; never negative, and all of them in a topic that was made again. */
  lag(group: string, topic: string): Promise<number>;

  /** @throws MessageBusUnavailable when the broker does not answer now */
  ping(): Promise<void>;

  /** Consumers are stopped before; the messages in flight of one that was not are delivered to others again. */
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
