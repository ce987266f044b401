import { upcast, type DomainEvent, type RecordedEvent, type Upcast } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, recorded } from '@rewards/contracts/testing/sample-events';
import { RewardEvents } from './reward-events';

const { created, added, published } = factsOfEvent('00000000-0000-4000-8000-000000000001');
const [creation, addition, publication] = recorded([created(), added(ELIXIR), published()]) as [
  RecordedEvent,
  RecordedEvent,
  RecordedEvent,
];

/** Upcasts a fictional version 0, in which rewards had a `title`. */
const upcastTitles: Upcast = <Event extends DomainEvent>(event: RecordedEvent) => {
  if (event.metadata.schemaVersion !== 0) return upcast<Event>(event);
  const { title: name, ...reward } = (event.data as { readonly reward: { readonly title: string } }).reward;
  return upcast<Event>({ ...event, data: { reward: { ...reward, name } }, metadata: { ...event.metadata, schemaVersion: 1 } });
};

describe('RewardEvents', () => {
  it('folds events by stream in the upcasted shape', () => {
    const { name: title, ...rest } = ELIXIR;
    const older = { ...addition, data: { reward: { ...rest, title } }, metadata: { ...addition.metadata, schemaVersion: 0 } };
    const events = new RewardEvents(upcastTitles);
    for (const event of [creation, older, publication]) events.fold(event);
    expect(events.existing()).toMatchObject([[creation.stream, { rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z' }]]);
  });

  it('keeps the previous state at an event that cannot be read', () => {
    const events = new RewardEvents(upcast);
    const before = events.fold(creation);
    expect(() => events.fold({ ...addition, data: null })).toThrow(TypeError);
    expect(events.get(creation.stream)).toBe(before);
  });
});
