import { auditFilterOf, formatFactKey, isPlace, isTraceId, parseFactKey, streamFilterOf } from './audit-filter';

const POSITION = '0000000000001a2b0000000000001a2b';

describe('the filters of the audit', () => {
  it('are those of the URL; the stream has fewer', () => {
    const search = { type: 'RewardClaimed', eventId: 'e', actor: 'a', tz: 'utc', cols: 'at' };
    expect(auditFilterOf(search)).toEqual({ type: 'RewardClaimed', eventId: 'e', actor: 'a' });
    expect(streamFilterOf(search)).toEqual({ type: 'RewardClaimed', eventId: 'e' });
  });

  it('leave out a type that does not exist', () => {
    expect(auditFilterOf({ type: 'toString' })).toEqual({});
  });

  it('tell a position from a trace ID', () => {
    expect([isPlace(POSITION), isTraceId(POSITION)]).toEqual([true, false]);
    expect(isTraceId('4bf92f3577b34da6a3ce929d0e0e4736')).toBe(true);
    expect(isPlace(`${POSITION}0123456789abcdef`)).toBe(true);
    expect([isPlace('1a2b'), isTraceId('1a2b')]).toEqual([false, false]);
  });
});

describe('the open entry in the URL', () => {
  it('is read as it was written', () => {
    const key = { position: POSITION, at: '2026-11-27T18:05:00.123Z' };
    expect(parseFactKey(formatFactKey(key))).toEqual(key);
    expect(parseFactKey('x_y')).toBeNull();
    expect(parseFactKey(undefined)).toBeNull();
  });
});
