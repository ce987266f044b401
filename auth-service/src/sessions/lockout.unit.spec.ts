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
    // The first failures are now older than the window, but the lock remains.
    expect(lockedUntil(locked, 9 * MINUTE + LOCK_WINDOW_MS - 1)).not.toBeNull();
    expect(lockedUntil(locked, 9 * MINUTE + LOCK_WINDOW_MS)).toBeNull();
  });

  it('does not lock after ten failures that are spread over more than 15 minutes', () => {
    const slow = failing(...times(30, 2 * MINUTE));
    expect(lockedUntil(slow, 58 * MINUTE)).toBeNull();
  });

  it('starts counting from zero after the lock ends', () => {
    const locked = failing(...times(10, 0));
    const again = afterFailure(locked, LOCK_WINDOW_MS);
    expect(again).toEqual({ failedAt: [LOCK_WINDOW_MS], lockedUntil: null, expiresAt: 2 * LOCK_WINDOW_MS });
  });

  it('does not lock an e-mail without failures', () => expect(lockedUntil(null, 0)).toBeNull());
});
