import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';
import { JWKS_MAX_AGE_SECONDS, planKeys, PUBLISHED_AHEAD_MS } from './key-rotation';

const HOUR = 60 * 60_000;
const first = { kid: 'first', createdAt: 0 };
const second = { kid: 'second', createdAt: HOUR };

describe('planKeys', () => {
  it('signs with the only key immediately, however new it is', () => {
    expect(planKeys([first], 0)).toEqual({ signing: 'first', retired: [] });
    expect(planKeys([], 0)).toEqual({ signing: null, retired: [] });
  });

  it('publishes a new key before it signs', () => {
    expect(planKeys([second, first], HOUR + PUBLISHED_AHEAD_MS - 1).signing).toBe('first');
    expect(planKeys([second, first], HOUR + PUBLISHED_AHEAD_MS).signing).toBe('second');
  });

  it('keeps the old key until its last token has expired', () => {
    const lastToken = HOUR + PUBLISHED_AHEAD_MS + ACCESS_TOKEN_SECONDS * 1_000;
    expect(planKeys([first, second], lastToken).retired).toEqual([]);
    expect(planKeys([first, second], 2 * HOUR)).toEqual({ signing: 'second', retired: ['first'] });
  });

  it('publishes a new key for longer than a JWK Set without it may be cached', () => {
    expect(PUBLISHED_AHEAD_MS).toBeGreaterThan(JWKS_MAX_AGE_SECONDS * 1_000);
  });

  it('does not sign with an RSA key of an earlier version, and keeps it until its last possible token has expired', () => {
    const rsa = { kid: 'rsa', createdAt: -HOUR, isLegacy: true };
    expect(planKeys([rsa], 0).signing).toBeNull();
    expect(planKeys([rsa, first], 0)).toEqual({ signing: 'first', retired: [] });
    expect(planKeys([rsa, first], ACCESS_TOKEN_SECONDS * 1_000).retired).toEqual([]);
    expect(planKeys([rsa, first], HOUR)).toEqual({ signing: 'first', retired: ['rsa'] });
    expect(planKeys([{ ...rsa, createdAt: HOUR }, first], HOUR).retired).toEqual([]);
  });

  it('returns the same plan for keys of the same age, regardless of their order', () => {
    const twin = { kid: 'twin', createdAt: 0 };
    expect(planKeys([first, twin], 2 * HOUR)).toEqual(planKeys([twin, first], 2 * HOUR));
  });
});
