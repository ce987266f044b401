import type { Player } from './queries';

export type RecentPlayer = Pick<Player, 'accountId' | 'email'>;

const MAX_RECENT = 10;

const isRecentPlayer = (value: unknown): value is RecentPlayer =>
  typeof value === 'object' && value !== null && 'accountId' in value && 'email' in value;

/** Reads stored players; whatever else is stored is ignored. */
export const readRecent = (stored: string | null): readonly RecentPlayer[] => {
  try {
    const value: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(value) ? value.filter(isRecentPlayer) : [];
  } catch {
    return [];
  }
};

/** Puts a player first. */
export const withRecent = (recent: readonly RecentPlayer[], { accountId, email }: RecentPlayer): readonly RecentPlayer[] =>
  [{ accountId, email }, ...recent.filter((other) => other.accountId !== accountId)].slice(0, MAX_RECENT);
