import { TOPICS, type AccountEvent, type AccountMessage } from '@rewards/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { TooMuchContention } from '@rewards/event-store';
import type { Consumer, DeliveredMessage, MessageBus } from '@rewards/message-bus';
import { derivedId } from '@rewards/service-kit/derived-id';
import { engineFailure, isDamaged, type Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '../clock';
import type { Commands, MetadataCommand } from '../commands';
import { DeadLetterMessage } from '../dead-letters/dead-letters.commands';
import { MalformedMessage, parseAccountMessage } from './account-message';
import { CONSUMER_GROUP, type IntakeMetrics } from './intake-metrics';
import { RecordAccountFact, RecordLogin } from './intake.commands';

const MAX_ATTEMPTS = 5;
const PARKED_MS = 60_000;
/** Characters that are kept; escaped as JSON they fit one append, whatever they are. */
const MAX_PAYLOAD = 150_000;
const MAX_KEY = 1_000;
const MAX_ERROR = 1_000;

/** Takes the messages of auth-service into the log: at least once delivered, recorded once. */
export class Intake {
  private readonly ended = new AbortController();
  private consumer: Consumer | null = null;

  constructor(
    private readonly bus: MessageBus,
    private readonly commands: Pick<Commands, 'execute'>,
    private readonly clock: Clock,
    private readonly metrics: Pick<IntakeMetrics, 'retries' | 'deadLetters'>,
    private readonly failures: Failures,
  ) {}

  async start(): Promise<void> {
    this.consumer = await this.bus.consume({
      group: CONSUMER_GROUP,
      topics: TOPICS,
      handle: (message) => this.handle(message),
      onError: (error) => {
        this.failures.failed('the intake', error);
        // What cannot be read or committed any more is left to the operator.
        if (isDamaged(error)) void this.consumer?.stop();
      },
    });
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.consumer?.stop();
  }

  /**
   * Returns when the message is in the log, as what it says or as a dead letter; only then is its offset committed. While an
   * engine is away, or others win every race, it waits with its partition: that is never a try.
   */
  async handle(message: DeliveredMessage): Promise<void> {
    let attempts = 0;
    let verdict: unknown = null;
    const attempt = async (): Promise<void> => {
      if (verdict === null) {
        try {
          return await this.commands.execute(toCommand(message));
        } catch (error) {
          if (isAway(error)) throw error;
          attempts += 1;
          if (!(error instanceof MalformedMessage) && attempts < MAX_ATTEMPTS) throw error;
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
    while (!this.ended.signal.aborted) await delay(PARKED_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
  }

  private async deadLetter(
    { topic, partition, offset, key, value }: DeliveredMessage,
    error: unknown,
    attempts: number,
  ): Promise<void> {
    const deadLetterId = derivedId(topic, partition, offset);
    const at = this.clock.now();
    const isCut = value.length > MAX_PAYLOAD || key.length > MAX_KEY;
    const letter = {
      deadLetterId,
      topic,
      partition,
      offset,
      key: key.slice(0, MAX_KEY),
      payload: value.slice(0, MAX_PAYLOAD),
      ...(isCut && { isCut }),
      error: String(error).slice(0, MAX_ERROR),
      attempts,
      at,
    };
    const actor = { service: 'command-service' };
    await this.commands.execute(new DeadLetterMessage(letter, { correlationId: deadLetterId, causationId: null, actor, at }));
    this.metrics.deadLetters.inc();
    this.failures.logger.error({ topic, partition, offset, deadLetterId, err: error }, 'intake: dead letter');
  }
}

/** A failure of an engine, or a lost race, is never the message's fault. */
const isAway = (error: unknown): boolean => engineFailure(error) !== null || error instanceof TooMuchContention;

const toCommand = ({ topic, key, value }: DeliveredMessage): MetadataCommand<void> => {
  const message = parseAccountMessage(topic, key, value);
  const { event, messageId, correlationId, actor, traceparent } = message;
  const metadata = { correlationId, causationId: messageId, actor, at: event.data.at, ...(traceparent && { traceparent }) };
  return event.type === 'LoggedIn'
    ? new RecordLogin(event.data, metadata)
    : new RecordAccountFact(toFact(event, messageId), metadata);
};

const toFact = (event: Exclude<AccountMessage['event'], { type: 'LoggedIn' }>, messageId: string): AccountEvent =>
  ({ type: event.type, data: { ...event.data, messageId } }) as AccountEvent;
