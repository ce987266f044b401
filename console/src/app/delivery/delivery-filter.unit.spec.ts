import { deliveryFilterOf, parkedSelectionOf } from './delivery-filter';

const ID = '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d';
const FROM = '2026-11-27T00:00:00.000Z';

describe('the filters of deliveries', () => {
  it('are those of the URL, without the rest of it', () => {
    expect(deliveryFilterOf({ status: 'PARKED', endpointId: ID, tab: 'deliveries', tz: 'utc', sort: 'at' })).toEqual({
      status: 'PARKED',
      endpointId: ID,
    });
  });
});

describe('the parked deliveries of the list', () => {
  it('are those of the endpoint and the span of time', () => {
    expect(parkedSelectionOf({})).toEqual({});
    expect(parkedSelectionOf({ status: 'PARKED', endpointId: ID, from: FROM })).toEqual({ endpointId: ID, from: FROM });
  });

  it.each([{ status: 'PENDING' as const }, { email: 'player@example.com' }, { accountId: ID }, { eventId: ID }])(
    'are not resent together while the list is filtered by %j',
    (filter) => {
      expect(parkedSelectionOf({ endpointId: ID, ...filter })).toBeNull();
    },
  );
});
