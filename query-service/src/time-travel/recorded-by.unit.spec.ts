import type { Actor, RecordedEvent } from '@rewards/contracts';
import { recordedBy } from './recorded-by';

const PLAYER: Actor = { accountId: '00000000-0000-4000-8000-00000000000b', roles: ['USER'] };
const COUNTER: Actor = { service: 'command-service' };
const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const FAR = '2099-01-01T00:00:00.000Z';

const stream = (...events: readonly (readonly [at: string, actor?: Actor])[]): readonly RecordedEvent[] =>
  events.map(([at, actor = COUNTER], revision) => ({ revision, data: { at }, metadata: { at, actor } }) as RecordedEvent);
const by = (events: readonly RecordedEvent[], time: string) =>
  recordedBy(events, time, { since: day(1), now: day(20) }).map(({ revision }) => revision);

describe('the events that were recorded by a time', () => {
  it('exclude the first event that is dated later and a late login after it', () => {
    const events = stream([day(2)], [day(5)], [day(3)], [day(6), PLAYER]);
    expect([1, 2, 4, 5, 6].map((number) => by(events, day(number)))).toEqual([[], [0], [0], [0, 1, 2], [0, 1, 2, 3]]);
  });

  it('include an event dated far ahead together with the event before it', () => {
    const events = stream([day(2)], [FAR], [day(4)]);
    expect([1, 2, 3, 4].map((number) => by(events, day(number)))).toEqual([[], [0, 1], [0, 1], [0, 1, 2]]);
  });

  it('include events dated far ahead at the start of the stream, but none before `since`', () => {
    const events = stream([FAR], [FAR], [day(4)]);
    expect(by(events, '2026-10-31T00:00:00.000Z')).toEqual([]);
    expect(by(events, day(3))).toEqual([0, 1]);
    expect(by(events, day(20))).toEqual([0, 1, 2]);
  });

  it('include an event dated a few days ahead if an earlier request follows it', () => {
    const events = stream([day(2)], [day(9)], [day(4), PLAYER], [day(5), PLAYER]);
    expect([2, 3, 4, 5].map((number) => by(events, day(number)))).toEqual([
      [0, 1],
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
    ]);
  });

  it('are dated by their decision if their data cannot be read', () => {
    const [first, second] = stream([day(2)], [day(4)]) as [RecordedEvent, RecordedEvent];
    expect(by([first, { ...second, data: null }], day(3))).toEqual([0]);
  });
});
