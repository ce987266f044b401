import { isStaff, type RewardEventStatus, type RewardEventView, type Role } from '@rewards/contracts';
import type { Filter } from '@rewards/document-store';

const IS_HIDDEN_FROM_PLAYERS = {
  DRAFT: true,
  SCHEDULED: false,
  ACTIVE: false,
  PAUSED: false,
  ENDED: false,
  CLOSED: false,
  DELETED: true,
} as const satisfies Readonly<Record<RewardEventStatus, boolean>>;

/** Whether an event of this status is there at all for an account of these roles. */
export const isVisible = (status: RewardEventStatus, roles: readonly Role[]): boolean =>
  isStaff(roles) || !IS_HIDDEN_FROM_PLAYERS[status];

/** Any text: what has happened has a time. */
const SOME = { gt: '' };
const PUBLISHED: Filter<RewardEventView> = { deletedAt: null, publishedAt: SOME };
const RUNNING: Filter<RewardEventView> = { ...PUBLISHED, pausedAt: null };

/** What `rewardEventStatus` computes of one event, as ranges for a list; `at` is ISO 8601 UTC with milliseconds. */
const RANGES: Readonly<Record<RewardEventStatus, (at: string) => Filter<RewardEventView>>> = {
  DRAFT: () => ({ deletedAt: null, publishedAt: null }),
  SCHEDULED: (at) => ({ ...RUNNING, startsAt: { gt: at }, endsAt: { gt: at } }),
  ACTIVE: (at) => ({ ...RUNNING, startsAt: { lte: at }, endsAt: { gt: at } }),
  PAUSED: () => ({ ...PUBLISHED, pausedAt: SOME }),
  ENDED: (at) => ({ ...RUNNING, endsAt: { lte: at }, claimsUntil: { gt: at } }),
  CLOSED: (at) => ({ ...RUNNING, endsAt: { lte: at }, claimsUntil: { lte: at } }),
  DELETED: () => ({ deletedAt: SOME }),
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
  return isVisible('DRAFT', roles) ? { deletedAt: null } : PUBLISHED;
};

/** Filter for the events whose participations are not shown, drafts apart: they have none. Null when all are shown. */
export const hiddenFilter = (roles: readonly Role[]): Filter<RewardEventView> | null =>
  isVisible('DELETED', roles) ? null : RANGES.DELETED('');
