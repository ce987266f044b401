import { IDLE_LIFETIME_MS, judge, parseRefreshToken, rotateSession, SESSION_LIFETIME_MS, startSession } from './session';

const parse = (token: string) => {
  const parsed = parseRefreshToken(token);
  if (!parsed) throw new Error('not a refresh token');
  return parsed;
};

describe('session', () => {
  it('knows its current token, its old ones, and those that it never issued', () => {
    const first = startSession('account', 1, 0);
    const second = rotateSession(first.session, 1);
    const third = rotateSession(second.session, 2);
    const stranger = startSession('account', 1, 0);
    expect(judge(third.session, parse(third.refreshToken), 3)).toBe('current');
    expect(judge(third.session, parse(second.refreshToken), 3)).toBe('reused');
    expect(judge(third.session, parse(first.refreshToken), 3)).toBe('reused');
    expect(judge(third.session, parse(stranger.refreshToken), 3)).toBe('unknown');
  });

  it('takes a token with any character changed for one that it never issued, or for none at all', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    for (let index = 0; index < refreshToken.length; index += 1) {
      const changed = refreshToken.slice(0, index) + (refreshToken[index] === 'A' ? 'B' : 'A') + refreshToken.slice(index + 1);
      const token = parseRefreshToken(changed);
      expect(token === null || token.sessionId !== session.sessionId || judge(session, token, 1) === 'unknown').toBe(true);
    }
  });

  it.each(['', 'x', '=', 'a'.repeat(86), 'ü'.repeat(86), `${'A'.repeat(85)}B`, 'A'.repeat(4_096)])(
    'parses no rubbish: %s',
    (token) => {
      const parsed = parseRefreshToken(token);
      expect(parsed === null || judge(startSession('account', 1, 0).session, parsed, 1) === 'unknown').toBe(true);
    },
  );

  it('stores neither secret nor token', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    const stored = JSON.stringify(session);
    expect(stored).not.toContain(parse(refreshToken).secret.toString('base64url'));
    expect(stored).not.toContain(parse(refreshToken).secret.toString('hex'));
  });

  it('expires when it is not used, and at the latest after its lifetime', () => {
    const { session, refreshToken } = startSession('account', 1, 0);
    expect(judge(session, parse(refreshToken), IDLE_LIFETIME_MS - 1)).toBe('current');
    expect(judge(session, parse(refreshToken), IDLE_LIFETIME_MS)).toBe('unknown');
    const late = rotateSession(session, SESSION_LIFETIME_MS - 1);
    expect(late.session.expiresAt).toBe(SESSION_LIFETIME_MS);
  });
});
