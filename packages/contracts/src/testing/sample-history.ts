import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from './sample-events';

const id = (kind: string, index: number) => `${kind}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** All domain events of one account in one event, in order. */
const story = (eventId: string, accountId: string): Fact[] => {
  const { started, counted, completed, completionRefused, claimed, claimRefused } = factsOfParticipation(eventId, accountId);
  return [
    started(),
    counted(1),
    completionRefused(),
    counted(2),
    counted(3),
    completed(),
    claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
    claimRefused(),
    claimed(5, SAUNA, { claimed: 5, remaining: 0 }),
    claimed(30, ELIXIR, { claimed: 50, remaining: 50, requestId: 'third' }),
  ];
};

/** A deterministic shuffle: a small generator with a fixed seed. */
const shuffled = (length: number): number[] => {
  let seed = 42;
  const next = (bound: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % bound;
  const order = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const other = next(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
};

/** A log of many events and accounts whose stories are interleaved. */
export const history = (events: number, accountsPerEvent: number): readonly Fact[] => {
  const eventIds = Array.from({ length: events }, (_, index) => id('e', index));
  const catalogue = eventIds.flatMap((eventId) => {
    const { created, added, published } = factsOfEvent(eventId);
    return [created(), added(ELIXIR), added(SAUNA), published()];
  });
  const stories = eventIds.flatMap((eventId) =>
    Array.from({ length: accountsPerEvent }, (_, index) => story(eventId, id('a', index))),
  );
  const length = stories[0]?.length ?? 0;
  const nextIndex = stories.map(() => 0);
  const mixed = shuffled(stories.length * length).map((turn) => {
    const index = turn % stories.length;
    const fact = stories[index]?.[nextIndex[index] ?? 0];
    nextIndex[index] = (nextIndex[index] ?? 0) + 1;
    if (!fact) throw new Error('the story has no further fact');
    return fact;
  });
  return [...catalogue, ...mixed];
};
