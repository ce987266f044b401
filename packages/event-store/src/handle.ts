import { randomUUID } from 'node:crypto';
import { backoff, KeyedQueue, sleep } from '@rewards/async';
import {
  schemaVersionOf,
  upcast as upcastToToday,
  type Aggregate,
  type DomainEvent,
  tokenOf,
  type ConsistencyToken,
  type Metadata,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import { LRUCache } from 'lru-cache';
import { NO_STREAM, WrongExpectedRevision, type EventStore } from './event-store';

/**
 * A decision: from state to what is new. Nothing new when the request was met before; a broken rule throws.
 * @param revision of the last event behind the state, `NO_STREAM` when there is none
 */
export type Decide<State, Event extends DomainEvent> = (state: State, revision: number) => readonly Event[];

/** Metadata of a command; the schema version is each event's own. */
export type CommandMetadata = Omit<Metadata, 'schemaVersion'>;

export interface Handled<State> {
  /** The state after the command. */
  readonly state: State;
  readonly revision: number;
  /** Whether the command recorded anything. */
  readonly recorded: boolean;
  /** Names what it recorded; null when it recorded nothing. */
  readonly token: ConsistencyToken | null;
}

export interface StreamHandlerOptions {
  /** Folded states kept, per handler. 0: every command reads its stream. */
  readonly cacheSize?: number;
  /** Off: commands on one stream race inside the process too. Correctness does not rest on it. */
  readonly queue?: boolean;
  /** Raises stored domain events to the shape of today; that of contracts by default. */
  readonly upcast?: Upcast;
  /** Told of each lost race. */
  readonly onConflict?: () => void;
  /** Told of each decision that is made again after one. */
  readonly onRetry?: () => void;
}

/** An event of the stream cannot be folded by this version of the program: neither read nor decided on until it can. */
export class UnreadableStream extends Error {
  override readonly name = 'UnreadableStream';
  constructor(
    readonly stream: string,
    { revision, type }: RecordedEvent,
    cause: unknown,
  ) {
    super(`${stream} cannot be read: its event ${revision} (${type}) failed with ${String(cause)}`, { cause });
  }
}

/** The race was lost too often; nothing was recorded. */
export class TooMuchContention extends Error {
  override readonly name = 'TooMuchContention';
}

const MAX_ATTEMPTS = 10;
const pauseMs = backoff({ firstMs: 4, maxMs: 400, jitter: 'full' });
const DEFAULT_CACHE_SIZE = 10_000;

interface Folded<State> {
  readonly state: State;
  readonly revision: number;
}

/**
 * The one command loop: load, fold, decide, append at the revision that the decision was made on, and on a lost race
 * decide again. Only it sees revisions.
 *
 * A cached state may spare the read: an append at its revision proves that it was fresh. A decision that appends nothing,
 * or refuses, proves nothing, so it stands only after what came after the cached revision has been read.
 */
export class StreamHandler<State, Event extends DomainEvent> {
  private readonly cache: LRUCache<string, Folded<State>> | null;
  private readonly queue: KeyedQueue | null;
  private readonly onConflict: () => void;
  private readonly onRetry: () => void;
  private readonly upcast: Upcast;

  constructor(
    private readonly store: EventStore,
    private readonly aggregate: Aggregate<State, Event>,
    {
      cacheSize = DEFAULT_CACHE_SIZE,
      queue = true,
      upcast = upcastToToday,
      onConflict = () => undefined,
      onRetry = () => undefined,
    }: StreamHandlerOptions = {},
  ) {
    this.cache = cacheSize > 0 ? new LRUCache({ max: cacheSize }) : null;
    this.queue = queue ? new KeyedQueue() : null;
    this.upcast = upcast;
    this.onConflict = onConflict;
    this.onRetry = onRetry;
  }

  /**
   * Decides on a stream and records the decision.
   * @throws what `decide` threw on a state that was read, TooMuchContention, UnreadableStream, EventStoreUnavailable
   */
  handle(stream: string, decide: Decide<State, Event>, metadata: CommandMetadata): Promise<Handled<State>> {
    const run = () => this.decideUntilRecorded(stream, decide, metadata);
    return this.queue ? this.queue.run(stream, run) : run();
  }

  /**
   * The state as it is now, read from the stream.
   * @throws UnreadableStream, EventStoreUnavailable
   */
  async load(stream: string): Promise<Folded<State>> {
    return this.catchUp(stream, this.cache?.get(stream) ?? { state: this.aggregate.initial, revision: NO_STREAM });
  }

  private async decideUntilRecorded(
    stream: string,
    decide: Decide<State, Event>,
    metadata: CommandMetadata,
  ): Promise<Handled<State>> {
    const cached = this.cache?.get(stream);
    let folded = cached ?? (await this.load(stream));
    let isFresh = cached === undefined;

    let lostRaces = 0;
    for (;;) {
      const decision = attemptDecision(decide, folded);
      if (decision.events && decision.events.length > 0) {
        const handled = await this.append(stream, folded, decision.events, metadata);
        if (handled) return handled;
        lostRaces += 1;
        if (lostRaces === MAX_ATTEMPTS) throw new TooMuchContention(`${stream}: lost ${MAX_ATTEMPTS} races`);
        this.onRetry();
        await sleep(pauseMs(lostRaces));
      } else if (isFresh) {
        if (!decision.events) throw decision.refusal;
        return { ...folded, recorded: false, token: null };
      }
      // The race was lost, or nothing proved the state fresh: decide again on what the stream holds now.
      folded = await this.catchUp(stream, folded);
      isFresh = true;
    }
  }

  /** @returns null when somebody else appended first */
  private async append(
    stream: string,
    folded: Folded<State>,
    events: readonly Event[],
    metadata: CommandMetadata,
  ): Promise<Handled<State> | null> {
    const newEvents = events.map(({ type, data }) => ({
      id: randomUUID(),
      type,
      data,
      metadata: { ...metadata, schemaVersion: schemaVersionOf(type) },
    }));
    try {
      const appended = await this.store.append(stream, folded.revision, newEvents);
      const state = events.reduce((previous, event) => this.aggregate.evolve(previous, event), folded.state);
      const next = this.remember(stream, { state, revision: appended.revision });
      return { ...next, recorded: true, token: tokenOf(appended) };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      this.onConflict();
      return null;
    }
  }

  private async catchUp(stream: string, folded: Folded<State>): Promise<Folded<State>> {
    let { state, revision } = folded;
    for (const recorded of await this.store.readStream(stream, folded.revision + 1)) {
      try {
        state = this.aggregate.evolve(state, this.upcast(recorded) as unknown as Event);
      } catch (error) {
        throw new UnreadableStream(stream, recorded, error);
      }
      revision = recorded.revision;
    }
    return this.remember(stream, { state, revision });
  }

  private remember(stream: string, folded: Folded<State>): Folded<State> {
    this.cache?.set(stream, folded);
    return folded;
  }
}

const attemptDecision = <State, Event extends DomainEvent>(
  decide: Decide<State, Event>,
  { state, revision }: Folded<State>,
): { readonly events: readonly Event[]; readonly refusal?: never } | { readonly events?: never; readonly refusal: unknown } => {
  try {
    return { events: decide(state, revision) };
  } catch (refusal) {
    return { refusal };
  }
};
