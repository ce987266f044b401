import { sleep } from '@rewards/async';
import { START, type Position, type RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable, NO_STREAM, type Appended, type EventStore } from '@rewards/event-store';

/** The target holds other events: it is no interrupted copy of the source. */
export class OtherLog extends Error {
  override readonly name = 'OtherLog';
}

/** As many appends as the EventStoreDB adapter sends without a queue of its own, which would not end with the first failure. */
const IN_FLIGHT = 15;
/** Consecutive events of one stream become one append, as far as they are surely smaller than the largest one. */
const MAX_EVENTS = 100;
const MAX_LENGTH = 200_000;
const RETRY_MS = 500;
const RETRY_FOR_MS = 60_000;

/**
 * Copies a log in its order, with the ids and the revisions of its events; their positions are the target's own. Nobody
 * appends to either meanwhile. An interrupted copy is finished by the same call.
 * @param to retries nothing by itself, because that would change the order
 * @param onMoved told how many events the target is known to hold
 * @returns how many it holds now
 * @throws OtherLog, WrongExpectedRevision, EventStoreUnavailable
 */
export const moveLog = async (from: EventStore, to: EventStore, onMoved: (events: number) => void): Promise<number> => {
  const there = eventsOf(to);
  const appends = new OrderedAppends(to, onMoved);
  try {
    for await (const event of eventsOf(from)) {
      const { value: known } = await there.next();
      if (known) appends.skip(refuseOther(known, event));
      else await appends.add(event);
    }
    const moved = await appends.finish();
    const { value: more } = await there.next();
    if (more) throw new OtherLog(`The target's log goes on with ${more.stream} where that of DATA_DIR ends.`);
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
 * Appends events of all streams in the log's order, several at once. The target receives them over one connection, in the order
 * in which they are sent. After a failure nothing more is sent until all that was in flight has settled; then what failed and
 * what followed it is repeated one by one, which changes nothing for what was recorded. The positions that the target assigns
 * prove the order.
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

  /** Counts an event that the target holds. */
  skip({ position }: RecordedEvent): void {
    this.reach(position, 1);
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

  /** @returns how many events the target holds */
  async finish(): Promise<number> {
    await this.send();
    while (this.inFlight.length > 0) await this.settleFirst();
    return this.moved;
  }

  /** Waits for what is in flight, whatever becomes of it. */
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
    if (this.hasFailed) return this.repeat();
    this.inFlight.shift();
    if (first && outcome && 'appended' in outcome) this.reach(outcome.appended.position, first.append.events.length);
  }

  /** Repeats one by one all that is not known to be recorded. */
  private async repeat(): Promise<void> {
    await this.settle();
    this.hasFailed = false;
    for (let first = this.inFlight[0]; first; first = this.inFlight[0]) {
      const { position } = await this.appendPatiently(first.append);
      this.inFlight.shift();
      this.reach(position, first.append.events.length);
    }
  }

  private async appendPatiently(append: Append): Promise<Appended> {
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

  private reach(position: Position, events: number): void {
    if (position <= this.position) {
      throw new OtherLog("The target recorded events in another order than DATA_DIR's log has: empty it and start again.");
    }
    this.position = position;
    this.moved += events;
    this.onMoved(this.moved);
  }
}

const follows = (event: RecordedEvent, { events, length }: Append, more: number): boolean =>
  events.at(-1)?.stream === event.stream && events.length < MAX_EVENTS && length + more <= MAX_LENGTH;

/** @returns the event as the target has it */
const refuseOther = (known: RecordedEvent, { stream, revision, id }: RecordedEvent): RecordedEvent => {
  if (known.stream === stream && known.revision === revision && known.id === id) return known;
  throw new OtherLog(`The target's log has ${known.stream} where that of DATA_DIR has ${stream}: move into an empty one.`);
};

/** All events up to the end of the log as it is found. */
const eventsOf = async function* (store: EventStore): AsyncGenerator<RecordedEvent, undefined, undefined> {
  for await (const { events, caughtUp } of store.subscribe({ after: START })) {
    yield* events;
    if (caughtUp) return;
  }
};
