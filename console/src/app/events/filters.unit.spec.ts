import { eventIdIn, firstCell, queryOf } from './filters';

const ID = '018f6b1e-5f0a-4c6e-9b1d-2f4f5a6b7c8d';

describe('the filters of the list of events', () => {
  it('are read from the URL', () => {
    const search = { q: 'spring', status: 'ACTIVE', from: '2026-11-01T00:00:00.000Z', sort: '-endsAt', cols: 'name', tz: 'utc' };
    expect(queryOf(search)).toEqual({ q: 'spring', status: 'ACTIVE', from: '2026-11-01T00:00:00.000Z', sort: '-endsAt' });
  });

  it('leave out a status and an order that the server does not offer', () => {
    expect(queryOf({ status: 'RUNNING', sort: 'name' })).toEqual({});
  });

  it('find an event by its id or its link', () => {
    const texts = [ID, ` ${ID.toUpperCase()} `, `https://game.example/console/events/${ID}?tab=figures`, `/events/${ID}/`];
    expect(texts.map(eventIdIn)).toEqual([ID, ID, ID, ID]);
  });

  it('search names for any other text', () => {
    expect([undefined, '', 'Spring 2026', `${ID}/edit`, ID.slice(1)].map(eventIdIn)).toEqual([null, null, null, null, null]);
  });

  it('take the first cell of a pasted table', () => {
    expect(['\t\n Spring \tACTIVE\n', 'Spring', ' \n'].map(firstCell)).toEqual(['Spring', 'Spring', undefined]);
  });
});
