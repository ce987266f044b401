/** A signing key, as far as rotation is concerned. */
export interface DatedKey {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** A new key is published this long before it signs: every instance lists it by then, and no verifier meets it unprepared. */
export const PUBLISHED_AHEAD_MS = 60_000;

/** How long a key verifies after its successor has begun to sign: the life of its last token, and clocks that differ. */
const VERIFIES_ON_MS = (ACCESS_TOKEN_SECONDS + 5 * 60) * 1_000;

export interface KeyPlan {
  /** The key that signs; null when there is none. */
  readonly signing: string | null;
  /** Keys that no valid token was signed with: they may be deleted. */
  readonly retired: readonly string[];
}

/** What each key is for now, by age alone, so that all instances come to the same plan. */
export const planKeys = (keys: readonly DatedKey[], now: number): KeyPlan => {
  const byAge = [...keys].sort((a, b) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1));
  const signsFrom = (key: DatedKey, index: number) => (index === 0 ? -Infinity : key.createdAt + PUBLISHED_AHEAD_MS);
  const signing = byAge.findLast((key, index) => signsFrom(key, index) <= now) ?? null;
  const retired = byAge.filter((_, index) => {
    const successor = byAge[index + 1];
    return successor !== undefined && signsFrom(successor, index + 1) + VERIFIES_ON_MS <= now;
  });
  return { signing: signing?.kid ?? null, retired: retired.map(({ kid }) => kid) };
};
