import type { DomainEvent, ReadModelName, ReadModels, RecordedEvent, RecordedOf } from '@rewards/contracts';
import type { Index, Scalar } from '@rewards/document-store';

/**
 * A read model as a table from domain event type to a change of one document: previous document in, next out. Pure, and it
 * never refuses: facts are not up for debate. Gone is a field; nothing is deleted.
 */
export interface Projection<Event extends DomainEvent, View extends object> {
  readonly name: string;
  /** One more whenever the same facts would give other documents: what an older table filled is not mixed with it. */
  readonly version: number;
  /** Prefixes of the streams that it reads; all of them when it is left out. */
  readonly prefixes?: readonly string[];
  /** What its lists are filtered and sorted by, in any order. */
  readonly indexes: readonly Index<View>[];
  /** Id of the document that a fact changes. */
  readonly key: (recorded: RecordedEvent<Event>) => string;
  /** Facts of other types are not its business. One change for all: every fact is, also of types that a later version writes. */
  readonly on: ChangesByType<Event, View> | ((view: View | null, recorded: RecordedEvent) => View);
}

export type ChangesByType<Event extends DomainEvent, View extends object> = {
  readonly [Type in Event['type']]: (
    view: View | null,
    recorded: RecordedOf<Extract<Event, { readonly type: Type }>>,
  ) => View | null;
};

/** The table that fills a read model. */
export interface ReadModelProjection<Event extends DomainEvent, Name extends ReadModelName> extends Projection<
  Event,
  ReadModels[Name]
> {
  readonly name: Name;
}

/** Any projection: what it takes is known to itself alone. */
export interface AnyProjection {
  readonly name: string;
  readonly version: number;
  readonly prefixes?: readonly string[];
  readonly indexes: readonly { readonly fields: readonly string[]; readonly where?: Readonly<Record<string, Scalar>> }[];
  readonly key: (recorded: never) => string;
  readonly on: Readonly<Record<string, Change>> | Change;
}

type Change = (view: never, recorded: never) => object | null;

/** What a projection does at facts of a type; undefined when they are not its business. */
export const changeOf = ({ on }: AnyProjection, type: string): Change | undefined => {
  if (typeof on === 'function') return on;
  return Object.hasOwn(on, type) ? on[type] : undefined;
};
