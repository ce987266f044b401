import { sleep } from '@rewards/async';
import { streams, TOPICS, type AccountEvent, type AccountMessage } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { contentHash, type Consumer, type DeliveredMessage, type MessageBus } from '@rewards/message-bus';
import { derivedId } from '@rewards/service-kit/derived-id';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '../clock';
import type { Commands } from '../stream-command';
import { deadLetterMessageCommand } from '../dead-letters/dead-letters.commands';
import { parseAccountMessage, UnacceptableMessage } from './account-message';
import { isUnavailable } from '../unavailable';
import { CONSUMER_GROUP, type IntakeMetrics } from './intake-metrics';
import { recordAccountFactCommand, recordLoginCommand } from './intake.commands';
import { storedMessage } from './stored-message';

const MAX_ATTEMPTS = 5;
const PARKED_MS = 60_000;
const MAX_ERROR = 1_000;

/** Records the messages of auth-service in the log: delivered at least once, recorded once. */
export class Intake {
  private readonly ended = new AbortController();
  private consumer: Consumer | null = null;

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
      handle: (message) => this.handle(message),
      isHandled: (message) => this.isRecorded(message),
      onError: (error) => {
        this.failures.failed('the intake', error);
        // What cannot be read or committed any more is left to the operator.
        if (isDamaged(error)) void this.consumer?.stop();
      },
      onRecovered: () => this.failures.succeeded('the intake'),
      onReset: (reset) =>
        this.failures.logger.warn(
          reset,
          'intake: a topic does not fit its committed offsets, reading it again from the beginning',
        ),
    });
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.consumer?.stop();
  }

  /**
   * Returns when the message is in the log, as its own domain event or as a dead letter; only then is its offset committed.
   * While an engine is unavailable, or other writers win every race, it waits with its partition: that never counts as an attempt.
   */
  async handle(message: DeliveredMessage): Promise<void> {
    let attempts = 0;
    let verdict: unknown = null;
    const attempt = async (): Promise<void> => {
      if (verdict === null) {
        try {
          await this.record(message);
          return;
        } catch (error) {
          if (isUnavailable(error)) throw error;
          attempts += 1;
          if (!(error instanceof UnacceptableMessage) && attempts < MAX_ATTEMPTS) throw error;
          verdict = error;
        }
      }
      await this.deadLetter(message, verdict, attempts);
    };
    const onError = (error: unknown) => {
      this.metrics.retries.inc();
      this.failures.failed('the intake', error);
    };
    try {
      await retry(attempt, { signal: this.ended.signal, onError });
      this.failures.succeeded('the intake');
    } catch (error) {
      if (isDamaged(error)) await this.untilStopped(error);
      throw error;
    }
  }

  /** Keeps the message, and with it its partition: a bus would deliver a message that failed again and again. */
  private async untilStopped(error: unknown): Promise<void> {
    this.failures.failed('the intake', error);
    while (!this.ended.signal.aborted) await sleep(PARKED_MS, { signal: this.ended.signal });
  }

  /**
   * Whether the log has what a committed message led to. A log that was restored from a backup may not, and then neither has it
   * what followed on the same partition.
   */
  private async isRecorded(message: DeliveredMessage): Promise<boolean> {
    const read = async (): Promise<boolean> => {
      const account = accountMessage(message, this.clock.now());
      if (account && (await this.isInStream(account))) return true;
      return (await this.store.readStream(streams.deadLetter(deadLetterIdOf(message)))).length > 0;
    };
    // Ends with the intake: then nothing is read from the partition any more.
    return retry(read, { signal: this.ended.signal }).catch(() => true);
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
    const { event, messageId, correlationId, actor, traceparent } = parseAccountMessage(delivered, this.clock.now());
    const metadata = { correlationId, causationId: messageId, actor, at: event.data.at, ...(traceparent && { traceparent }) };
    if (event.type === 'LoggedIn') await this.commands.execute(recordLoginCommand(event.data, metadata));
    else await this.commands.execute(recordAccountFactCommand(toFact(event, messageId), metadata));
  }

  private async deadLetter(message: DeliveredMessage, error: unknown, attempts: number): Promise<void> {
    const { topic, partition, offset } = message;
    const deadLetterId = deadLetterIdOf(message);
    const at = this.clock.now();
    const reason = String(error).slice(0, MAX_ERROR);
    const letter = { deadLetterId, topic, partition, offset, ...storedMessage(message), error: reason, attempts, at };
    const actor = { service: 'command-service' };
    await this.commands.execute(deadLetterMessageCommand(letter, { correlationId: deadLetterId, causationId: null, actor, at }));
    this.metrics.deadLetters.inc();
    this.failures.logger.error({ topic, partition, offset, deadLetterId, err: error }, 'intake: dead letter');
  }
}

/** A broker that was made again gives the same offset to another message, so place and content together are the identity. */
const deadLetterIdOf = (message: DeliveredMessage): string =>
  derivedId(message.topic, message.partition, message.offset, contentHash(message));

/** @returns null for a message that can only be a dead letter */
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
