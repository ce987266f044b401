import { isStaff, searchText, type RewardEventStatus, type RewardEventView, type Role } from '@rewards/contracts';
import type { Filter } from '@rewards/document-store';
import type { EventOrder } from './events.requests';

const IS_HIDDEN_FROM_PLAYERS = {
  DRAFT: true,
  SCHEDULED: false,
  ACTIVE: false,
  PAUSED: false,
  ENDED: false,
  CLOSED: false,
  DELETED: true,
} as const satisfies Readonly<Record<RewardEventStatus, boolean>>;

/** Returns whether an account with these roles can see an event with this status. */
export const isVisible = (status: RewardEventStatus, roles: readonly Role[]): boolean =>
  isStaff(roles) || !IS_HIDDEN_FROM_PLAYERS[status];

/** Matches any text, and so any time. */
const ANY_TIME = { gt: '' };
const PUBLISHED: Filter<RewardEventView> = { deletedAt: null, publishedAt: ANY_TIME };
const RUNNING: Filter<RewardEventView> = { ...PUBLISHED, pausedAt: null };

/** The rules of `rewardEventStatus` as filters for a list; `at` is ISO 8601 UTC with milliseconds. */
const RANGES: Readonly<Record<RewardEventStatus, (at: string) => Filter<RewardEventView>>> = {
  DRAFT: () => ({ deletedAt: null, publishedAt: null }),
  SCHEDULED: (at) => ({ ...RUNNING, startsAt: { gt: at }, endsAt: { gt: at } }),
  ACTIVE: (at) => ({ ...RUNNING, startsAt: { lte: at }, endsAt: { gt: at } }),
  PAUSED: () => ({ ...PUBLISHED, pausedAt: ANY_TIME }),
  ENDED: (at) => ({ ...RUNNING, endsAt: { lte: at }, claimsUntil: { gt: at } }),
  CLOSED: (at) => ({ ...RUNNING, endsAt: { lte: at }, claimsUntil: { lte: at } }),
  DELETED: () => ({ deletedAt: ANY_TIME }),
};

/** Selects and sorts the events of a list. An omitted field does not filter. Times are ISO 8601 UTC with milliseconds. */
export interface EventSelection {
  readonly status?: RewardEventStatus;
  /** A part of the name, in upper or lower case. */
  readonly q?: string;
  /** Selects windows that end after this time. */
  readonly from?: string;
  /** Selects windows that begin before this time. */
  readonly to?: string;
  readonly sort?: EventOrder;
}

/**
 * Returns the filter for a list of events, by default of all statuses except DELETED.
 * @returns null if the list is empty
 */
export const listFilter = (
  { status, q, from, to }: EventSelection,
  roles: readonly Role[],
  at: string,
): Filter<RewardEventView> | null => {
  const selected = statusFilter(status, roles, at);
  if (selected === null) return null;
  const endsAt = boundsOf(selected.endsAt);
  return {
    ...selected,
    ...(q !== undefined && { searchName: { contains: searchText(q) } }),
    ...(to !== undefined && { startsAt: { ...boundsOf(selected.startsAt), lt: to } }),
    ...(from !== undefined && { endsAt: { ...endsAt, gt: endsAt.gt !== undefined && endsAt.gt > from ? endsAt.gt : from } }),
  };
};

interface Bounds {
  readonly gt?: string;
  readonly lte?: string;
}

/** A status filters times by bounds only. */
const boundsOf = (criterion: Filter<RewardEventView>['endsAt']): Bounds =>
  typeof criterion === 'object' ? (criterion as Bounds) : {};

const statusFilter = (
  status: RewardEventStatus | undefined,
  roles: readonly Role[],
  at: string,
): Filter<RewardEventView> | null => {
  if (status !== undefined) return isVisible(status, roles) ? RANGES[status](at) : null;
  return isVisible('DRAFT', roles) ? { deletedAt: null } : PUBLISHED;
};

/** Returns the filters for events with hidden participations. A draft has some if it was published before. */
export const hiddenFilters = (roles: readonly Role[]): readonly Filter<RewardEventView>[] =>
  (['DRAFT', 'DELETED'] as const).flatMap((status) => (isVisible(status, roles) ? [] : [RANGES[status]('')]));
