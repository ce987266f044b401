import { claimFilterOf, formatClaimKey, momentOf, parseClaimKey, playerFilterOf } from './claim-filter';

const ID = '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d';

describe('the filters of claims', () => {
  it('are those of the URL, without the rest of it', () => {
    expect(claimFilterOf({ eventId: ID, milestone: '7', tz: 'utc', sort: 'at' })).toEqual({ eventId: ID, milestone: '7' });
  });

  it('leave out a reason for granted claims, which have none', () => {
    expect(claimFilterOf({ status: 'SUCCESS', reason: 'CLAIMS_CLOSED' })).toEqual({ status: 'SUCCESS' });
    expect(claimFilterOf({ status: 'FAILURE', reason: 'CLAIMS_CLOSED' })).toEqual({
      status: 'FAILURE',
      reason: 'CLAIMS_CLOSED',
    });
  });

  it('name a player by e-mail address or account ID', () => {
    expect(playerFilterOf(' Player@Example.com ')).toEqual({ email: 'player@example.com' });
    expect(playerFilterOf(ID.toUpperCase())).toEqual({ accountId: ID });
    expect(playerFilterOf('player')).toBeNull();
    expect(playerFilterOf('')).toBeNull();
  });
});

describe('the open claim in the URL', () => {
  const key = { position: '0'.repeat(32), accountId: ID, eventId: ID, at: '2026-11-27T18:05:00.123Z' };

  it('is read as it was written', () => {
    expect(parseClaimKey(formatClaimKey(key))).toEqual(key);
  });

  it('is none if the text is cut', () => {
    expect(parseClaimKey(undefined)).toBeNull();
    expect(parseClaimKey(formatClaimKey(key).slice(0, 60))).toBeNull();
  });

  it('is looked for in its millisecond', () => {
    expect(momentOf(key.at)).toEqual({ from: key.at, to: '2026-11-27T18:05:00.124Z' });
  });
});
