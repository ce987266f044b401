import { randomUUID } from 'node:crypto';
import { schemaVersionOf, streams, type DeliveredAtOnce, type DeliveryEvent, type Position } from '@rewards/contracts';
import {
  abandonDelivery,
  delivery as deliveryAggregate,
  deliveryEndpoints,
  disableEndpoint,
  nextAttemptAt,
  parkDelivery,
  recordDelivered,
  recordFailedAttempt,
  resendParked,
  type DeliveryEndpoint,
  type DeliveryState,
  type SingleDeliveryEvent,
} from '@rewards/domain';
import { NO_STREAM, WrongExpectedRevision, type CommandMetadata, type EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { retry } from '@rewards/service-kit/retry';
import type { Streams } from '../../streams';
import type { Outcome } from '../sender';
import type { OpenDelivery } from './open-delivery';

/** Deliveries in one domain event, and how long the first of them waits for others. */
const BATCH = 200;
const BATCH_MS = 100;

interface Delivered {
  readonly delivery: OpenDelivery;
  readonly data: DeliveredAtOnce;
}

/** The deliveries of one endpoint that succeeded at the first attempt and are not recorded yet. */
interface Batches {
  readonly waiting: Delivered[];
  timer: NodeJS.Timeout | null;
  running: Promise<void> | null;
  /** The stream of this hour, up to a revision that the dispatcher has folded or written. */
  known: { readonly stream: string; readonly revision: number } | null;
}

export interface OutcomesOptions {
  /** From 0 to 1. */
  readonly random: () => number;
  /** Ends the retries while an engine is unavailable. */
  readonly signal: AbortSignal;
  /** Called with each error that is retried. */
  readonly onError: (error: unknown) => void;
  /** How far the dispatcher has folded the log. */
  readonly folded: () => Position;
}

/**
 * Records the outcomes of attempts, after each attempt. It retries until the event store has accepted them. A success at the first
 * attempt is recorded together with others; everything else in the stream of the delivery. Two dispatchers record one outcome,
 * because each appends at the revision that it has seen.
 */
export class Outcomes {
  private readonly batches = new Map<string, Batches>();

  constructor(
    private readonly store: EventStore,
    private readonly streamsOf: Streams,
    private readonly clock: Clock,
    private readonly options: OutcomesOptions,
  ) {}

  /**
   * Records the outcome of an attempt. The delivery is then in the phase `recording` until the log shows its outcome.
   * @param attempt number of the attempt, from 1
   * @returns when it is recorded, or will be soon with others
   * @throws the last error, if the retries ended
   */
  async record(delivery: OpenDelivery, attempt: number, outcome: Exclude<Outcome, { readonly kind: 'gone' }>): Promise<void> {
    const { deliveryId, endpointId, accountId } = delivery.source;
    const at = this.clock.iso();
    const head = { deliveryId, endpointId, accountId, attempt, tookMs: outcome.tookMs, at };
    if (outcome.kind === 'delivered') {
      const reference = outcome.reference === undefined ? {} : { reference: outcome.reference };
      if (attempt === 1 && delivery.revision < 0)
        return this.addToBatch({ delivery, data: { deliveryId, accountId, at, tookMs: outcome.tookMs, ...reference } });
      return this.decide(delivery, recordDelivered({ ...head, ...reference }));
    }
    const failed = { ...head, status: outcome.status, error: outcome.error };
    if (outcome.kind === 'rejected') return this.decide(delivery, parkDelivery({ ...failed, reason: 'REJECTED' }));
    if (outcome.kind === 'inventoryFull') return this.decide(delivery, parkDelivery({ ...failed, reason: 'INVENTORY_FULL' }));
    const next = nextAttemptAt(attempt, at, outcome.retryAfterSeconds, this.options.random());
    return this.decide(
      delivery,
      next === null
        ? parkDelivery({ ...failed, reason: 'ATTEMPTS_EXHAUSTED' })
        : recordFailedAttempt({ ...failed, nextAttemptAt: next }),
    );
  }

  /** Resends a parked delivery after a login of the player. */
  resend(delivery: OpenDelivery, loginId: string): Promise<void> {
    const { deliveryId, endpointId, accountId, position } = delivery.source;
    return this.decide(delivery, resendParked({ deliveryId, endpointId, accountId, position, loginId, at: this.clock.iso() }));
  }

  /** Abandons a delivery whose endpoint was removed. */
  abandon(delivery: OpenDelivery): Promise<void> {
    const { deliveryId, endpointId, accountId } = delivery.source;
    const data = { deliveryId, endpointId, accountId, reason: 'The endpoint was removed.', at: this.clock.iso() };
    const decide = abandonDelivery(data, null);
    return this.decide(delivery, (state) => (state.status === 'DELIVERED' ? [] : decide(state)));
  }

  /** Disables an endpoint whose receiver no longer exists. @param attempted the endpoint as it was at the attempt @returns the revision at which the log shows it */
  async disable(attempted: DeliveryEndpoint, reason: string): Promise<number> {
    const { endpointId } = attempted;
    const decide = disableEndpoint({ endpointId, reason, at: this.clock.iso() }, attempted);
    const { revision } = await this.retrying(() =>
      this.streamsOf.of(deliveryEndpoints).handle(streams.deliveryEndpoints(), decide, this.metadata(), BACKGROUND),
    );
    return revision;
  }

  /** Notes that the dispatcher has folded an event of successes at the first attempt. */
  folded(endpointId: string, stream: string, revision: number): void {
    const batches = this.batchesOf(endpointId);
    const known = batches.known?.stream === stream ? Math.max(batches.known.revision, revision) : revision;
    if (!batches.known || stream >= batches.known.stream) batches.known = { stream, revision: known };
  }

  /** Waits until everything is recorded, or the retries ended. */
  async finish(): Promise<void> {
    const finishOne = async ([endpointId, batches]: readonly [string, Batches]): Promise<void> => {
      do await this.flush(endpointId, batches);
      while (batches.waiting.length > 0 && !this.options.signal.aborted);
    };
    await Promise.all([...this.batches].map(finishOne));
  }

  private async decide(delivery: OpenDelivery, decide: (state: DeliveryState) => readonly SingleDeliveryEvent[]): Promise<void> {
    const { deliveryId } = delivery.source;
    const metadata = this.metadata(delivery);
    const { revision } = await this.retrying(() =>
      this.streamsOf.of(deliveryAggregate).handle(streams.delivery(deliveryId), decide, metadata, BACKGROUND),
    );
    delivery.awaits = revision;
  }

  private addToBatch(delivered: Delivered): void {
    const { endpointId } = delivered.delivery.source;
    // The fold of the batch closes it.
    delivered.delivery.awaits = Infinity;
    const batches = this.batchesOf(endpointId);
    batches.waiting.push(delivered);
    const flush = () => void this.flush(endpointId, batches);
    if (batches.waiting.length >= BATCH) flush();
    else batches.timer ??= setTimeout(flush, BATCH_MS);
  }

  private flush(endpointId: string, batches: Batches): Promise<void> {
    if (batches.timer) clearTimeout(batches.timer);
    batches.timer = null;
    return (batches.running ??= this.appendAll(endpointId, batches).finally(() => {
      batches.running = null;
      if (batches.waiting.length > 0 && !this.options.signal.aborted)
        batches.timer ??= setTimeout(() => void this.flush(endpointId, batches), BATCH_MS);
    }));
  }

  private async appendAll(endpointId: string, batches: Batches): Promise<void> {
    do {
      const part = batches.waiting.splice(0, BATCH);
      try {
        await this.append(endpointId, batches, part);
      } catch (error) {
        // Only after the retries ended: the deliveries stay open, and are sent again after a restart.
        this.options.onError(error);
        return;
      }
    } while (batches.waiting.length >= BATCH);
  }

  private async append(endpointId: string, batches: Batches, part: readonly Delivered[]): Promise<void> {
    const at = this.clock.iso();
    const stream = streams.deliveries(endpointId, at);
    const recordedByOthers = new Set<string>();
    let expected = batches.known?.stream === stream ? batches.known.revision : NO_STREAM;
    for (;;) {
      const deliveries = part
        .filter(({ delivery, data }) => isUnrecorded(delivery) && !recordedByOthers.has(data.deliveryId))
        .map(({ data }) => data);
      if (deliveries.length === 0) return;
      const type = 'RewardsDelivered';
      const event = {
        id: randomUUID(),
        type,
        data: { endpointId, deliveries, at },
        metadata: { ...this.metadata(), schemaVersion: schemaVersionOf(type) },
      };
      const appended = await this.retrying(() =>
        this.store.append(stream, expected, [event], BACKGROUND).catch((error: unknown) => {
          if (error instanceof WrongExpectedRevision) return error;
          throw error;
        }),
      );
      if (!(appended instanceof WrongExpectedRevision)) {
        this.folded(endpointId, stream, appended.revision);
        return;
      }
      const unknown = await this.retrying(() => this.readUnknown(stream, expected, appended.actual));
      for (const id of unknown.ids) recordedByOthers.add(id);
      // Not from `known`, which ignores a stream of an earlier hour: the clock may have stepped back.
      expected = unknown.revision;
      this.folded(endpointId, stream, unknown.revision);
    }
  }

  /**
   * Reads what another dispatcher appended. If nothing of the stream is known, only events that the dispatcher has not folded
   * matter: it reads backwards from the end until it finds one that it has folded.
   */
  private async readUnknown(
    stream: string,
    known: number,
    actual: number,
  ): Promise<{ readonly ids: readonly string[]; readonly revision: number }> {
    let from = known === NO_STREAM ? Math.max(0, actual) : known + 1;
    for (let step = 10; ; step *= 4) {
      const events = await this.store.readStream(stream, from);
      const [first] = events;
      if (known !== NO_STREAM || from === 0 || (first && first.position <= this.options.folded())) {
        const ids = events.flatMap(({ data }) => (data as BatchData).deliveries.map(({ deliveryId }) => deliveryId));
        return { ids, revision: events.at(-1)?.revision ?? known };
      }
      from = Math.max(0, from - step);
    }
  }

  private retrying<T>(task: () => Promise<T>): Promise<T> {
    return retry(task, { signal: this.options.signal, onError: this.options.onError });
  }

  private batchesOf(endpointId: string): Batches {
    const existing = this.batches.get(endpointId);
    if (existing) return existing;
    const batches: Batches = { waiting: [], timer: null, running: null, known: null };
    this.batches.set(endpointId, batches);
    return batches;
  }

  /** Metadata of what follows from a grant, or from several. */
  private metadata({ grant }: Pick<OpenDelivery, 'grant'> = { grant: null }): CommandMetadata {
    return {
      correlationId: grant?.metadata.correlationId ?? randomUUID(),
      causationId: grant?.id ?? null,
      actor: { service: 'delivery' },
      at: this.clock.iso(),
    };
  }
}

/** Whether a success is not recorded yet. That of a delivery which was abandoned meanwhile counts, because the game has it. */
export const isUnrecorded = ({ isClosed, state }: OpenDelivery): boolean => !isClosed || state.status === 'ABANDONED';

const BACKGROUND = { priority: 'background' } as const;
type BatchData = Extract<DeliveryEvent, { readonly type: 'RewardsDelivered' }>['data'];
