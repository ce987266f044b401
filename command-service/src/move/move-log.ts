import { sleep } from '@rewards/async';
import { START, type Position, type RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable, NO_STREAM, type Appended, type EventStore } from '@rewards/event-store';

/** The target contains other events, so it is not an interrupted copy of the source. */
export class TargetMismatch extends Error {
  override readonly name = 'TargetMismatch';
}

/** Appends that the EventStoreDB adapter sends without queueing. Its queue would not stop at the first failure. */
const IN_FLIGHT = 15;
/** Consecutive events of one stream become one append within these limits, which keep it below the largest append. */
const MAX_EVENTS = 100;
const MAX_LENGTH = 200_000;
const RETRY_MS = 500;
const RETRY_FOR_MS = 60_000;

/**
 * Copies a log in order, with the ids and revisions of its events. The target assigns its own positions. No other process may
 * append to either log during the copy. The same call finishes an interrupted copy.
 * @param to must not retry on its own, because that would change the order
 * @param onMoved called with the number of events that the target is confirmed to have
 * @returns the number of events in the target
 * @throws TargetMismatch, WrongExpectedRevision, EventStoreUnavailable
 */
export const moveLog = async (from: EventStore, to: EventStore, onMoved: (events: number) => void): Promise<number> => {
  const targetEvents = eventsOf(to);
  const appends = new OrderedAppends(to, onMoved);
  try {
    for await (const event of eventsOf(from)) {
      const { value: existing } = await targetEvents.next();
      if (existing) appends.skip(requireSame(existing, event));
      else await appends.add(event);
    }
    const moved = await appends.finish();
    const { value: more } = await targetEvents.next();
    if (more)
      throw new TargetMismatch(`The target has more events than the log in DATA_DIR. The first one is in stream ${more.stream}.`);
    return moved;
  } finally {
    await appends.settle();
  }
};

interface Append {
  readonly events: RecordedEvent[];
  readonly length: number;
}

type Outcome = { readonly appended: Appended } | { readonly error: unknown };

interface InFlight {
  readonly append: Append;
  readonly outcome: Promise<Outcome>;
}

/**
 * Appends events of all streams in log order, with several appends in flight. The target receives them over one connection, in
 * the order in which they are sent. After a failure, nothing more is sent until all appends in flight have settled. Then the
 * failed append and those after it are repeated one by one; repeating a recorded append changes nothing. The positions that the
 * target assigns prove the order.
 */
class OrderedAppends {
  private moved = 0;
  private position: Position = START;
  private next: Append | null = null;
  private inFlight: InFlight[] = [];
  private hasFailed = false;

  constructor(
    private readonly target: EventStore,
    private readonly onMoved: (events: number) => void,
  ) {}

  /** Counts an event that the target already has. */
  skip({ position }: RecordedEvent): void {
    this.confirm(position, 1);
  }

  async add(event: RecordedEvent): Promise<void> {
    const length = JSON.stringify([event.data, event.metadata]).length;
    if (this.next && follows(event, this.next, length)) {
      this.next.events.push(event);
      this.next = { ...this.next, length: this.next.length + length };
      return;
    }
    await this.send();
    this.next = { events: [event], length };
  }

  /** @returns the number of events in the target */
  async finish(): Promise<number> {
    await this.send();
    while (this.inFlight.length > 0) await this.settleFirst();
    return this.moved;
  }

  /** Waits until all appends in flight have succeeded or failed. */
  async settle(): Promise<void> {
    await Promise.all(this.inFlight.map(({ outcome }) => outcome));
  }

  private async send(): Promise<void> {
    const append = this.next;
    if (!append) return;
    while (this.hasFailed || this.inFlight.length >= IN_FLIGHT) await this.settleFirst();
    this.next = null;
    const outcome = this.append(append).then(
      (appended): Outcome => ({ appended }),
      (error: unknown): Outcome => {
        this.hasFailed = true;
        return { error };
      },
    );
    this.inFlight.push({ append, outcome });
  }

  private async settleFirst(): Promise<void> {
    const first = this.inFlight[0];
    const outcome = await first?.outcome;
    if (this.hasFailed) return this.repeatUnconfirmed();
    this.inFlight.shift();
    if (first && outcome && 'appended' in outcome) this.confirm(outcome.appended.position, first.append.events.length);
  }

  /** Repeats the unconfirmed appends one by one. */
  private async repeatUnconfirmed(): Promise<void> {
    await this.settle();
    this.hasFailed = false;
    for (let first = this.inFlight[0]; first; first = this.inFlight[0]) {
      const { position } = await this.appendWithRetries(first.append);
      this.inFlight.shift();
      this.confirm(position, first.append.events.length);
    }
  }

  private async appendWithRetries(append: Append): Promise<Appended> {
    for (const until = performance.now() + RETRY_FOR_MS; ; await sleep(RETRY_MS)) {
      try {
        return await this.append(append);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable) || performance.now() > until) throw error;
      }
    }
  }

  private append({ events }: Append): Promise<Appended> {
    const [{ stream, revision }] = events as [RecordedEvent];
    const expected = revision === 0 ? NO_STREAM : revision - 1;
    return this.target.append(
      stream,
      expected,
      events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata })),
    );
  }

  private confirm(position: Position, events: number): void {
    if (position <= this.position) {
      throw new TargetMismatch(
        'The target recorded the events in another order than the log in DATA_DIR. Empty the target and start again.',
      );
    }
    this.position = position;
    this.moved += events;
    this.onMoved(this.moved);
  }
}

const follows = (event: RecordedEvent, { events, length }: Append, more: number): boolean =>
  events.at(-1)?.stream === event.stream && events.length < MAX_EVENTS && length + more <= MAX_LENGTH;

/** @returns the event as the target has it */
const requireSame = (existing: RecordedEvent, { stream, revision, id }: RecordedEvent): RecordedEvent => {
  if (existing.stream === stream && existing.revision === revision && existing.id === id) return existing;
  throw new TargetMismatch(
    `The target has an event of ${existing.stream} where the log in DATA_DIR has one of ${stream}. Move into an empty event store.`,
  );
};

/** Yields all events up to the current end of the log. */
const eventsOf = async function* (store: EventStore): AsyncGenerator<RecordedEvent, undefined, undefined> {
  for await (const { events, caughtUp } of store.subscribe({ after: START })) {
    yield* events;
    if (caughtUp) return;
  }
};
