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
import { NO_STREAM, WrongExpectedRevision, type AppendOptions, type EventStore } from './event-store';
import { bytesOfEvent, ENTRY_BYTES, StateCache, type Folded } from './state-cache';

/**
 * A decision: a pure function from state to new events. Returns no events for a repeated request, and throws for a broken rule.
 * It returns a promise if it must read something first that few decisions need.
 * @param revision revision of the last event in the state, `NO_STREAM` if there is none
 */
export type DecideAtRevision<State, Event extends DomainEvent> = (
  state: State,
  revision: number,
) => readonly Event[] | Promise<readonly Event[]>;

/** Metadata of a command. Each event has its own schema version. */
export type CommandMetadata = Omit<Metadata, 'schemaVersion'>;

export interface Handled<State> {
  /** The state after the command. */
  readonly state: State;
  readonly revision: number;
  /** Whether the command recorded events. */
  readonly recorded: boolean;
  /** Consistency token of the last recorded event; null if the command recorded nothing. */
  readonly token: ConsistencyToken | null;
}

export interface StreamHandlerOptions {
  /** The cache of folded states, which several handlers may share. Default: one of its own. */
  readonly cache?: StateCache;
  /** Runs the commands on one stream one at a time. Default: true. Correctness does not depend on it. */
  readonly queue?: boolean;
  /** Brings stored events to their current shape. Default: the upcast of `contracts`. */
  readonly upcast?: Upcast;
  /** Called after each append that failed on a version conflict. */
  readonly onConflict?: () => void;
  /** Called before each retry after a version conflict. */
  readonly onRetry?: () => void;
}

/** This version of the program cannot fold an event of the stream, so it can neither read the stream nor decide on it. */
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

/** The append failed on a version conflict too often. Nothing was recorded. */
export class TooMuchContention extends Error {
  override readonly name = 'TooMuchContention';
}

const MAX_ATTEMPTS = 10;
const pauseMs = backoff({ firstMs: 4, maxMs: 400, jitter: 'full' });

/**
 * The only command loop: load, fold, decide, append at the expected revision, and retry after a version conflict. No other code
 * handles expected revisions.
 *
 * A cached state can save the read, because an append at its revision proves that the state was current. A rejection, or a
 * decision without events, proves nothing, so the handler reads the events after the cached revision and decides again.
 */
export class StreamHandler<State, Event extends DomainEvent> {
  private readonly cache: StateCache;
  private readonly queue: KeyedQueue | null;
  private readonly onConflict: () => void;
  private readonly onRetry: () => void;
  private readonly upcast: Upcast;

  constructor(
    private readonly store: EventStore,
    private readonly aggregate: Aggregate<State, Event>,
    {
      cache = new StateCache(),
      queue = true,
      upcast = upcastToToday,
      onConflict = () => undefined,
      onRetry = () => undefined,
    }: StreamHandlerOptions = {},
  ) {
    this.cache = cache;
    this.queue = queue ? new KeyedQueue() : null;
    this.upcast = upcast;
    this.onConflict = onConflict;
    this.onRetry = onRetry;
  }

  /**
   * Makes a decision on a stream and records its events.
   * @param options priority of the append
   * @throws the error of `decide`, thrown on a current state; TooMuchContention, UnreadableStream, EventStoreUnavailable
   */
  handle(
    stream: string,
    decide: DecideAtRevision<State, Event>,
    metadata: CommandMetadata,
    options?: AppendOptions,
  ): Promise<Handled<State>> {
    const run = () => this.decideUntilRecorded(stream, decide, metadata, options);
    return this.queue ? this.queue.run(stream, run) : run();
  }

  /**
   * Loads the current state, reading the events that are not in the cached state.
   * @throws UnreadableStream, EventStoreUnavailable
   */
  async load(stream: string): Promise<Folded<State>> {
    return this.catchUp(
      stream,
      this.cached(stream) ?? { state: this.aggregate.initial, revision: NO_STREAM, bytes: ENTRY_BYTES },
    );
  }

  private async decideUntilRecorded(
    stream: string,
    decide: DecideAtRevision<State, Event>,
    metadata: CommandMetadata,
    options?: AppendOptions,
  ): Promise<Handled<State>> {
    const cached = this.cached(stream);
    let folded = cached ?? (await this.load(stream));
    let isFresh = cached === undefined;

    let conflicts = 0;
    for (;;) {
      const decision = await attemptDecision(decide, folded);
      if (decision.events && decision.events.length > 0) {
        const handled = await this.append(stream, folded, decision.events, metadata, options);
        if (handled) return handled;
        conflicts += 1;
        if (conflicts === MAX_ATTEMPTS) throw new TooMuchContention(`${stream}: ${MAX_ATTEMPTS} version conflicts in a row`);
        this.onRetry();
        await sleep(pauseMs(conflicts));
      } else if (isFresh) {
        if (!decision.events) throw decision.rejection;
        return { state: folded.state, revision: folded.revision, recorded: false, token: null };
      }
      // Decide again on the current state, after a version conflict or a decision on a cached state that recorded nothing.
      folded = await this.catchUp(stream, folded);
      isFresh = true;
    }
  }

  /** @returns null on a version conflict */
  private async append(
    stream: string,
    folded: Folded<State>,
    events: readonly Event[],
    metadata: CommandMetadata,
    options: AppendOptions | undefined,
  ): Promise<Handled<State> | null> {
    const newEvents = events.map(({ type, data }) => ({
      id: randomUUID(),
      type,
      data,
      metadata: { ...metadata, schemaVersion: schemaVersionOf(type) },
    }));
    try {
      const appended = await this.store.append(stream, folded.revision, newEvents, options);
      const { revision } = appended;
      const state = events.reduce((previous, event) => this.aggregate.evolve(previous, event), folded.state);
      const bytes = events.reduce((sum, { data }) => sum + bytesOfEvent(data), folded.bytes);
      this.remember(stream, { state, revision, bytes });
      return { state, revision, recorded: true, token: tokenOf(appended) };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      this.onConflict();
      return null;
    }
  }

  private async catchUp(stream: string, folded: Folded<State>): Promise<Folded<State>> {
    let { state, revision, bytes } = folded;
    for (const recorded of await this.store.readStream(stream, folded.revision + 1)) {
      try {
        state = this.aggregate.evolve(state, this.upcast(recorded) as unknown as Event);
      } catch (error) {
        throw new UnreadableStream(stream, recorded, error);
      }
      revision = recorded.revision;
      bytes += bytesOfEvent(recorded.data);
    }
    return this.remember(stream, { state, revision, bytes });
  }

  private remember(stream: string, folded: Folded<State>): Folded<State> {
    this.cache.set(this.aggregate, stream, folded);
    return folded;
  }

  private cached(stream: string): Folded<State> | undefined {
    return this.cache.get(this.aggregate, stream);
  }
}

const attemptDecision = async <State, Event extends DomainEvent>(
  decide: DecideAtRevision<State, Event>,
  { state, revision }: Folded<State>,
): Promise<
  { readonly events: readonly Event[]; readonly rejection?: never } | { readonly events?: never; readonly rejection: unknown }
> => {
  try {
    return { events: await decide(state, revision) };
  } catch (rejection) {
    return { rejection };
  }
};
