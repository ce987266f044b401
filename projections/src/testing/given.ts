import { type RecordedEvent, START } from '@rewards/contracts';
import { address, foldInto, type Loaded } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';
import { recorded, type Fact } from '@rewards/contracts/testing/sample-events';

type Documents = Map<string, Loaded>;

/** As the runner does it: load, fold, write each document over a lower position only. */
const deliver = (projection: AnyProjection, documents: Documents, batch: readonly RecordedEvent[]): void => {
  const { addressed, failure: unaddressed } = address(projection, batch);
  const { changed, failure: unfolded } = foldInto(projection, documents, addressed);
  expect(unfolded ?? unaddressed).toBeNull();
  for (const { id, ...document } of changed) {
    if (document.position > (documents.get(id)?.position ?? START)) documents.set(id, document);
  }
};

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

/** Given facts, the read model shows documents: the same ones however the facts are batched and however often they come again. */
export const given = (projection: AnyProjection, ...facts: readonly Fact[]) => ({
  shows: (expected: Readonly<Record<string, unknown>>): void => {
    const events = recorded(facts);
    for (const [delivery, first] of Object.entries(DELIVERIES)) {
      for (const [redelivery, again] of Object.entries(REDELIVERIES)) {
        const documents: Documents = new Map();
        for (const batch of [...first(events), ...again(events)]) deliver(projection, documents, batch);
        expect({ delivery, redelivery, documents: contents(documents) }).toEqual({ delivery, redelivery, documents: expected });
      }
    }
  },
});
