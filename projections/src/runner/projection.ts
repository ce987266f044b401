import type { Aggregate, DomainEvent, ReadModelName, ReadModels, RecordedEvent, RecordedOf } from '@rewards/contracts';
import type { Index, Scalar } from '@rewards/document-store';

/**
 * A pure table from domain event type to the change of one document: previous document in, next document out. It never rejects
 * an event, because the event has happened. Removal is a field; nothing is deleted.
 * @template Context what the ids of documents depend on, besides the event; see `context`
 */
export interface Projection<Event extends DomainEvent, View extends object, Context = null> {
  readonly name: string;
  /** Increase it whenever the same domain events would give other documents: a new version of the read model is then filled. */
  readonly tableVersion: number;
  /**
   * Projections of earlier releases under the same name. They keep the live version of their tables up to date until this one has
   * filled the next version. Without the code of an earlier table, see "Upgrading" in docs/operations.md.
   */
  readonly previous?: readonly AnyProjection[];
  /** Prefixes of the streams to read; all streams by default. */
  readonly prefixes?: readonly string[];
  /** Indexes for the filters and the order of its lists, in any sequence. */
  readonly indexes: readonly Index<View>[];
  /** A short stream whose state before an event decides which documents the event changes. It must be one of the streams to read. */
  readonly context?: { readonly stream: string; readonly aggregate: Aggregate<Context, never> };
  /** Returns the id of the document that a domain event changes, or the ids of several; null if it changes none. */
  readonly key: (recorded: RecordedEvent<Event>, context: Context) => string | readonly string[] | null;
  /** Changes by type; events of other types are ignored. One function instead handles all types, including those of later versions. */
  readonly on: ChangesByType<Event, View> | ((view: View | null, recorded: RecordedEvent) => View);
}

export type ChangesByType<Event extends DomainEvent, View extends object> = {
  readonly [Type in Event['type']]: (
    view: View | null,
    recorded: RecordedOf<Extract<Event, { readonly type: Type }>>,
    id: string,
  ) => View | null;
};

/** The projection of a read model. */
export interface ReadModelProjection<Event extends DomainEvent, Name extends ReadModelName, Context = null> extends Projection<
  Event,
  ReadModels[Name],
  Context
> {
  readonly name: Name;
}

/** A projection of any events and documents, whose types are erased. */
export interface AnyProjection {
  readonly name: string;
  readonly tableVersion: number;
  readonly previous?: readonly AnyProjection[];
  readonly prefixes?: readonly string[];
  readonly indexes: readonly {
    readonly fields: readonly string[];
    readonly sparse?: boolean;
    readonly where?: Readonly<Record<string, Scalar>>;
  }[];
  readonly context?: {
    readonly stream: string;
    readonly aggregate: { readonly initial: unknown; evolve(state: never, event: never): unknown };
  };
  readonly key: (recorded: never, context: never) => string | readonly string[] | null;
  readonly on: Readonly<Record<string, Change>> | Change;
}

type Change = (view: never, recorded: never, id: never) => object | null;

/** Returns the change for a type of domain event; undefined if the projection ignores it. */
export const changeOf = ({ on }: AnyProjection, type: string): Change | undefined => {
  if (typeof on === 'function') return on;
  return Object.hasOwn(on, type) ? on[type] : undefined;
};
