/** Failed logins of one e-mail, whether or not an account has it. Times are in milliseconds since 1970. */
export interface FailedLogins {
  /** Failures that can still contribute to a lock, oldest first. */
  readonly failedAt: readonly number[];
  readonly lockedUntil: number | null;
  /** When the document can be removed. */
  readonly expiresAt: number;
}

export const MAX_FAILURES = 10;
export const LOCK_WINDOW_MS = 15 * 60_000;

/** @returns the end of the lock; null if logins are not locked */
export const lockedUntil = (failed: FailedLogins | null, now: number): number | null =>
  failed?.lockedUntil != null && now < failed.lockedUntil ? failed.lockedUntil : null;

/** Counts a failure for an e-mail that is not locked. */
export const afterFailure = (failed: FailedLogins | null, now: number): FailedLogins => {
  const failedAt = [...(failed?.failedAt ?? []).filter((at) => at > now - LOCK_WINDOW_MS), now];
  const expiresAt = now + LOCK_WINDOW_MS;
  return { failedAt, lockedUntil: failedAt.length >= MAX_FAILURES ? expiresAt : null, expiresAt };
};
