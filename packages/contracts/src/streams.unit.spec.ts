import { accountOf, participationOf, streams } from './streams';

const eventId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0001';
const accountId = '0b6b3c0e-3f0e-4a56-9f60-3a4f7a5f0002';

it.each([
  [null, `participation-${eventId}-${accountId}`],
  ['2026-11-23', `participation-${eventId}-${accountId}-20261123`],
])('the stream of a participation in cycle %s is %s, and its name gives both ids and the cycle', (cycle, stream) => {
  expect(streams.participation(eventId, accountId, cycle)).toBe(stream);
  expect(participationOf(stream)).toEqual({ eventId, accountId, cycle });
  expect(accountOf(stream)).toBe(accountId);
});

it('the name of a login stream gives its account', () => {
  expect(accountOf(streams.login(accountId, '2026-11-23T00:00:00.000Z'))).toBe(accountId);
});
