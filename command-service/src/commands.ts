import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Command, CommandBus } from '@nestjs/cqrs';
import { schemaVersionOf, streams, tokenOf, type ConsistencyToken, type Reason, type RefusalEvent } from '@rewards/contracts';
import { Rejected, type ExistingRewardEvent } from '@rewards/domain';
import type { CommandMetadata, EventStore } from '@rewards/event-store';
import { rateLimited } from '@rewards/service-kit';
import { TokenBuckets } from '@rewards/service-kit/token-buckets';
import { beginSpan } from '@rewards/service-kit/tracing';
import { CommandMetrics } from './command-metrics';
import { Catalogue } from './reward-event/catalogue';
import { EVENT_STORE } from './streams';

/** A command with what its facts will carry as metadata. */
export abstract class MetadataCommand<Result> extends Command<Result> {
  /** As logs, metrics and refusals call it. */
  abstract readonly name: string;
  abstract readonly metadata: CommandMetadata;
}

/** A command of a player or operator: when a rule refuses it, that is a fact too. */
export abstract class RefusableCommand<Result> extends MetadataCommand<Result> {
  /** The event that it is about. */
  abstract readonly eventId: string;
  /** The stream that it was to be recorded on. */
  abstract readonly stream: string;
  abstract refused(rejected: Rejected, event: ExistingRewardEvent): RefusalEvent;
}

/** A rejection together with the token of its record. */
export class RecordedRefusal extends Error {
  override readonly name = 'RecordedRefusal';
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

/** The one way to send a command: measures and traces it, and records its refusal before it is answered. */
@Injectable()
export class Commands {
  private readonly rejections = new TokenBuckets(REJECTIONS_A_MINUTE / 60, REJECTIONS_AT_ONCE);

  constructor(
    private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly catalogue: Catalogue,
    private readonly metrics: CommandMetrics,
  ) {}

  /**
   * @returns what the command's handler returns
   * @throws RecordedRefusal, Rejected where nothing is to be recorded, Problem RATE_LIMITED where the account has no more
   *   rejections to record, and what the engines throw
   */
  async execute<Result>(command: MetadataCommand<Result>): Promise<Result> {
    const done = this.started(command);
    try {
      const result = await this.bus.execute(command);
      done('done');
      return result;
    } catch (error) {
      const isRefusal = error instanceof Rejected;
      done(isRefusal ? error.reason : 'failed');
      throw isRefusal && command instanceof RefusableCommand ? await this.recordRefusal(command, error) : error;
    }
  }

  /** @returns to be called with the outcome: `done`, `failed`, or the reason of its refusal */
  private started({ name, metadata }: MetadataCommand<unknown>): (outcome: string) => void {
    const measured = this.metrics.commandStarted(name);
    const span = beginSpan(name, metadata.traceparent);
    return (outcome) => {
      measured(outcome);
      span.end({ 'command.outcome': outcome }, outcome === 'failed');
    };
  }

  /** @returns what to throw */
  private async recordRefusal(command: RefusableCommand<unknown>, rejected: Rejected): Promise<Error> {
    if (UNRECORDED.has(rejected.reason)) return rejected;
    const event = await this.catalogue.find(command.eventId);
    if (!event) return rejected;
    const { actor } = command.metadata;
    const { secondsToWait } = this.rejections.take('service' in actor ? actor.service : actor.accountId);
    if (secondsToWait > 0) {
      return rateLimited('Too many requests of this account were rejected. The last one was not recorded.', secondsToWait);
    }
    const { type, data } = command.refused(rejected, event);
    const metadata = { ...command.metadata, schemaVersion: schemaVersionOf(type) };
    const appended = await this.store.append(streams.refusals(command.stream), 'any', [
      { id: randomUUID(), type, data, metadata },
    ]);
    return new RecordedRefusal(rejected, data, tokenOf(appended));
  }
}
