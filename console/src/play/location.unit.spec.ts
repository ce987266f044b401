import { hrefOf, placeOf, type Place } from './location';

describe('the place in the fragment', () => {
  it.each<Place>([
    { page: 'events' },
    { page: 'claims' },
    { page: 'event', eventId: 'a1', cycle: null },
    { page: 'event', eventId: 'a1', cycle: '2026-11-23' },
  ])('is read as it was written: %j', (place) => {
    expect(placeOf(hrefOf(place))).toEqual(place);
  });

  it('is the list of events by default', () => {
    expect(['', '#', '#/', '#/nothing', '#/events/'].map((hash) => placeOf(hash).page)).toEqual(Array(5).fill('events'));
  });
});
