import type { RewardEventStatus, RewardEventView, Role } from '@rewards/contracts';
import type { Filter } from '@rewards/document-store';

const HIDDEN_FROM_PLAYERS: readonly RewardEventStatus[] = ['DRAFT', 'DELETED'];

const isPlayer = (roles: readonly Role[]): boolean => roles.every((role) => role === 'USER');

/** Whether an event of this status is there at all for an account of these roles. */
export const isVisible = (status: RewardEventStatus, roles: readonly Role[]): boolean =>
  !isPlayer(roles) || !HIDDEN_FROM_PLAYERS.includes(status);

/** Any text: what was published has a time. */
const SOME = { gt: '' };

/**
 * What `rewardEventStatus` computes of one event, as ranges for a list.
 * @param at ISO 8601 UTC with milliseconds
 */
const RANGES: Readonly<Record<RewardEventStatus, (at: string) => Filter<RewardEventView> | null>> = {
  DRAFT: () => ({ publishedAt: null }),
  SCHEDULED: (at) => ({ publishedAt: SOME, startsAt: { gt: at } }),
  ACTIVE: (at) => ({ publishedAt: SOME, startsAt: { lte: at }, endsAt: { gt: at } }),
  ENDED: (at) => ({ publishedAt: SOME, startsAt: { lte: at }, endsAt: { lte: at }, claimsUntil: { gt: at } }),
  CLOSED: (at) => ({ publishedAt: SOME, startsAt: { lte: at }, endsAt: { lte: at }, claimsUntil: { lte: at } }),
  // No fact leads there.
  PAUSED: () => null,
  DELETED: () => null,
};

/**
 * Filter for the events of a list.
 * @param status only those; all of them but the deleted when it is left out
 * @returns null when no event can be in the list
 */
export const listFilter = (
  status: RewardEventStatus | undefined,
  roles: readonly Role[],
  at: string,
): Filter<RewardEventView> | null => {
  if (status !== undefined) return isVisible(status, roles) ? RANGES[status](at) : null;
  return isVisible('DRAFT', roles) ? {} : { publishedAt: SOME };
};

/** Filter for the events that participations are not shown of; null when there are none for these roles. */
export const hiddenFilter = (roles: readonly Role[]): Filter<RewardEventView> | null =>
  isVisible('DRAFT', roles) ? null : { publishedAt: null };
