import {
  IDLE_LIFETIME_MS,
  judge,
  parseRefreshToken,
  repeatRotation,
  rotateSession,
  SESSION_LIFETIME_MS,
  startSession,
} from './session';

const parse = (token: string) => {
  const parsed = parseRefreshToken(token);
  if (!parsed) throw new Error('not a refresh token');
  return parsed;
};

const GRACE_MS = 10;

describe('session', () => {
  const first = startSession('account', 1, 0);
  const second = rotateSession(first.session, parse(first.refreshToken), 100);
  const third = rotateSession(second.session, parse(second.refreshToken), 200);
  const verdict = (token: string, now: number, graceMs = GRACE_MS) => judge(third.session, parse(token), now, graceMs);

  it('tells its current token from its previous one, older ones, and those that it never issued', () => {
    expect(verdict(third.refreshToken, 201)).toBe('current');
    expect(verdict(second.refreshToken, 201)).toBe('previous');
    expect(verdict(first.refreshToken, 201)).toBe('reused');
    expect(verdict(startSession('account', 1, 0).refreshToken, 201)).toBe('unknown');
  });

  it('has a previous token for as long as the grace lasts', () => {
    expect(verdict(second.refreshToken, 200 + GRACE_MS - 1)).toBe('previous');
    expect(verdict(second.refreshToken, 200 + GRACE_MS)).toBe('reused');
    expect(verdict(second.refreshToken, 200, 0)).toBe('reused');
    // The clock of the instance that rotated it was ahead.
    expect(verdict(second.refreshToken, 199)).toBe('previous');
  });

  it('makes its current token again from the previous one alone', () => {
    expect(repeatRotation(third.session, parse(second.refreshToken))).toBe(third.refreshToken);
    for (const other of [first, third])
      expect(repeatRotation(third.session, parse(other.refreshToken))).not.toBe(third.refreshToken);
  });

  it('has no previous token where an earlier version rotated it, which kept the rotation before', () => {
    const { rotation } = second.session;
    const { session } = rotateSession(second.session, parse(second.refreshToken), 200);
    expect(judge({ ...session, rotation }, parse(first.refreshToken), 101, GRACE_MS)).toBe('reused');
  });

  it('takes a token with any character changed for one that it never issued, or for none at all', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    for (let index = 0; index < refreshToken.length; index += 1) {
      const changed = refreshToken.slice(0, index) + (refreshToken[index] === 'A' ? 'B' : 'A') + refreshToken.slice(index + 1);
      const token = parseRefreshToken(changed);
      expect(token === null || token.sessionId !== session.sessionId || judge(session, token, 1, GRACE_MS) === 'unknown').toBe(
        true,
      );
    }
  });

  it.each(['', 'x', '=', 'a'.repeat(86), 'ü'.repeat(86), `${'A'.repeat(85)}B`, 'A'.repeat(4_096)])(
    'parses no rubbish: %s',
    (token) => {
      const parsed = parseRefreshToken(token);
      expect(parsed === null || judge(startSession('account', 1, 0).session, parsed, 1, GRACE_MS) === 'unknown').toBe(true);
    },
  );

  it('stores neither secret nor token, of the current nor of the previous one', () => {
    const stored = JSON.stringify(second.session);
    for (const { refreshToken } of [first, second]) {
      const { secret } = parse(refreshToken);
      for (const text of [refreshToken, secret.toString('base64url'), secret.toString('hex'), secret.toString('base64')])
        expect(stored).not.toContain(text);
    }
  });

  it('expires when it is not used, and at the latest after its lifetime', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    expect(judge(session, parse(refreshToken), IDLE_LIFETIME_MS - 1, GRACE_MS)).toBe('current');
    expect(judge(session, parse(refreshToken), IDLE_LIFETIME_MS, GRACE_MS)).toBe('unknown');
    const late = rotateSession(session, parse(refreshToken), SESSION_LIFETIME_MS - 1);
    expect(late.session.expiresAt).toBe(SESSION_LIFETIME_MS);
    expect(judge(late.session, parse(refreshToken), SESSION_LIFETIME_MS, GRACE_MS)).toBe('unknown');
  });
});
