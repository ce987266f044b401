import { afterFailure, LOCK_WINDOW_MS, lockedUntil, type FailedLogins } from './lockout';

const MINUTE = 60_000;
const failing = (...times: number[]): FailedLogins | null =>
  times.reduce<FailedLogins | null>((failed, at) => afterFailure(failed, at), null);
const times = (count: number, step: number) => Array.from({ length: count }, (_, index) => index * step);

describe('lockout', () => {
  it('locks after the tenth failure in 15 minutes, for 15 minutes from that failure', () => {
    expect(lockedUntil(failing(...times(9, MINUTE)), 9 * MINUTE)).toBeNull();
    const locked = failing(...times(10, MINUTE));
    expect(lockedUntil(locked, 9 * MINUTE)).toBe(9 * MINUTE + LOCK_WINDOW_MS);
    // The first failures are older than the window by then: the lock stays all the same.
    expect(lockedUntil(locked, 9 * MINUTE + LOCK_WINDOW_MS - 1)).not.toBeNull();
    expect(lockedUntil(locked, 9 * MINUTE + LOCK_WINDOW_MS)).toBeNull();
  });

  it('does not add up failures further apart', () => {
    const slow = failing(...times(30, 2 * MINUTE));
    expect(lockedUntil(slow, 58 * MINUTE)).toBeNull();
  });

  it('starts from nothing when the lock is lifted', () => {
    const locked = failing(...times(10, 0));
    const again = afterFailure(locked, LOCK_WINDOW_MS);
    expect(again).toEqual({ failedAt: [LOCK_WINDOW_MS], lockedUntil: null, expiresAt: 2 * LOCK_WINDOW_MS });
  });

  it('knows nobody', () => expect(lockedUntil(null, 0)).toBeNull());
});
