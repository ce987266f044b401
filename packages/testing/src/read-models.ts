import { START, type Position, type RecordedEvent } from '@rewards/contracts';
import { recorded, type Fact } from '@rewards/contracts/testing/sample-events';

/** A document of a read model, at the position of the last event that changed it. */
interface Positioned {
  readonly position?: Position;
  readonly document: object;
}
type Documents = Map<string, Positioned>;

/**
 * Folds a batch of events into the documents that a read model has.
 * @param before the events of the log before the batch
 * @returns the documents that changed
 * @throws Error of the first event that could not be folded
 */
export type FoldBatch<Projection> = (
  projection: Projection,
  documents: ReadonlyMap<string, Positioned>,
  batch: readonly RecordedEvent[],
  before: readonly RecordedEvent[],
) => readonly (Positioned & { readonly id: string; readonly position: Position })[];

const contents = (documents: Documents) => Object.fromEntries([...documents].map(([id, { document }]) => [id, document]));

type Schedule = (events: readonly RecordedEvent[]) => readonly (readonly RecordedEvent[])[];

/** Schedules of the first delivery. A batch may repeat earlier events. */
const DELIVERIES: Readonly<Record<string, Schedule>> = {
  whole: (events) => [events],
  'one by one': (events) => events.map((event) => [event]),
  'from the start with each new event': (events) => events.map((_, index) => events.slice(0, index + 1)),
  overlapping: (events) => events.map((_, index) => events.slice(Math.max(0, index - 2), index + 1)),
};

/** Schedules of redeliveries, which must change nothing. */
const REDELIVERIES: Readonly<Record<string, Schedule>> = {
  ...DELIVERIES,
  'one by one backwards': (events) => events.toReversed().map((event) => [event]),
  'growing tails': (events) => events.map((_, index) => events.slice(events.length - 1 - index)),
};

/**
 * Specifies the documents of a read model after given facts. They must be the same for all batches and redeliveries.
 * @param fold of the service that keeps the read models; as in its store, a document replaces only one at a lower position
 */
export const readModelSpecification =
  <Projection>(fold: FoldBatch<Projection>) =>
  (projection: Projection, ...facts: readonly Fact[]) => ({
    shows: (expected: Readonly<Record<string, unknown>>): void => {
      const events = recorded(facts);
      for (const [delivery, first] of Object.entries(DELIVERIES)) {
        for (const [redelivery, again] of Object.entries(REDELIVERIES)) {
          const documents: Documents = new Map();
          for (const batch of [...first(events), ...again(events)]) {
            const before = events.filter(({ position }) => position < (batch[0]?.position ?? START));
            for (const { id, ...document } of fold(projection, documents, batch, before)) {
              if (document.position > (documents.get(id)?.position ?? START)) documents.set(id, document);
            }
          }
          expect({ delivery, redelivery, documents: contents(documents) }).toEqual({ delivery, redelivery, documents: expected });
        }
      }
    },
  });
