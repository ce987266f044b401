import type { Position, ReadModelFailure, RecordedEvent, Upcast } from '@rewards/contracts';
import type { Positioned } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { changeOf, type AnyProjection } from './projection';

/** A loaded document. Without a position, it is older than every domain event. */
export interface Loaded {
  readonly position?: Position;
  readonly document: object;
}

/** A domain event that the projection reads, with the id of a document that it changes. */
export interface Addressed {
  readonly id: string;
  readonly recorded: RecordedEvent;
}

/** A result up to the first domain event that could not be handled; without a failure, all were handled. */
interface UpToFailure {
  readonly failure: ReadModelFailure | null;
}

/** The context of a projection while it reads the log in order; see `Projection.context`. */
export class ProjectionContext {
  private state: unknown;

  private constructor(private readonly projection: AnyProjection) {
    this.state = projection.context?.aggregate.initial ?? null;
  }

  /** Returns the context before the first event of the log. */
  static atStart(projection: AnyProjection): ProjectionContext {
    return new ProjectionContext(projection);
  }

  /** Returns the context after a position. @throws errors of the event store and of the upcaster */
  static async after(
    position: Position,
    projection: AnyProjection,
    store: Pick<EventStore, 'readStream'>,
    upcast: Upcast,
  ): Promise<ProjectionContext> {
    const context = new ProjectionContext(projection);
    if (!projection.context) return context;
    for (const event of await store.readStream(projection.context.stream))
      if (event.position <= position) context.advance(upcast(event));
    return context;
  }

  /** Returns the context before an event. */
  get current(): unknown {
    return this.state;
  }

  /** Folds an event in today's shape, if it is of the stream of the context. */
  advance(recorded: RecordedEvent): void {
    const { context } = this.projection;
    if (recorded.stream === context?.stream) this.state = context.aggregate.evolve(this.state as never, recorded as never);
  }
}

/**
 * Selects the domain events that a projection reads, upcasts them, and finds the documents that each of them changes.
 * @param context the context before the first of the events; afterwards, the one after the last of them
 */
export const address = (
  projection: AnyProjection,
  events: readonly RecordedEvent[],
  upcast: Upcast,
  context: ProjectionContext,
): UpToFailure & { readonly addressed: readonly Addressed[] } => {
  const addressed: Addressed[] = [];
  for (const event of events) {
    const isChange = changeOf(projection, event.type) !== undefined;
    if (!isChange && event.stream !== projection.context?.stream) continue;
    try {
      const recorded = upcast(event);
      if (isChange) {
        const ids = projection.key(recorded as never, context.current as never);
        for (const id of typeof ids === 'string' ? [ids] : (ids ?? [])) addressed.push({ id, recorded });
      }
      context.advance(recorded);
    } catch (error) {
      return { addressed, failure: failureAt(event, error) };
    }
  }
  return { addressed, failure: null };
};

/**
 * Folds domain events into documents. Skips an event that is not after its document's position, so a redelivery changes nothing.
 * @param loaded the stored documents that the events change
 * @returns the changed documents, each at the position of the last event that changed it
 */
export const foldInto = (
  projection: AnyProjection,
  loaded: Pick<ReadonlyMap<string, Loaded>, 'get'>,
  addressed: readonly Addressed[],
): UpToFailure & { readonly changed: readonly Positioned<object>[] } => {
  const changed = new Map<string, Positioned<object>>();
  for (const { id, recorded } of addressed) {
    const current = changed.get(id) ?? loaded.get(id);
    if (current?.position !== undefined && current.position >= recorded.position) continue;
    try {
      const document =
        changeOf(projection, recorded.type)?.((current?.document ?? null) as never, recorded as never, id as never) ?? null;
      if (document !== null) changed.set(id, { id, position: recorded.position, document });
    } catch (error) {
      return { changed: [...changed.values()], failure: failureAt(recorded, error) };
    }
  }
  return { changed: [...changed.values()], failure: null };
};

/** Returns the failure to store for a domain event that could not be handled. */
export const failureAt = ({ position, type }: RecordedEvent, error: unknown): ReadModelFailure => ({
  position,
  message: `${type}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1_000),
});
