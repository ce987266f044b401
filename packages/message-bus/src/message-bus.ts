/** A message to publish. Text is published as UTF-8. */
export interface Message {
  /** Messages with the same key keep their order. */
  readonly key: Uint8Array | string | null;
  /** JSON; other producers may write anything. */
  readonly value: Uint8Array | string | null;
  /**
   * By name. A name is text of at least one character, a value any text; together they have at most `MAX_HEADER_BYTES`. Kafka
   * distinguishes upper and lower case; this system uses lower-case names only.
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as the broker stores it; key and value byte for byte. Topic, partition and offset identify it. */
export interface DeliveredMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /**
   * The headers that are text, by name; empty if there are none. Another producer may send any bytes, and a name several times: the
   * last value of a name is delivered, and none if that value is missing or not UTF-8. The message is delivered in any case.
   */
  readonly headers: Readonly<Record<string, string>>;
}

/** A topic that does not match the group's committed offsets, because it was recreated or restored from a backup. */
export interface TopicReset {
  readonly topic: string;
  /** The first partition with a mismatch. */
  readonly partition: number;
  /** The committed offset there. */
  readonly offset: string;
  /** Why the offset is not valid, in one sentence. */
  readonly reason: string;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Handles one message. Its partition waits until the promise resolves, without a time limit; then the offset is committed.
   * If the promise rejects, the same message is delivered again after a pause.
   * @param following messages that come next on the partition, of which any may never be delivered; as the same objects if they are
   */
  readonly handle: (message: DeliveredMessage, following: readonly DeliveredMessage[]) => Promise<void>;
  /**
   * Returns whether the effect of a message still exists. Called once when a partition is assigned, with the message before its
   * committed offset. If it returns false, because the consumer's data was restored from a backup, the partition is read from
   * its beginning. It must not reject; the partition waits for it.
   */
  readonly isHandled?: (message: DeliveredMessage) => Promise<boolean>;
  /** Called once for each part that starts to fail (see `Outages`); the consumer retries. */
  readonly onError?: (error: unknown) => void;
  /** Called when every part works again, with the number of failures. */
  readonly onRecovered?: (failures: number) => void;
  /** Called once per topic whose committed offsets do not match it; the consumer reads those partitions from their beginning. */
  readonly onReset?: (reset: TopicReset) => void;
}

/** Reason for a reset after `isHandled` returned false. */
export const NOT_HANDLED =
  'The effect of the message before the committed offset is missing: the data of the consumer was restored from an older copy.';

export interface Consumer {
  /** Waits for the messages in flight, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The port to the broker: at-least-once delivery, in order per key. Guarantees only what every adapter provides. */
export interface MessageBus {
  /**
   * Publishes messages in the given order.
   * @returns when the broker has stored all of them durably
   * @throws TypeError if a header is not valid, before anything is published
   * @throws MessageBusUnavailable; any of them may have been published then, and retrying the same call is safe
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;

  /**
   * Joins a consumer group and consumes from the oldest uncommitted message. The members of the group share the partitions, and
   * take over those of a member that leaves or dies. A committed offset is stored with the identity of the message before it.
   * If the topic has another message there, or none, the partition is read from its beginning.
   */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Counts the messages of the topic that the group has not committed: all of them in a recreated topic, never less than 0. */
  lag(group: string, topic: string): Promise<number>;

  /** @throws MessageBusUnavailable when the broker does not answer now */
  ping(): Promise<void>;

  /** Closes the bus. Stop its consumers first: messages in flight of a running consumer are delivered again, to other members. */
  close(): Promise<void>;
}

/** The broker is unavailable or did not answer in time. */
export class MessageBusUnavailable extends Error {
  override readonly name = 'MessageBusUnavailable';
}

/** A file of the bus is damaged or belongs to another owner, so no retry helps. The message names the file and the remedy. */
export class MessageBusDamaged extends Error {
  override readonly name = 'MessageBusDamaged';
}
