import { waitFor } from '@rewards/async';
import type { DeliveryEndpoint } from '@rewards/domain';
import type { Clock } from '@rewards/service-kit/clock';
import type { Outcome, Sender } from '../sender';
import { Circuit } from './circuit';
import type { Messages } from './message';
import type { OpenDelivery } from './open-delivery';
import { isUnrecorded, type Outcomes } from './outcomes';
import { Pace } from './pace';

/** Attempts of one endpoint at the same time. */
const CONCURRENT = 64;
/** Pause after a message could not be composed. */
const POSTPONED_MS = 1_000;

export interface LaneContext {
  readonly clock: Clock;
  /** Monotonic time in milliseconds. */
  readonly monotonic: () => number;
  readonly messages: Messages;
  readonly outcomes: Outcomes;
  readonly senderOf: (endpoint: DeliveryEndpoint) => Sender;
  /** Deliveries of one endpoint in memory. */
  readonly window: number;
  /** Ends the attempts in flight. */
  readonly attempts: AbortSignal;
  /** Whether deliveries may be sent: the log was read up to its end, and the dispatcher runs. */
  readonly isSending: () => boolean;
  /** When the first message may be sent, by the monotonic clock. */
  readonly sendsFrom: number;
  /** Brings more deliveries into memory. */
  readonly refill: (lane: Lane) => Promise<void>;
  readonly onAttempt: (delivery: OpenDelivery, outcome: Outcome) => void;
  readonly onError: (error: unknown) => void;
}

/** The deliveries of one endpoint in memory, and their attempts. One lane never waits for another. */
export class Lane {
  readonly open = new Map<string, OpenDelivery>();
  /** Deliveries that have no place in memory and are about to be written to the index. */
  readonly overflow = new Map<string, OpenDelivery>();
  /** When the index has another delivery that is due, in milliseconds since 1970; 0 for now. */
  refillAt = 0;
  /** Whether the index has deliveries that are due and not in memory. Newer ones then queue behind them. */
  hasBacklog = false;
  private endpoint: DeliveryEndpoint | null = null;
  private readonly ready = new Set<OpenDelivery>();
  private readonly circuit = new Circuit();
  private pace = new Pace(1);
  private inFlight = new Set<Promise<void>>();
  private isLoading = false;
  private timer: { readonly handle: NodeJS.Timeout; readonly at: number } | null = null;
  /** Nothing is sent before the endpoints are folded up to this revision. */
  private awaitedRevision = -1;
  private endpointsRevision = -1;

  constructor(
    readonly endpointId: string,
    private readonly context: LaneContext,
  ) {}

  /** Why the circuit is open; null while it is closed. */
  get circuitOpenedBy(): string | null {
    return this.circuit.openedBy;
  }

  /** Whether its endpoint no longer exists: its deliveries are then abandoned. */
  get isRemoved(): boolean {
    return this.endpoint === null;
  }

  /** Whether nothing is left to do for an endpoint that was removed. */
  get isFinished(): boolean {
    return this.isRemoved && this.open.size === 0 && this.overflow.size === 0 && this.refillAt === Infinity;
  }

  find(deliveryId: string): OpenDelivery | undefined {
    return this.open.get(deliveryId) ?? this.overflow.get(deliveryId);
  }

  /** Applies the endpoint as of a revision of their stream. @param endpoint null if it was removed */
  follow(endpoint: DeliveryEndpoint | null, revision: number): void {
    const before = this.endpoint;
    this.endpointsRevision = revision;
    if (endpoint === before) return;
    this.endpoint = endpoint;
    if (endpoint) {
      if (before) this.pace.set(endpoint.maxPerSecond);
      else this.pace = new Pace(endpoint.maxPerSecond, this.context.sendsFrom);
      if (before && (before.url !== endpoint.url || before.secretId !== endpoint.secretId || before.state !== endpoint.state)) {
        this.circuit.reset();
        this.context.senderOf(before).release(this.endpointId);
      }
    } else {
      this.refillAt = 0;
      if (before) this.context.senderOf(before).release(this.endpointId);
      for (const delivery of this.open.values()) this.settle(delivery);
    }
  }

  add(delivery: OpenDelivery): void {
    this.open.set(delivery.source.deliveryId, delivery);
    this.settle(delivery);
  }

  /** Decides what happens with a delivery after a change of its state, unless an attempt or its recording is in progress. */
  settle(delivery: OpenDelivery): void {
    if (delivery.state.status === 'DELIVERED' || delivery.state.status === 'ABANDONED') return this.close(delivery);
    if (delivery.phase === 'sending') return;
    if (delivery.phase === 'recording' && delivery.revision < delivery.awaits) return;
    const isReady = this.isRemoved || (delivery.state.status === 'PENDING' && dueMs(delivery) <= this.context.clock.now());
    delivery.phase = isReady ? 'ready' : 'waiting';
    if (isReady) this.ready.add(delivery);
    else this.ready.delete(delivery);
  }

  close(delivery: OpenDelivery): void {
    delivery.isClosed = true;
    this.evict(delivery);
  }

  /** Removes a delivery from memory. */
  evict(delivery: OpenDelivery): void {
    this.open.delete(delivery.source.deliveryId);
    this.overflow.delete(delivery.source.deliveryId);
    this.ready.delete(delivery);
  }

  /** Notes that the index has a delivery that is not in memory. */
  indexed(delivery: OpenDelivery): void {
    const isPending = delivery.state.status === 'PENDING';
    if (isPending || this.isRemoved) this.refillAt = Math.min(this.refillAt, this.isRemoved ? 0 : dueMs(delivery));
  }

  /** Sends what may be sent now, and comes back when more may be. */
  pump(): void {
    for (; this.context.isSending();) {
      const { endpoint } = this;
      if (this.inFlight.size >= CONCURRENT) return;
      if (endpoint && (endpoint.state !== 'ACTIVE' || this.endpointsRevision < this.awaitedRevision)) return;
      const now = this.context.monotonic();
      const isProbing = this.circuit.openedBy !== null && endpoint !== null;
      if (this.ready.size === 0 || (!isProbing && this.ready.size * 2 <= this.context.window)) this.refillIfDue();
      const [delivery] = this.ready;
      if (!delivery) return;
      if (!endpoint) {
        this.start(delivery, this.abandon(delivery));
        continue;
      }
      const probeInMs = this.circuit.waitMs(now);
      if (probeInMs === null) return;
      const message = this.context.messages.find(delivery);
      if (!message) return this.load(delivery);
      const waitMs = this.pace.waitMs(now);
      if (waitMs === null) return;
      const pauseMs = Math.max(probeInMs, waitMs);
      if (pauseMs > 0) return this.pumpIn(pauseMs, now);
      this.start(delivery, this.attempt(delivery, endpoint, message));
    }
  }

  /** Stops the timer, and waits for the attempts in flight and their recording. */
  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer.handle);
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private start(delivery: OpenDelivery, work: Promise<void>): void {
    this.ready.delete(delivery);
    const tracked = work
      .catch((error: unknown) => this.context.onError(error))
      .finally(() => {
        this.inFlight.delete(tracked);
        this.pump();
      });
    this.inFlight.add(tracked);
  }

  private async attempt(
    delivery: OpenDelivery,
    endpoint: DeliveryEndpoint,
    message: Parameters<Sender['send']>[1],
  ): Promise<void> {
    const { attempts, outcomes, monotonic } = this.context;
    const { pace } = this;
    const isProbe = this.circuit.begin();
    const attempt = delivery.state.attempts + 1;
    delivery.phase = 'sending';
    pace.start(monotonic());
    const outcome = await waitFor(this.context.senderOf(endpoint).send(endpoint, message, attempts), {
      signal: attempts,
    }).finally(() => pace.end(monotonic()));
    if (!outcome || (attempts.aborted && outcome.kind === 'retry')) {
      this.circuit.cancel(isProbe);
      return this.again(delivery);
    }
    this.context.onAttempt(delivery, outcome);
    const isDown = outcome.kind === 'retry' && outcome.isEndpointDown;
    if (!isDown) this.circuit.succeed();
    else if (!this.circuit.fail(monotonic(), isProbe, outcome.error, delivery.source.deliveryId)) return this.again(delivery);
    if (outcome.kind === 'gone') {
      delivery.phase = 'recording';
      this.awaitedRevision = Infinity;
      this.awaitedRevision = await outcomes.disable(endpoint, outcome.error);
      return this.again(delivery);
    }
    if (outcome.kind === 'delivered' ? !isUnrecorded(delivery) : delivery.isClosed) return;
    delivery.phase = 'recording';
    delivery.awaits = Infinity;
    await outcomes.record(delivery, attempt, outcome);
    if (!delivery.isClosed) this.settle(delivery);
  }

  private async abandon(delivery: OpenDelivery): Promise<void> {
    delivery.phase = 'recording';
    delivery.awaits = Infinity;
    await this.context.outcomes.abandon(delivery);
    if (!delivery.isClosed) this.settle(delivery);
  }

  /** Puts a delivery at the end of the queue, so that another one is the next probe. */
  private again(delivery: OpenDelivery): void {
    if (delivery.isClosed) return;
    delivery.phase = 'waiting';
    this.settle(delivery);
  }

  private load(delivery: OpenDelivery): void {
    if (this.isLoading) return;
    this.isLoading = true;
    void this.context.messages
      .load(delivery)
      .then(
        () => true,
        (error: unknown) => {
          this.context.onError(error);
          // It must not hold up the others.
          if (this.ready.delete(delivery)) this.ready.add(delivery);
          return false;
        },
      )
      .then((isLoaded) => {
        this.isLoading = false;
        if (isLoaded) this.pump();
        else this.pumpIn(POSTPONED_MS, this.context.monotonic());
      });
  }

  private refillIfDue(): void {
    // A larger portion costs hardly more than a small one.
    const isNearlyFull = this.open.size * 4 > this.context.window * 3;
    if (isNearlyFull || this.isLoading || this.refillAt > this.context.clock.now()) return;
    this.isLoading = true;
    void this.context
      .refill(this)
      .catch((error: unknown) => {
        this.context.onError(error);
        this.refillAt = this.context.clock.now() + POSTPONED_MS;
      })
      .then(() => {
        this.isLoading = false;
        this.pump();
      });
  }

  private pumpIn(ms: number, now: number): void {
    const at = now + ms;
    if (!this.context.isSending()) return;
    if (this.timer && this.timer.at <= at) return;
    if (this.timer) clearTimeout(this.timer.handle);
    const handle = setTimeout(() => {
      this.timer = null;
      this.pump();
    }, Math.ceil(ms));
    this.timer = { handle, at };
  }
}

/** When a delivery is due, in milliseconds since 1970. */
export const dueMs = ({ state }: Pick<OpenDelivery, 'state'>): number =>
  state.nextAttemptAt === null ? 0 : Date.parse(state.nextAttemptAt);
