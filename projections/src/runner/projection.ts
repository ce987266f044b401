import type { DomainEvent, RecordedEvent, RecordedOf } from '@rewards/contracts';
import type { Index, Scalar } from '@rewards/document-store';

/**
 * A read model as a table from domain event type to a change of one document: previous document in, next out. Pure, and it
 * never refuses: facts are not up for debate. Gone is a field; nothing is deleted.
 */
export interface Projection<Event extends DomainEvent, View extends object> {
  readonly name: string;
  /** One more whenever the same facts would give other documents: what an older table filled is not mixed with it. */
  readonly version: number;
  /** Prefixes of the streams that it reads. */
  readonly prefixes: readonly string[];
  readonly indexes: readonly Index<View>[];
  /** Id of the document that a fact changes. */
  readonly key: (recorded: RecordedEvent<Event>) => string;
  /** Facts of other types are not its business. */
  readonly on: {
    readonly [Type in Event['type']]: (
      view: View | null,
      recorded: RecordedOf<Extract<Event, { readonly type: Type }>>,
    ) => View | null;
  };
}

/** Any projection: what it takes is known to itself alone. */
export interface AnyProjection {
  readonly name: string;
  readonly version: number;
  readonly prefixes: readonly string[];
  readonly indexes: readonly { readonly fields: readonly string[]; readonly where?: Readonly<Record<string, Scalar>> }[];
  readonly key: (recorded: never) => string;
  readonly on: Readonly<Record<string, (view: never, recorded: never) => object | null>>;
}
