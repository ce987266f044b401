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
 * @returns the documents that changed
 * @throws Error of the first event that could not be folded
 */
export type FoldBatch<Projection> = (
  projection: Projection,
  documents: ReadonlyMap<string, Positioned>,
  batch: readonly RecordedEvent[],
) => readonly (Positioned & { readonly id: string; readonly position: Position })[];

const contents = (documents: Documents) => Object.fromEntries([...documents].map(([id, { document }]) => [id, document]));

type Schedule = (events: readonly RecordedEvent[]) => readonly (readonly RecordedEvent[])[];

/** Ways in which the facts may come the first time: each delivery may begin with what came before. */
const DELIVERIES: Readonly<Record<string, Schedule>> = {
  whole: (events) => [events],
  'one by one': (events) => events.map((event) => [event]),
  'all again with each new one': (events) => events.map((_, index) => events.slice(0, index + 1)),
  overlapping: (events) => events.map((_, index) => events.slice(Math.max(0, index - 2), index + 1)),
};

/** Ways in which they may come again: nothing comes of it. */
const REDELIVERIES: Readonly<Record<string, Schedule>> = {
  ...DELIVERIES,
  'one by one backwards': (events) => events.toReversed().map((event) => [event]),
  'ever longer tails': (events) => events.map((_, index) => events.slice(events.length - 1 - index)),
};

/**
 * Given facts, a read model shows documents: the same ones however the facts are batched and however often they are delivered.
 * @param fold of the service that keeps the read models; its documents are written over a lower position only, as its store does
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
            for (const { id, ...document } of fold(projection, documents, batch)) {
              if (document.position > (documents.get(id)?.position ?? START)) documents.set(id, document);
            }
          }
          expect({ delivery, redelivery, documents: contents(documents) }).toEqual({ delivery, redelivery, documents: expected });
        }
      }
    },
  });
