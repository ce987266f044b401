import type { Position, ReadModelFailure, RecordedEvent, Upcast } from '@rewards/contracts';
import type { Positioned } from '@rewards/document-store';
import { changeOf, type AnyProjection } from './projection';

/** A loaded document. Without a position, it is older than every domain event. */
export interface Loaded {
  readonly position?: Position;
  readonly document: object;
}

/** A domain event that the projection reads, with the id of the document that it changes. */
export interface Addressed {
  readonly id: string;
  readonly recorded: RecordedEvent;
}

/** A result up to the first domain event that could not be handled; without a failure, all were handled. */
interface UpToFailure {
  readonly failure: ReadModelFailure | null;
}

/** Selects the domain events that a projection reads, upcasts them, and finds the document that each of them changes. */
export const address = (
  projection: AnyProjection,
  events: readonly RecordedEvent[],
  upcast: Upcast,
): UpToFailure & { readonly addressed: readonly Addressed[] } => {
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
      const document = changeOf(projection, recorded.type)?.((current?.document ?? null) as never, recorded as never) ?? null;
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
