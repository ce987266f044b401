import { randomUUID } from 'node:crypto';
import {
  schemaVersionOf,
  streams,
  TOPICS,
  type AccountEvent,
  type AccountMessage,
  type DeadLetterEvent,
} from '@rewards/contracts';
import { EventStoreUnavailable, TooMuchContention, type EventStore } from '@rewards/event-store';
import type { Consumer, DeliveredMessage, MessageBus } from '@rewards/message-bus';
import type { Logger } from '@rewards/service-kit';
import { derivedId } from '@rewards/service-kit/derived-id';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '../clock';
import type { Commands, MetadataCommand } from '../commands';
import { MalformedMessage, parseAccountMessage } from './account-message';
import { RecordAccountFact, RecordLogin } from './intake.commands';

export const CONSUMER_GROUP = 'command-service';

const MAX_ATTEMPTS = 5;
const MAX_PAYLOAD = 10_000;

/** Takes the messages of auth-service into the log: at least once delivered, recorded once. */
export class Intake {
  private readonly ended = new AbortController();
  private consumer: Consumer | null = null;

  constructor(
    private readonly bus: MessageBus,
    private readonly store: EventStore,
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    this.consumer = await this.bus.consume({
      group: CONSUMER_GROUP,
      topics: TOPICS,
      handle: (message) => this.handle(message),
      onError: (error) => this.logger.warn({ err: error }, 'intake: the bus is tried again'),
    });
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.consumer?.stop();
  }

  /** Returns when the message is in the log, as what it says or as a dead letter; only then is its offset committed. */
  async handle(message: DeliveredMessage): Promise<void> {
    let attempts = 0;
    await this.untilTheEngineAnswers(async () => {
      try {
        attempts += 1;
        await this.commands.execute(toCommand(message));
      } catch (error) {
        if (isAway(error)) {
          attempts -= 1;
          throw error;
        }
        if (!(error instanceof MalformedMessage) && attempts < MAX_ATTEMPTS) throw error;
        await this.deadLetter(message, error, attempts);
      }
    });
  }

  private untilTheEngineAnswers(task: () => Promise<void>): Promise<void> {
    return retry(task, {
      signal: this.ended.signal,
      onError: (error) => this.logger.warn({ err: error }, 'intake: a message is tried again'),
    });
  }

  private async deadLetter(
    { topic, partition, offset, key, value }: DeliveredMessage,
    error: unknown,
    attempts: number,
  ): Promise<void> {
    const deadLetterId = derivedId(topic, partition, offset);
    const at = this.clock.now();
    const event: DeadLetterEvent = {
      type: 'MessageDeadLettered',
      data: {
        deadLetterId,
        topic,
        partition,
        offset,
        key,
        payload: value.slice(0, MAX_PAYLOAD),
        error: String(error),
        attempts,
        at,
      },
    };
    const stream = streams.deadLetter(deadLetterId);
    if ((await this.store.readStream(stream)).length > 0) return;
    const metadata = {
      schemaVersion: schemaVersionOf(event.type),
      correlationId: deadLetterId,
      causationId: null,
      actor: { service: 'command-service' },
      at,
    };
    await this.store.append(stream, 'any', [{ id: randomUUID(), ...event, metadata }]);
    this.logger.error({ topic, partition, offset, err: error }, 'intake: dead letter');
  }
}

/** An engine that is away, or a lost race, is never the message's fault. */
const isAway = (error: unknown): boolean => error instanceof EventStoreUnavailable || error instanceof TooMuchContention;

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
