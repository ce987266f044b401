import { KeyedQueue, Semaphore, sleep } from '@rewards/async';
import { streams, TOPICS, type AccountEvent, type AccountMessage } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { contentHash, type Consumer, type DeliveredMessage, type MessageBus } from '@rewards/message-bus';
import { derivedId } from '@rewards/service-kit/derived-id';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '@rewards/service-kit/clock';
import type { Commands } from '../stream-command';
import { deadLetterMessageCommand } from '../dead-letters/dead-letters.commands';
import { parseAccountMessage, UnacceptableMessage } from './account-message';
import { isUnavailable } from '../unavailable';
import { CONSUMER_GROUP, type IntakeMetrics } from './intake-metrics';
import { recordAccountFactCommand, recordLoginCommand } from './intake.commands';
import { storedMessage } from './stored-message';

const MAX_ATTEMPTS = 5;
const PARKED_MS = 60_000;
/** Messages that are recorded at the same time. */
const CONCURRENT = 64;
const MAX_ERROR = 1_000;

/**
 * Records the messages of auth-service in the log. They are delivered at least once and recorded once.
 *
 * The bus delivers the messages of a partition one at a time, and commits each offset when its message is recorded. It shows the
 * messages that come next, and the intake begins to record them early: those of one key in order, those of different keys at the
 * same time. So no offset is committed before everything below it is recorded, also after a failure in the middle.
 */
export class Intake {
  private readonly shutdown = new AbortController();
  private consumer: Consumer | null = null;
  /** The recordings that have begun. A message that is read again is another object, and is recorded again. */
  private readonly begun = new WeakMap<DeliveredMessage, Promise<void>>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly keys = new KeyedQueue();
  private readonly permits = new Semaphore(CONCURRENT);

  constructor(
    private readonly bus: MessageBus,
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly metrics: Pick<IntakeMetrics, 'retries' | 'deadLetters'>,
    private readonly failures: Failures,
  ) {}

  async start(): Promise<void> {
    this.consumer = await this.bus.consume({
      group: CONSUMER_GROUP,
      topics: TOPICS,
      handle: (message, following) => this.handle(message, following),
      isHandled: (message) => this.isRecorded(message),
      onError: (error) => {
        this.failures.reportFailure('the intake', error);
        // A damaged bus needs an operator, so the consumer stops.
        if (isDamaged(error)) void this.consumer?.stop();
      },
      onRecovered: () => this.failures.reportSuccess('the intake'),
      onReset: (reset) =>
        this.failures.logger.warn(
          reset,
          'intake: the committed offsets do not match the topic, reading it again from the beginning',
        ),
    });
  }

  async stop(): Promise<void> {
    this.shutdown.abort();
    await this.consumer?.stop();
    await Promise.allSettled(this.inFlight);
  }

  /**
   * Resolves when the message is in the log, as its own domain event or as a dead letter; only then is its offset committed.
   * While an engine is unavailable, or version conflicts persist, the partition waits. Such failures do not count as attempts.
   * @param following the messages that come next, which it begins to record
   */
  handle(message: DeliveredMessage, following: readonly DeliveredMessage[] = []): Promise<void> {
    const recording = this.begin(message);
    for (const next of following) void this.begin(next);
    return recording;
  }

  private begin(message: DeliveredMessage): Promise<void> {
    const before = this.begun.get(message);
    if (before) return before;
    const { topic, partition, key } = message;
    const recording = this.keys.run(`${topic}/${partition}/${key?.toString('base64') ?? ''}`, () =>
      this.permits.run(() => this.recordOrDeadLetter(message)),
    );
    this.begun.set(message, recording);
    this.inFlight.add(recording);
    // After a failure, the bus delivers the message again.
    void recording.catch(() => this.begun.delete(message)).then(() => this.inFlight.delete(recording));
    return recording;
  }

  private async recordOrDeadLetter(message: DeliveredMessage): Promise<void> {
    let attempts = 0;
    let finalError: unknown = null;
    const attempt = async (): Promise<void> => {
      if (finalError === null) {
        try {
          await this.record(message);
          return;
        } catch (error) {
          if (isUnavailable(error)) throw error;
          attempts += 1;
          if (!(error instanceof UnacceptableMessage) && attempts < MAX_ATTEMPTS) throw error;
          finalError = error;
        }
      }
      await this.deadLetter(message, finalError, attempts);
    };
    const onError = (error: unknown) => {
      this.metrics.retries.inc();
      this.failures.reportFailure('the intake', error);
    };
    try {
      await retry(attempt, { signal: this.shutdown.signal, onError });
      this.failures.reportSuccess('the intake');
    } catch (error) {
      if (isDamaged(error)) await this.holdUntilStopped(error);
      throw error;
    }
  }

  /** Holds the message, and with it the partition: the bus would redeliver a failed message in a loop. */
  private async holdUntilStopped(error: unknown): Promise<void> {
    this.failures.reportFailure('the intake', error);
    while (!this.shutdown.signal.aborted) await sleep(PARKED_MS, { signal: this.shutdown.signal });
  }

  /**
   * Returns whether the log contains the result of a committed message. A log that was restored from a backup may lack it, and
   * then it also lacks the results of later messages on the same partition.
   */
  private async isRecorded(message: DeliveredMessage): Promise<boolean> {
    const read = async (): Promise<boolean> => {
      const account = accountMessage(message, this.clock.iso());
      if (account && (await this.isInStream(account))) return true;
      return (await this.store.readStream(streams.deadLetter(deadLetterIdOf(message)))).length > 0;
    };
    // The retries end when the intake stops, and then nothing more is read from the partition.
    return retry(read, { signal: this.shutdown.signal }).catch(() => true);
  }

  private async isInStream({ event, messageId }: AccountMessage): Promise<boolean> {
    const { accountId, at } = event.data;
    const stream = event.type === 'LoggedIn' ? streams.login(accountId, at) : streams.account(accountId);
    const recorded = await this.store.readStream(stream);
    return recorded.some(({ data }) => {
      const { loginId, messageId: id } = (data ?? {}) as { readonly loginId?: string; readonly messageId?: string };
      return (loginId ?? id) === messageId;
    });
  }

  private async record(delivered: DeliveredMessage): Promise<void> {
    const { event, messageId, correlationId, actor, traceparent } = parseAccountMessage(delivered, this.clock.iso());
    const metadata = { correlationId, causationId: messageId, actor, at: event.data.at, ...(traceparent && { traceparent }) };
    if (event.type === 'LoggedIn') await this.commands.execute(recordLoginCommand(event.data, metadata));
    else await this.commands.execute(recordAccountFactCommand(toFact(event, messageId), metadata));
  }

  private async deadLetter(message: DeliveredMessage, error: unknown, attempts: number): Promise<void> {
    const { topic, partition, offset } = message;
    const deadLetterId = deadLetterIdOf(message);
    const at = this.clock.iso();
    const reason = String(error).slice(0, MAX_ERROR);
    const letter = { deadLetterId, topic, partition, offset, ...storedMessage(message), error: reason, attempts, at };
    const actor = { service: 'command-service' };
    await this.commands.execute(deadLetterMessageCommand(letter, { correlationId: deadLetterId, causationId: null, actor, at }));
    this.metrics.deadLetters.inc();
    this.failures.logger.error({ topic, partition, offset, deadLetterId, err: error }, 'intake: recorded a dead letter');
  }
}

/** Derives the id from place and content, because a recreated broker assigns the same offset to another message. */
const deadLetterIdOf = (message: DeliveredMessage): string =>
  derivedId(message.topic, message.partition, message.offset, contentHash(message));

/** @returns null for a message that becomes a dead letter */
const accountMessage = (message: DeliveredMessage, now: string): AccountMessage | null => {
  try {
    return parseAccountMessage(message, now);
  } catch (error) {
    if (error instanceof UnacceptableMessage) return null;
    throw error;
  }
};

const toFact = (event: Exclude<AccountMessage['event'], { type: 'LoggedIn' }>, messageId: string): AccountEvent =>
  ({ type: event.type, data: { ...event.data, messageId } }) as AccountEvent;
