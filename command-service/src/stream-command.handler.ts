import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected, schemaVersionOf, streams, tokenOf, type DomainEvent, type Reason } from '@rewards/contracts';
import type { EventStore, Handled } from '@rewards/event-store';
import { TokenBuckets } from '@rewards/service-kit/token-buckets';
import { beginSpan } from '@rewards/service-kit/tracing';
import type { CommandReason } from './commands.problems';
import { CommandMetrics } from './command-metrics';
import { StreamCommand, type CommandHead } from './stream-command';
import { EVENT_STORE, Streams } from './streams';

/** Whether a rejection is recorded. It is not if the request names nothing that exists, or breaks no rule of the event. */
const IS_RECORDED = {
  NO_SUCH_EVENT: false,
  REQUEST_ID_REUSED: true,
  EVENT_NOT_OPEN: true,
  CLAIMS_CLOSED: true,
  NO_SUCH_CYCLE: true,
  NO_SUCH_MILESTONE: true,
  NOT_COMPLETED: true,
  CONDITION_NOT_MET: true,
  NO_SUCH_REWARD: true,
  INSUFFICIENT_REMAINING: true,
  AMOUNT_TOO_SMALL: true,
  REWARD_ON_HOLD: true,
  WRONG_STATE: true,
  INVALID_FIELDS: false,
  STALE_REVISION: false,
  NO_REWARDS: true,
  CONFIRM_PAST: true,
  REWARD_EXISTS: true,
  TOO_MANY_REWARDS: true,
  NO_SUCH_DEAD_LETTER: true,
  ALREADY_HANDLED: true,
  MESSAGE_CUT: true,
  NO_SUCH_ENDPOINT: false,
  TYPE_TAKEN: false,
  ENDPOINT_STATE: false,
  ROTATION_RUNNING: false,
  ADDRESS_REFUSED: false,
  NO_SUCH_DELIVERY: false,
  ALREADY_DELIVERED: false,
} as const satisfies Readonly<Record<Reason, boolean>>;

/** Limit of recorded rejections for each account: a burst, and a rate per minute after that. */
const REJECTION_BURST = 30;
const REJECTIONS_PER_MINUTE = 10;

/** Executes every command: measures and traces it, and records its decision, or its rejection before the response. */
@CommandHandler(StreamCommand)
export class StreamCommandHandler implements ICommandHandler<StreamCommand<unknown, DomainEvent>> {
  private readonly rejections = new TokenBuckets(REJECTIONS_PER_MINUTE / 60, REJECTION_BURST);

  constructor(
    private readonly streamsOf: Streams,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly metrics: CommandMetrics,
  ) {}

  /**
   * @returns the stream's state after the command
   * @throws Rejected, with its record if it was recorded; Rejected TOO_MANY_REJECTIONS if the account has reached the limit of
   *   recorded rejections; errors of the engines
   */
  async execute<State, Event extends DomainEvent>({ fields }: StreamCommand<State, Event>): Promise<Handled<State>> {
    const { aggregate, stream, decide, metadata, priority, beforeRecording } = fields;
    const done = this.startMeasuring(fields);
    try {
      const handler = this.streamsOf.of(aggregate);
      if (beforeRecording) await beforeRecording((await handler.load(stream)).state);
      const handled = await handler.handle(stream, decide, metadata, priority && { priority });
      done('done');
      return handled;
    } catch (error) {
      if (!(error instanceof Rejected)) {
        done('failed');
        throw error;
      }
      done(error.reason);
      throw await this.record(fields, error as Rejected<Reason>);
    }
  }

  /** @returns a function to call with the outcome: `done`, `failed`, or the rejection reason */
  private startMeasuring({ name, metadata }: CommandHead): (outcome: string) => void {
    const measured = this.metrics.commandStarted(name);
    const span = beginSpan(name, metadata.traceparent);
    return (outcome) => {
      measured(outcome);
      span.end({ 'command.outcome': outcome }, outcome === 'failed');
    };
  }

  /** @returns the rejection to throw */
  private async record(
    { stream, metadata, rejection }: CommandHead,
    rejected: Rejected<Reason>,
  ): Promise<Rejected<CommandReason>> {
    const event = IS_RECORDED[rejected.reason] ? rejection?.(rejected) : null;
    if (!event) return rejected;
    const { actor } = metadata;
    const { secondsToWait } = this.rejections.take('service' in actor ? actor.service : actor.accountId);
    if (secondsToWait > 0) {
      return new Rejected('TOO_MANY_REJECTIONS', { seconds: secondsToWait });
    }
    const { type, data } = event;
    const appended = await this.store.append(streams.refusals(stream), 'any', [
      { id: randomUUID(), type, data, metadata: { ...metadata, schemaVersion: schemaVersionOf(type) } },
    ]);
    return new Rejected(rejected.reason, rejected.details, { request: data, position: tokenOf(appended) });
  }
}
