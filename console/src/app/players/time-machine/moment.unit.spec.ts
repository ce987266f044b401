import { closestTo, formatMoment, parseMoment, placesOf } from './moment';

describe('the moment of a URL', () => {
  it.each([
    [undefined, { kind: 'now' }],
    ['0', { kind: 'step', revision: 0 }],
    ['12', { kind: 'step', revision: 12 }],
    ['2026-11-25T14:10:00.000Z', { kind: 'time', at: '2026-11-25T14:10:00.000Z' }],
  ] as const)('is read and written: %s', (text, moment) => {
    expect(parseMoment(text)).toEqual(moment);
    expect(formatMoment(moment)).toBe(text);
  });

  it('is now if it cannot be read', () => {
    expect(parseMoment('yesterday')).toEqual({ kind: 'now' });
  });
});

describe('the timeline', () => {
  const times = ['2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z', '2026-11-21T00:00:00Z', '2026-11-24T00:00:00Z'];

  it('places events by their time', () => {
    expect(placesOf(times, '2026-11-30T00:00:00Z')).toEqual([0, 0.1, 0.1, 0.4]);
  });

  it('places a late login before the events that were recorded earlier', () => {
    expect(placesOf(['2026-11-21T00:00:00Z', '2026-11-20T00:00:00Z'], '2026-11-21T00:00:00Z')).toEqual([1, 0]);
  });

  it('places a single event at the start', () => {
    expect(placesOf(['2026-11-20T00:00:00Z'], '2026-11-20T00:00:00Z')).toEqual([0]);
  });

  it('finds the event that is closest', () => {
    const places = placesOf(times, '2026-11-30T00:00:00Z');
    expect([0, 0.04, 0.06, 0.2, 0.3, 1].map((place) => closestTo(places, place))).toEqual([0, 0, 2, 2, 3, 3]);
  });
});
