/** Failed logins of one e-mail, whether an account has it or not. Times in milliseconds since 1970. */
export interface FailedLogins {
  /** Those that may still add up to a lock, oldest first. */
  readonly failedAt: readonly number[];
  readonly lockedUntil: number | null;
  /** From then on the document says nothing any more. */
  readonly expiresAt: number;
}

export const MAX_FAILURES = 10;
export const LOCK_WINDOW_MS = 15 * 60_000;

/** @returns until when logins are refused; null when they are not */
export const lockedUntil = (failed: FailedLogins | null, now: number): number | null =>
  failed?.lockedUntil != null && now < failed.lockedUntil ? failed.lockedUntil : null;

/** Counts a failure of an e-mail that is not locked. */
export const afterFailure = (failed: FailedLogins | null, now: number): FailedLogins => {
  const failedAt = [...(failed?.failedAt ?? []).filter((at) => at > now - LOCK_WINDOW_MS), now];
  const expiresAt = now + LOCK_WINDOW_MS;
  return { failedAt, lockedUntil: failedAt.length >= MAX_FAILURES ? expiresAt : null, expiresAt };
};
