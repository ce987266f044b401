import {
  IDLE_LIFETIME_MS,
  classifyToken,
  parseRefreshToken,
  reproduceToken,
  rotateSession,
  secondsLeft,
  SESSION_LIFETIME_MS,
  startSession,
} from './session';

const parse = (token: string) => {
  const parsed = parseRefreshToken(token);
  if (!parsed) throw new Error('not a refresh token');
  return parsed;
};

const GRACE_MS = 10;

describe('a session', () => {
  const first = startSession('account', 1, 0);
  const second = rotateSession(first.session, parse(first.refreshToken), 100);
  const third = rotateSession(second.session, parse(second.refreshToken), 200);
  const verdict = (token: string, now: number, graceMs = GRACE_MS) => classifyToken(third.session, parse(token), now, graceMs);

  it('distinguishes its current, previous and older tokens from tokens that it never issued', () => {
    expect(verdict(third.refreshToken, 201)).toBe('current');
    expect(verdict(second.refreshToken, 201)).toBe('previous');
    expect(verdict(first.refreshToken, 201)).toBe('reused');
    expect(verdict(startSession('account', 1, 0).refreshToken, 201)).toBe('unknown');
  });

  it('accepts its previous token during the grace', () => {
    expect(verdict(second.refreshToken, 200 + GRACE_MS - 1)).toBe('previous');
    expect(verdict(second.refreshToken, 200 + GRACE_MS)).toBe('reused');
    expect(verdict(second.refreshToken, 200, 0)).toBe('reused');
    // The instance that rotated the token had a clock that was ahead.
    expect(verdict(second.refreshToken, 199)).toBe('previous');
  });

  it('reproduces its current token only from the previous one', () => {
    expect(reproduceToken(third.session, parse(second.refreshToken))).toBe(third.refreshToken);
    for (const other of [first, third])
      expect(reproduceToken(third.session, parse(other.refreshToken))).not.toBe(third.refreshToken);
  });

  it('has no previous token after a rotation by an earlier version, which did not update `rotation`', () => {
    const { rotation } = second.session;
    const { session } = rotateSession(second.session, parse(second.refreshToken), 200);
    expect(classifyToken({ ...session, rotation }, parse(first.refreshToken), 101, GRACE_MS)).toBe('reused');
  });

  it('treats a token with any changed character as unknown or malformed', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    for (let index = 0; index < refreshToken.length; index += 1) {
      const changed = refreshToken.slice(0, index) + (refreshToken[index] === 'A' ? 'B' : 'A') + refreshToken.slice(index + 1);
      const token = parseRefreshToken(changed);
      expect(
        token === null || token.sessionId !== session.sessionId || classifyToken(session, token, 1, GRACE_MS) === 'unknown',
      ).toBe(true);
    }
  });

  it.each(['', 'x', '=', 'a'.repeat(86), 'ü'.repeat(86), `${'A'.repeat(85)}B`, 'A'.repeat(4_096)])(
    'rejects the malformed token %j',
    (token) => {
      const parsed = parseRefreshToken(token);
      expect(parsed === null || classifyToken(startSession('account', 1, 0).session, parsed, 1, GRACE_MS) === 'unknown').toBe(
        true,
      );
    },
  );

  it('does not store the token or the secret of the current or the previous token', () => {
    const stored = JSON.stringify(second.session);
    for (const { refreshToken } of [first, second]) {
      const { secret } = parse(refreshToken);
      for (const text of [refreshToken, secret.toString('base64url'), secret.toString('hex'), secret.toString('base64')])
        expect(stored).not.toContain(text);
    }
  });

  it('expires after its idle lifetime, and at the latest after its total lifetime', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    expect(classifyToken(session, parse(refreshToken), IDLE_LIFETIME_MS - 1, GRACE_MS)).toBe('current');
    expect(classifyToken(session, parse(refreshToken), IDLE_LIFETIME_MS, GRACE_MS)).toBe('unknown');
    const late = rotateSession(session, parse(refreshToken), SESSION_LIFETIME_MS - 1);
    expect(late.session.expiresAt).toBe(SESSION_LIFETIME_MS);
    expect(classifyToken(late.session, parse(refreshToken), SESSION_LIFETIME_MS, GRACE_MS)).toBe('unknown');
    expect([secondsLeft(session, 0), secondsLeft(session, 1)]).toEqual([14 * 86_400, 14 * 86_400 - 1]);
    expect([secondsLeft(late.session, SESSION_LIFETIME_MS - 5_500), secondsLeft(late.session, SESSION_LIFETIME_MS + 1)]).toEqual([
      5, 0,
    ]);
  });
});
