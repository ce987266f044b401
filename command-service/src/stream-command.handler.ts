import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  schemaVersionOf,
  streams,
  tokenOf,
  type ConsistencyToken,
  type DomainEvent,
  type Reason,
  type RefusalEvent,
} from '@rewards/contracts';
import { Rejected } from '@rewards/domain';
import type { EventStore, Handled } from '@rewards/event-store';
import { rateLimited } from '@rewards/service-kit';
import { TokenBuckets } from '@rewards/service-kit/token-buckets';
import { beginSpan } from '@rewards/service-kit/tracing';
import { CommandMetrics } from './command-metrics';
import { StreamCommand, type CommandHead } from './stream-command';
import { EVENT_STORE, Streams } from './streams';

/** A rejection together with the token of its record. */
export class RecordedRejection extends Error {
  override readonly name = 'RecordedRejection';
  constructor(
    readonly rejected: Rejected,
    /** What the record says of the request. */
    readonly request: RefusalEvent['data'],
    readonly token: ConsistencyToken,
  ) {
    super(rejected.message);
  }
}

/** What concerns no existing event, or is no break of its rules. */
const UNRECORDED: ReadonlySet<Reason> = new Set<Reason>(['NO_SUCH_EVENT', 'INVALID_FIELDS', 'STALE_REVISION']);

/** Rejections that are recorded of one account: so many at once, and so many a minute after that. */
const REJECTIONS_AT_ONCE = 30;
const REJECTIONS_A_MINUTE = 10;

/** Carries out every command: measures and traces it, records its decision, and its rejection before that is answered. */
@CommandHandler(StreamCommand)
export class StreamCommandHandler implements ICommandHandler<StreamCommand<unknown, DomainEvent>> {
  private readonly rejections = new TokenBuckets(REJECTIONS_A_MINUTE / 60, REJECTIONS_AT_ONCE);

  constructor(
    private readonly streamsOf: Streams,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly metrics: CommandMetrics,
  ) {}

  /**
   * @returns the stream's state after the command
   * @throws RecordedRejection, Rejected where nothing is to be recorded, Problem RATE_LIMITED where the account has no more
   *   rejections to record, and what the engines throw
   */
  async execute<State, Event extends DomainEvent>({ fields }: StreamCommand<State, Event>): Promise<Handled<State>> {
    const { aggregate, stream, decide, metadata, first } = fields;
    const done = this.started(fields);
    try {
      const handler = this.streamsOf.of(aggregate);
      if (first) await first((await handler.load(stream)).state);
      const handled = await handler.handle(stream, decide, metadata);
      done('done');
      return handled;
    } catch (error) {
      const isRejection = error instanceof Rejected;
      done(isRejection ? error.reason : 'failed');
      throw isRejection ? await this.record(fields, error) : error;
    }
  }

  /** @returns to be called with the outcome: `done`, `failed`, or the reason of its rejection */
  private started({ name, metadata }: CommandHead): (outcome: string) => void {
    const measured = this.metrics.commandStarted(name);
    const span = beginSpan(name, metadata.traceparent);
    return (outcome) => {
      measured(outcome);
      span.end({ 'command.outcome': outcome }, outcome === 'failed');
    };
  }

  /** @returns what to throw */
  private async record({ stream, metadata, rejection }: CommandHead, rejected: Rejected): Promise<Error> {
    const event = UNRECORDED.has(rejected.reason) ? null : rejection?.(rejected);
    if (!event) return rejected;
    const { actor } = metadata;
    const { secondsToWait } = this.rejections.take('service' in actor ? actor.service : actor.accountId);
    if (secondsToWait > 0) {
      return rateLimited('Too many requests of this account were rejected. The last one was not recorded.', secondsToWait);
    }
    const { type, data } = event;
    const appended = await this.store.append(streams.refusals(stream), 'any', [
      { id: randomUUID(), type, data, metadata: { ...metadata, schemaVersion: schemaVersionOf(type) } },
    ]);
    return new RecordedRejection(rejected, data, tokenOf(appended));
  }
}
