import { childController, KeyedQueue, nextTurn, Notifier, sleep } from '@rewards/async';
import {
  PREFIXES,
  START,
  startOf,
  streams,
  type Checkpoint,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type DomainEvent,
  type LoginEvent,
  type Position,
  type RecordedEvent,
  type RecordedOf,
  type Upcast,
} from '@rewards/contracts';
import {
  delivery as deliveryAggregate,
  deliveryEndpoints,
  endpointFor,
  type DeliveryEndpoint,
  type DeliveryEndpoints,
  type SingleDeliveryEvent,
} from '@rewards/domain';
import { mismatchOf, type Batch, type EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { deliveryTo, type Grant, type GrantDelivery } from '@rewards/service-kit/deliveries';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Streams } from '../../streams';
import type { Outcome, Sender } from '../sender';
import { addEarlierDeliveries } from './earlier-deliveries';
import { FullInventories } from './full-inventories';
import { grantOf } from './grants';
import { dueMs, Lane, type LaneContext } from './lane';
import { Messages } from './message';
import { OpenCounts } from './open-counts';
import type { OpenDeliveries } from './open-deliveries';
import {
  documentOf,
  newDelivery,
  openDeliveryOf,
  openStatusOf,
  orderOf,
  type OpenDelivery,
  type OpenStatus,
} from './open-delivery';
import { Outcomes } from './outcomes';

export const DISPATCHER_TASK = 'the dispatcher of deliveries';

/** What the dispatcher before this one has sent counts against the limits of the endpoints for a second. */
const SEND_AFTER_MS = 1_000;
/** A delivery that ends within this time is never written to the index. */
const WRITE_AFTER_MS = 1_000;
const SAVE_EVERY_MS = 500;
const WINDOW = 2_000;
/** Deliveries that are read from the index at once. */
const REFILL = 1_000;
/** Deliveries that are folded at once. A page of the log can list many more. */
const MAX_FOLDED = 1_000;
/**
 * How long the index remembers that a delivery ended, and after which suspension a dispatcher begins a new run instead of writing what
 * it had folded before. So no document of a delivery that ended comes back.
 */
const KEEP_ENDED_MS = 3_600_000;
const MAX_SUSPENDED_MS = 1_800_000;
/** Pause between two counts of the whole index, in between which only changes are counted. */
const COUNT_EVERY_MS = 3_600_000;
/** How long attempts in flight may take when the dispatcher stops, and then their recording. */
const STOP_MS = 3_000;

export interface DispatcherEngines {
  readonly store: EventStore;
  readonly index: OpenDeliveries;
  /** Creates the command loops of one run. Cached states do not outlive it, because a log may be restored between two runs. */
  readonly newStreams: () => Streams;
  readonly senders: Readonly<Record<DeliveryEndpoint['kind'], Sender>>;
  readonly upcast: Upcast;
}

export interface DispatcherOptions {
  /** Deliveries of one endpoint in memory. */
  readonly window?: number;
  readonly saveEveryMs?: number;
  /** Milliseconds from a start until the first message is sent. */
  readonly sendAfterMs?: number;
  /** Monotonic time in milliseconds. */
  readonly monotonic?: () => number;
  /** Time of the operating system in milliseconds, by which a suspension is noticed. */
  readonly systemTime?: () => number;
  readonly random?: () => number;
  /** Called with the outcome of each attempt. */
  readonly onAttempt?: (source: GrantDelivery, outcome: Outcome) => void;
}

/** An endpoint and its deliveries, for operators. */
export interface ReceiverState {
  readonly endpoint: DeliveryEndpoint;
  /** Why the circuit is open; null while it is closed. */
  readonly circuitOpenedBy: string | null;
  readonly pending: number;
  readonly parked: number;
  /** Time of the oldest grant that is pending; null if none is. */
  readonly oldestPendingAt: string | null;
}

type Resent = RecordedOf<Extract<DeliveryEvent, { readonly type: 'DeliveryResent' }>>;

/** What a run folds from the log. */
interface Run {
  readonly signal: AbortSignal;
  readonly messages: Messages;
  readonly outcomes: Outcomes;
  readonly streamsOf: Streams;
  readonly lanes: Map<string, Lane>;
  readonly context: LaneContext;
  /** Everything before it is folded. */
  folded: Checkpoint;
  endpoints: DeliveryEndpoints;
  endpointsRevision: number;
  /** Whether the log was read up to its end once. Nothing is sent before, because the outcomes of recent attempts are not known. */
  isCaughtUp: boolean;
  /** Deliveries that ended, whose documents are not marked as ended yet, by id. */
  readonly ended: Map<string, OpenDelivery>;
  readonly fullInventories: FullInventories;
  /** Endpoints whose earlier deliveries may not be complete, by id, with the position at which they were added. */
  readonly late: Map<string, Position>;
  savedPosition: Position;
  /** When it last had its turn, by the time of the operating system. */
  awakeAt: number;
  /** The counts of the index; null until they are complete. */
  counts: OpenCounts | null;
  /** Counts that are not complete yet. */
  counting: OpenCounts | null;
  /** Whether it began with an empty index, at the start of the log. */
  readonly isReplay: boolean;
}

/**
 * Sends every grant to the endpoint that accepts its reward type, and records what became of it. It follows the log in one ordered
 * subscription, so a delivery's state here is always the fold of the log: an outcome is recorded first, and takes effect when the
 * subscription delivers it. Two dispatchers on one log are correct; a lease avoids sending twice.
 *
 * Deliveries that do not end soon are documents of the index, of which only a window is in memory. The documents are written before
 * the checkpoint, and a delivery without a document holds the checkpoint back.
 */
export class Dispatcher {
  private running: Run | null = null;
  private blockedBy: string | null = null;
  private readonly queue = new KeyedQueue();
  private readonly onFolded = new Notifier();
  private readonly onSaved = new Notifier();

  constructor(
    private readonly engines: DispatcherEngines,
    private readonly clock: Clock,
    private readonly failures: Failures,
    private readonly options: DispatcherOptions = {},
  ) {}

  /** Why nothing is delivered, with the remedy; null while deliveries are sent, or another instance sends them. */
  get failure(): string | null {
    return this.blockedBy;
  }

  /** Position up to which the log is folded; null while another instance delivers. */
  get position(): Position | null {
    return this.running?.isCaughtUp ? this.running.folded.position : null;
  }

  /** Number of deliveries in memory. */
  get inMemory(): number {
    return [...(this.running?.lanes.values() ?? [])].reduce((sum, { open, overflow }) => sum + open.size + overflow.size, 0);
  }

  /** Returns the circuits that are open, by endpoint, each with the last failure. */
  openCircuits(): readonly { readonly endpoint: DeliveryEndpoint; readonly error: string }[] {
    const { running } = this;
    return [...(running?.endpoints.values() ?? [])].flatMap((endpoint) => {
      const error = running?.lanes.get(endpoint.endpointId)?.circuitOpenedBy ?? null;
      return error === null ? [] : [{ endpoint, error }];
    });
  }

  /** Returns the endpoints that are disabled. */
  disabledEndpoints(): readonly DeliveryEndpoint[] {
    return [...(this.running?.endpoints.values() ?? [])].filter(({ state }) => state === 'DISABLED');
  }

  /**
   * Returns every endpoint with its deliveries, up to two seconds old. Costs the same however many deliveries are open. Empty while
   * another instance delivers, and until the index is counted.
   */
  async receivers(): Promise<readonly ReceiverState[]> {
    const { running } = this;
    if (!running?.counts) return [];
    const { counts, lanes, endpoints } = running;
    return Promise.all(
      [...endpoints.values()].map(async (endpoint) => {
        const { endpointId } = endpoint;
        const lane = lanes.get(endpointId);
        const oldest = await this.engines.index.oldestPending(endpointId);
        const unwritten = [...(lane?.open.values() ?? [])].filter(
          ({ isIndexed, state }) => !isIndexed && state.status === 'PENDING',
        );
        const times = [...unwritten.map(({ source }) => source.at), ...(oldest ? [oldest.at] : [])].sort();
        return {
          endpoint,
          circuitOpenedBy: lane?.circuitOpenedBy ?? null,
          pending: counts.of(endpointId, 'PENDING') + unwritten.length,
          parked: counts.of(endpointId, 'PARKED'),
          oldestPendingAt: times[0] ?? null,
        };
      }),
    );
  }

  /** Delivers until the signal aborts. @throws errors of the engines; CheckpointMismatch after a restore: run it again */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.deliver(signal);
      this.blockedBy = null;
    } catch (error) {
      this.blockedBy = signal.aborted ? null : failureOf(error);
      throw error;
    }
  }

  private async deliver(signal: AbortSignal): Promise<void> {
    const ended = childController(signal);
    const attempts = new AbortController();
    const recording = new AbortController();
    const run = await this.start(ended.signal, attempts.signal, recording.signal);
    this.running = run;
    let failed: { readonly error: unknown } | null = null;
    const fail = (error: unknown): void => {
      if (!ended.signal.aborted) failed ??= { error };
      ended.abort();
    };
    const saving = this.saveRepeatedly(run).catch(fail);
    const adding = this.addEarlierDeliveries(run).catch(fail);
    const counting = this.countRepeatedly(run).catch(fail);
    try {
      const prefixes = [
        PREFIXES.participation,
        PREFIXES.deliveryEndpoints,
        PREFIXES.delivery,
        PREFIXES.deliveries,
        PREFIXES.earlierDeliveries,
        PREFIXES.rewardEvent,
        PREFIXES.login,
      ];
      for await (const batch of this.engines.store.subscribe({ after: run.folded, prefixes, signal: ended.signal })) {
        for (const part of this.partsOf(batch)) {
          if (ended.signal.aborted) break;
          await this.exclusively(() => this.fold(run, part));
        }
        if (ended.signal.aborted) break;
        this.failures.reportSuccess(DISPATCHER_TASK);
        this.blockedBy = null;
      }
      if (failed) throw (failed as { readonly error: unknown }).error;
    } finally {
      ended.abort();
      await stopIn(STOP_MS, attempts, Promise.all([...run.lanes.values()].map((lane) => lane.stop())), recording);
      await stopIn(STOP_MS, recording, run.outcomes.finish());
      this.onFolded.notify();
      this.onSaved.notify();
      await Promise.all([saving, adding, counting]);
      this.running = null;
    }
  }

  /** Resumes from the index and its checkpoint, or from the start of the log if they do not belong to it. */
  private async start(signal: AbortSignal, attempts: AbortSignal, recording: AbortSignal): Promise<Run> {
    const { store, index, newStreams, senders, upcast } = this.engines;
    const {
      monotonic = () => performance.now(),
      random = Math.random,
      window = WINDOW,
      sendAfterMs = SEND_AFTER_MS,
      onAttempt,
    } = this.options;
    let checkpoint = await index.checkpoint();
    const mismatch = checkpoint && (await mismatchOf(store, checkpoint));
    if (!checkpoint || mismatch) {
      if (mismatch)
        this.failures.logger.warn(
          { reason: mismatch.message },
          'dispatcher: the index of open deliveries belongs to another log, reading this one from its start',
        );
      await index.clear();
      checkpoint = startOf(await store.logId());
    }
    const streamsOf = newStreams();
    const messages = new Messages(store, upcast);
    const onError = (error: unknown): void => this.failures.reportFailure(DISPATCHER_TASK, error);
    const outcomes: Outcomes = new Outcomes(store, streamsOf, this.clock, {
      random,
      signal: recording,
      onError,
      folded: () => run.folded.position,
    });
    const run: Run = {
      signal,
      messages,
      outcomes,
      streamsOf,
      lanes: new Map(),
      context: {
        clock: this.clock,
        monotonic,
        messages,
        outcomes,
        senderOf: ({ kind }) => senders[kind],
        window,
        attempts,
        isSending: () => run.isCaughtUp && !signal.aborted,
        sendsFrom: monotonic() + sendAfterMs,
        refill: (lane) => this.exclusively(() => this.refill(run, lane)),
        onAttempt: ({ source }, outcome) => onAttempt?.(source, outcome),
        onError,
      },
      folded: checkpoint,
      endpoints: deliveryEndpoints.initial,
      endpointsRevision: -1,
      isCaughtUp: false,
      ended: new Map(),
      fullInventories: await FullInventories.open({
        index,
        outcomes,
        deliveryOf: (document) => openDeliveryOf(document, run.folded, monotonic()),
        inMemory: () => [...run.lanes.values()].flatMap(({ open, overflow }) => [...open.values(), ...overflow.values()]),
        hasEnded: (deliveryId) => run.ended.has(deliveryId),
        retrying: (task) => this.retrying(run, task),
      }),
      late: new Map(),
      savedPosition: checkpoint.position,
      awakeAt: this.systemTime(),
      counts: null,
      counting: null,
      isReplay: checkpoint.position === START,
    };
    for (const recorded of await store.readStream(streams.deliveryEndpoints())) {
      if (recorded.position > checkpoint.position) break;
      this.foldEndpoint(run, recorded);
    }
    return run;
  }

  /** Runs what changes the index, or depends on it, one at a time. */
  private exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.queue.run('index', task);
  }

  /** Repeats what needs an engine until it answers. */
  private retrying<T>({ signal }: Run, task: () => Promise<T>): Promise<T> {
    return retry(task, { signal, onError: (error) => this.failures.reportFailure(DISPATCHER_TASK, error) });
  }

  /** Splits a batch where its events concern too many deliveries to fold them at once. */
  private *partsOf({ events, checkpoint, caughtUp }: Batch): Generator<Batch> {
    let part: RecordedEvent[] = [];
    let size = 0;
    for (const recorded of events) {
      const deliveries = this.deliveriesIn(recorded);
      if (part.length > 0 && size + deliveries > MAX_FOLDED) {
        const { position, id } = part.at(-1) as RecordedEvent;
        yield { events: part, checkpoint: { logId: checkpoint.logId, position, eventId: id }, caughtUp: false };
        part = [];
        size = 0;
      }
      part.push(recorded);
      size += deliveries;
    }
    yield { events: part, checkpoint, caughtUp };
  }

  /** @returns the number of deliveries that an event of many deliveries names; at most 1 for any other event */
  private deliveriesIn(recorded: RecordedEvent): number {
    const { stream } = recorded;
    if (!stream.startsWith(PREFIXES.deliveries) && !stream.startsWith(PREFIXES.earlierDeliveries)) return 1;
    const { data } = this.upcastTo<DeliveryEvent>(recorded);
    return 'deliveries' in data ? data.deliveries.length : 1;
  }

  private async fold(run: Run, batch: Batch): Promise<void> {
    const loaded = await this.loadKnown(run, batch.events);
    const reopened: Resent[] = [];
    for (const recorded of batch.events) {
      const { stream } = recorded;
      if (stream.startsWith(PREFIXES.participation)) this.foldGrant(run, recorded);
      else if (stream.startsWith(PREFIXES.delivery)) this.foldDelivery(run, recorded, reopened);
      else if (stream.startsWith(PREFIXES.deliveries)) this.foldSuccesses(run, recorded);
      else if (stream.startsWith(PREFIXES.login)) run.fullInventories.foldLogin(this.upcastTo<LoginEvent>(recorded));
      else if (stream.startsWith(PREFIXES.rewardEvent)) run.messages.changed(stream);
      else if (stream.startsWith(PREFIXES.earlierDeliveries)) this.foldEarlier(run, recorded);
      else this.foldEndpoint(run, recorded);
    }
    for (const resent of reopened) await this.retrying(run, () => this.reopen(run, resent));
    for (const delivery of loaded) this.bound(run, delivery);
    if (run.isCaughtUp || batch.caughtUp) await run.fullInventories.resendAfterLogins();
    else await run.fullInventories.forgetOtherLogins();
    await this.writeOverflow(run, batch.checkpoint.position);
    run.folded = batch.checkpoint;
    if (batch.caughtUp && !run.isCaughtUp) {
      run.isCaughtUp = true;
      for (const lane of run.lanes.values()) lane.hasBacklog = true;
    }
    for (const lane of run.lanes.values()) {
      if (lane.isFinished) run.lanes.delete(lane.endpointId);
      else lane.pump();
    }
    this.onFolded.notify();
  }

  private upcastTo<Event extends DomainEvent>(recorded: RecordedEvent): RecordedOf<Event> {
    return this.engines.upcast<Event>(recorded);
  }

  private foldEndpoint(run: Run, recorded: RecordedEvent): void {
    const event = this.upcastTo<DeliveryEndpointEvent>(recorded);
    run.endpoints = deliveryEndpoints.evolve(run.endpoints, event);
    run.endpointsRevision = recorded.revision;
    const { endpointId } = event.data;
    if (event.type === 'DeliveryEndpointAdded' && event.data.from !== undefined) run.late.set(endpointId, recorded.position);
    if (event.type === 'DeliveryEndpointRemoved') run.late.delete(endpointId);
    for (const lane of run.lanes.values()) lane.follow(run.endpoints.get(lane.endpointId) ?? null, run.endpointsRevision);
    laneOf(run, endpointId);
  }

  private foldGrant(run: Run, recorded: RecordedEvent): void {
    const grant = grantOf(recorded, this.engines.upcast);
    const endpoint = grant && endpointFor(run.endpoints, grant.data.type);
    if (endpoint) this.create(run, deliveryTo(endpoint.endpointId, grant), grant);
  }

  private foldEarlier(run: Run, recorded: RecordedEvent): void {
    const { type, data } = this.upcastTo<DeliveryEvent>(recorded);
    if (type !== 'EarlierDeliveriesAdded') return;
    for (const delivery of data.deliveries) this.create(run, { ...delivery, endpointId: data.endpointId }, null);
  }

  private create(run: Run, source: GrantDelivery, grant: Grant | null): void {
    const lane = laneOf(run, source.endpointId);
    if (lane.find(source.deliveryId)) return;
    const delivery = newDelivery(source, grant, run.folded, run.context.monotonic());
    // The index may be ahead of the checkpoint from which this run resumed, and have a document already.
    delivery.isIndexed = delivery.isDirty = !run.isCaughtUp && !run.isReplay;
    const isFull = lane.open.size >= run.context.window || (run.isCaughtUp && lane.hasBacklog);
    if (isFull) lane.overflow.set(source.deliveryId, delivery);
    else lane.add(delivery);
  }

  private foldSuccesses(run: Run, recorded: RecordedEvent): void {
    const { type, data } = this.upcastTo<DeliveryEvent>(recorded);
    if (type !== 'RewardsDelivered') return;
    run.outcomes.folded(data.endpointId, recorded.stream, recorded.revision);
    const lane = laneOf(run, data.endpointId);
    for (const { deliveryId } of data.deliveries) {
      const delivery = lane.find(deliveryId);
      if (delivery) this.close(run, lane, delivery);
    }
  }

  private foldDelivery(run: Run, recorded: RecordedEvent, reopened: Resent[]): void {
    const event = this.upcastTo<SingleDeliveryEvent>(recorded);
    const { deliveryId, endpointId, accountId } = event.data;
    const lane = laneOf(run, endpointId);
    const delivery = lane.find(deliveryId);
    if (event.type === 'DeliveryResent') run.fullInventories.foldResent(event.data);
    if (!delivery) {
      if (event.type === 'DeliveryResent') reopened.push(event);
      return;
    }
    // A document may be ahead of the checkpoint, and so of the events after it.
    if (recorded.revision <= delivery.revision) return;
    delivery.state = deliveryAggregate.evolve(delivery.state, event);
    delivery.revision = recorded.revision;
    delivery.isDirty = true;
    if (delivery.state.parkedFor === 'INVENTORY_FULL') run.fullInventories.add(accountId);
    if (delivery.state.status === 'DELIVERED' || delivery.state.status === 'ABANDONED') this.close(run, lane, delivery);
    else lane.settle(delivery);
  }

  private close(run: Run, lane: Lane, delivery: OpenDelivery): void {
    if (delivery.isIndexed) run.ended.set(delivery.source.deliveryId, delivery);
    lane.close(delivery);
  }

  /** Opens a delivery that had ended, unless it ended again since. Its own stream and its grant have everything. */
  private async reopen(run: Run, { data }: Resent): Promise<void> {
    const { deliveryId, endpointId, position } = data;
    const lane = laneOf(run, endpointId);
    if (lane.find(deliveryId)) return;
    const { state, revision } = await run.streamsOf.of(deliveryAggregate).load(streams.delivery(deliveryId));
    if (state.status !== 'PENDING' && state.status !== 'PARKED') return;
    const [recorded] = await this.engines.store.eventsAt([position]);
    const grant = recorded ? grantOf(recorded, this.engines.upcast) : null;
    if (!grant) return;
    const delivery = newDelivery(deliveryTo(endpointId, grant), grant, run.folded, run.context.monotonic());
    // Its document may not be marked as ended yet. It is written again.
    const indexedAs = run.ended.get(deliveryId)?.indexedAs ?? null;
    const isIndexed = run.ended.delete(deliveryId);
    lane.overflow.set(deliveryId, Object.assign(delivery, { state, revision, isIndexed, indexedAs, isDirty: true }));
  }

  /** Loads the deliveries of the index that these events concern. */
  private async loadKnown(run: Run, events: readonly RecordedEvent[]): Promise<readonly OpenDelivery[]> {
    const ids = new Set<string>();
    const need = (endpointId: string, deliveryId: string): void => {
      if (!run.lanes.get(endpointId)?.find(deliveryId)) ids.add(deliveryId);
    };
    for (const recorded of events) {
      const { stream } = recorded;
      if (stream.startsWith(PREFIXES.delivery)) {
        const { data } = this.upcastTo<SingleDeliveryEvent>(recorded);
        need(data.endpointId, data.deliveryId);
      } else if (stream.startsWith(PREFIXES.deliveries)) {
        const { type, data } = this.upcastTo<DeliveryEvent>(recorded);
        if (type === 'RewardsDelivered') for (const { deliveryId } of data.deliveries) need(data.endpointId, deliveryId);
      }
    }
    if (ids.size === 0) return [];
    const documents = await this.retrying(run, () => this.engines.index.get([...ids]));
    return documents
      .filter(({ deliveryId }) => !run.ended.has(deliveryId))
      .map((document) => {
        const delivery = openDeliveryOf(document, run.folded, run.context.monotonic());
        laneOf(run, document.endpointId).add(delivery);
        return delivery;
      });
  }

  /** Returns a delivery to the index if there is no place for it in memory. */
  private bound({ lanes, context }: Run, delivery: OpenDelivery): void {
    const lane = lanes.get(delivery.source.endpointId);
    if (!lane || delivery.isClosed || lane.open.size <= context.window || isBusy(delivery)) return;
    lane.evict(delivery);
    lane.overflow.set(delivery.source.deliveryId, delivery);
  }

  private async writeOverflow(run: Run, position: Position): Promise<void> {
    for (const lane of run.lanes.values()) {
      if (lane.overflow.size === 0) continue;
      const overflow = [...lane.overflow.values()];
      this.requireAwake(run);
      await this.retrying(run, () => this.write(run, overflow, position));
      lane.overflow.clear();
      for (const delivery of overflow) lane.indexed(delivery);
      if (run.isCaughtUp && overflow.some(({ state }) => state.status === 'PENDING')) lane.hasBacklog = true;
    }
  }

  /** Brings deliveries that are due from the index into memory. */
  private async refill(run: Run, lane: Lane): Promise<void> {
    const { index } = this.engines;
    if (run.ended.size > REFILL) await this.markEnded(run);
    const room = Math.min(REFILL, run.context.window - lane.open.size);
    if (room <= 0) return;
    // Documents of deliveries in memory, or that ended, are among those that it finds.
    const limit = room + lane.open.size + run.ended.size;
    const documents = await index.due(lane.endpointId, limit, lane.isRemoved);
    const now = this.clock.now();
    const others = documents.filter(({ deliveryId }) => !lane.open.has(deliveryId) && !run.ended.has(deliveryId));
    const isDue = (delivery: OpenDelivery): boolean => lane.isRemoved || dueMs(delivery) <= now;
    const found = others.map((document) => openDeliveryOf(document, run.folded, run.context.monotonic()));
    const allDue = found.filter(isDue);
    const due = allDue.slice(0, room);
    await run.messages.loadGrants(due);
    for (const delivery of due) lane.add(delivery);
    const next = found.find((delivery) => !isDue(delivery));
    lane.hasBacklog = allDue.length > room || (documents.length === limit && !next);
    lane.refillAt = lane.hasBacklog ? 0 : next ? dueMs(next) : Infinity;
    if (lane.isFinished) run.lanes.delete(lane.endpointId);
  }

  private async saveRepeatedly(run: Run): Promise<void> {
    for (;;) {
      await sleep(this.options.saveEveryMs ?? SAVE_EVERY_MS, { signal: run.signal });
      if (run.signal.aborted) return;
      this.requireAwake(run);
      run.awakeAt = this.systemTime();
      try {
        await this.exclusively(() => this.save(run));
        this.onSaved.notify();
      } catch (error) {
        this.failures.reportFailure(DISPATCHER_TASK, error);
      }
      for (const lane of run.lanes.values()) {
        for (const delivery of lane.open.values()) if (delivery.phase === 'waiting') lane.settle(delivery);
        lane.pump();
      }
    }
  }

  /** Writes the deliveries that did not end soon, and marks those that ended; then the checkpoint. */
  private async save(run: Run): Promise<void> {
    this.requireAwake(run);
    const { index } = this.engines;
    const { position } = run.folded;
    const now = run.context.monotonic();
    const open = [...run.lanes.values()].flatMap((lane) => [...lane.open.values()].map((delivery) => ({ lane, delivery })));
    const isWritten = ({ delivery: { isIndexed, isDirty, phase, since } }: (typeof open)[number]): boolean =>
      isIndexed ? isDirty : phase === 'waiting' || now - since >= WRITE_AFTER_MS;
    const written = open.filter(isWritten);
    await this.write(
      run,
      written.map(({ delivery }) => delivery),
      position,
    );
    let checkpoint = run.folded;
    for (const { lane, delivery } of open) {
      if (delivery.isClosed) continue;
      if (!delivery.isIndexed && delivery.before.position < checkpoint.position) checkpoint = delivery.before;
      if (delivery.isIndexed && delivery.phase === 'waiting') {
        lane.evict(delivery);
        lane.indexed(delivery);
      }
    }
    await this.markEnded(run);
    await index.removeEnded(new Date(this.clock.now() - KEEP_ENDED_MS).toISOString());
    // Every document is known from now on: none is only assumed to be in the index.
    if (run.isCaughtUp && !run.counts) run.counting ??= new OpenCounts(run.endpoints.keys());
    if (checkpoint.position === run.savedPosition) return;
    await index.saveCheckpoint(checkpoint);
    run.savedPosition = checkpoint.position;
  }

  /** Writes the documents of deliveries as of a position. Call `requireAwake` first. */
  private async write(run: Run, deliveries: readonly OpenDelivery[], position: Position): Promise<void> {
    await this.engines.index.write(deliveries.map(documentOf), position);
    for (const delivery of deliveries) {
      noteChange(run, delivery, openStatusOf(delivery.state));
      Object.assign(delivery, { isIndexed: true, isDirty: false });
    }
  }

  private async markEnded(run: Run): Promise<void> {
    const ended = [...run.ended.values()];
    if (ended.length === 0) return;
    await this.engines.index.markEnded(ended.map(documentOf), run.folded.position, this.clock.iso());
    for (const delivery of ended) {
      noteChange(run, delivery, null);
      run.ended.delete(delivery.source.deliveryId);
    }
  }

  /** @throws Error after a long suspension: another dispatcher may have ended what this run has in memory */
  private requireAwake({ awakeAt }: Run): void {
    if (this.systemTime() - awakeAt > MAX_SUSPENDED_MS) throw new Error('The dispatcher was suspended for too long.');
  }

  private systemTime(): number {
    return (this.options.systemTime ?? Date.now)();
  }

  /** Counts the documents of the index, in slices between other work, so that reading the counts costs nothing. */
  private async countRepeatedly(run: Run): Promise<void> {
    while (!run.signal.aborted) {
      const { counting } = run;
      if (!counting) {
        await this.onSaved.wait({ signal: run.signal });
        continue;
      }
      const next = (): Promise<boolean> => this.exclusively(() => counting.countNext(this.engines.index));
      while (!run.signal.aborted && !(await this.retrying(run, next))) await nextTurn();
      if (run.signal.aborted) return;
      run.counts = counting;
      run.counting = null;
      await sleep(COUNT_EVERY_MS, { signal: run.signal, ref: false });
      run.counting = new OpenCounts(run.endpoints.keys());
    }
  }

  /** Adds the deliveries of earlier grants, one endpoint after the other, in the order in which they were added. */
  private async addEarlierDeliveries(run: Run): Promise<void> {
    const { store, upcast } = this.engines;
    while (!run.signal.aborted) {
      const [first] = run.isCaughtUp ? run.late : [];
      if (!first) {
        await this.onFolded.wait({ signal: run.signal });
        continue;
      }
      const [endpointId, addedAt] = first;
      const engines = { store, upcast, clock: this.clock, isWanted: () => run.late.has(endpointId) };
      await this.retrying(run, () => addEarlierDeliveries(engines, { endpointId, addedAt }, run.signal));
      run.late.delete(endpointId);
    }
  }
}

/** Counts the change of a document. @param to its status now; null if it is removed */
const noteChange = ({ counts, counting }: Run, delivery: OpenDelivery, to: OpenStatus | null): void => {
  const { source, indexedAs } = delivery;
  for (const each of [counts, counting]) each?.changed(source.endpointId, orderOf(source), indexedAs, to);
  delivery.indexedAs = to;
};

const laneOf = (run: Run, endpointId: string): Lane => {
  const existing = run.lanes.get(endpointId);
  if (existing) return existing;
  const lane = new Lane(endpointId, run.context);
  lane.follow(run.endpoints.get(endpointId) ?? null, run.endpointsRevision);
  run.lanes.set(endpointId, lane);
  return lane;
};

/** Whether an attempt or its recording is in progress. */
const isBusy = ({ phase }: OpenDelivery): boolean => phase === 'sending' || phase === 'recording';

/** Waits for work, and then aborts what it waits for. @param also aborted with it, if the work takes even longer */
const stopIn = async (ms: number, stopped: AbortController, work: Promise<unknown>, also?: AbortController): Promise<void> => {
  const timers = [setTimeout(() => stopped.abort(), ms), setTimeout(() => also?.abort(), 2 * ms)];
  await work;
  timers.forEach(clearTimeout);
  stopped.abort();
};

const failureOf = (error: unknown): string =>
  `Deliveries are not sent: ${error instanceof Error ? error.message : String(error)} The dispatcher tries again; install the newest version if it persists.`;

/** Describes the endpoints that receive nothing to an operator; null if all work. */
export const receiversText = (dispatcher: Dispatcher): string | null => {
  const texts = [
    ...dispatcher
      .disabledEndpoints()
      .map((endpoint) => `${nameOf(endpoint)} is disabled: ${endpoint.reason ?? 'its receiver no longer exists.'}`),
    ...dispatcher
      .openCircuits()
      .map(({ endpoint, error }) => `${nameOf(endpoint)} does not respond and is only probed: ${error}`),
  ];
  return texts.length > 0 ? texts.join(' ') : null;
};

const nameOf = ({ name, endpointId }: DeliveryEndpoint): string => `Endpoint "${name}" (${endpointId})`;
