import type { Position, ReadModelFailure, RecordedEvent, Upcast } from '@rewards/contracts';
import type { Positioned } from '@rewards/document-store';
import { changeOf, type AnyProjection } from './projection';

/** A document as it was loaded; one without a position is older than every fact. */
export interface Loaded {
  readonly position?: Position;
  readonly document: object;
}

/** A fact that the projection reads, with the document that it changes. */
export interface Addressed {
  readonly id: string;
  readonly recorded: RecordedEvent;
}

/** What could be done before the first fact that could not be handled; null where all could. */
interface Partly {
  readonly failure: ReadModelFailure | null;
}

/** Picks the facts that a projection reads, in today's shape, and says which document each of them changes. */
export const address = (
  projection: AnyProjection,
  events: readonly RecordedEvent[],
  upcast: Upcast,
): Partly & { readonly addressed: readonly Addressed[] } => {
  const addressed: Addressed[] = [];
  for (const event of events) {
    if (!changeOf(projection, event.type)) continue;
    try {
      const recorded = upcast(event);
      addressed.push({ id: projection.key(recorded as never), recorded });
    } catch (error) {
      return { addressed, failure: failureAt(event, error) };
    }
  }
  return { addressed, failure: null };
};

/**
 * Folds facts into documents. A fact that a document already holds, by its position, changes nothing: so a redelivery does
 * not either.
 * @param loaded the documents that the facts change, as they are stored
 * @returns the documents that changed, each at the position of the last fact that changed it
 */
export const foldInto = (
  projection: AnyProjection,
  loaded: ReadonlyMap<string, Loaded>,
  addressed: readonly Addressed[],
): Partly & { readonly changed: readonly Positioned<object>[] } => {
  const changed = new Map<string, Positioned<object>>();
  for (const { id, recorded } of addressed) {
    const current = changed.get(id) ?? loaded.get(id);
    if (current?.position !== undefined && current.position >= recorded.position) continue;
    try {
      const document = changeOf(projection, recorded.type)?.((current?.document ?? null) as never, recorded as never) ?? null;
      if (document !== null) changed.set(id, { id, position: recorded.position, document });
    } catch (error) {
      return { changed: [...changed.values()], failure: failureAt(recorded, error) };
    }
  }
  return { changed: [...changed.values()], failure: null };
};

/** What is kept of a fact that could not be handled. */
export const failureAt = ({ position, type }: RecordedEvent, error: unknown): ReadModelFailure => ({
  position,
  message: `${type}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1_000),
});
