import type { paths } from '../../shared/api/schema';
import { filtersIn, type Search } from '../url-state';

type Query = NonNullable<paths['/claims']['get']['parameters']['query']>;
export type ClaimFilter = Omit<Query, 'limit' | 'cursor'>;

/** The filters of the list, as the URL names them. */
export const CLAIM_FILTERS = [
  'eventId',
  'cycle',
  'milestone',
  'email',
  'accountId',
  'requestId',
  'rewardName',
  'status',
  'reason',
  'from',
  'to',
] as const satisfies readonly (keyof ClaimFilter)[];

/** Filters that are shown only when somebody wants more of them, or set one. */
export const RARE_FILTERS = ['cycle', 'milestone', 'requestId', 'rewardName'] as const;

/** Reads the filters of the URL. */
export const claimFilterOf = ({ reason, ...others }: Search): ClaimFilter =>
  // A granted claim has no reason, and its filter is hidden.
  filtersIn(others.status === 'SUCCESS' ? others : { ...others, reason }, CLAIM_FILTERS);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What a person typed or pasted to name a player. */
export type PlayerFilter = { readonly email: string } | { readonly accountId: string } | null;

/** @returns null if the text is neither an e-mail address nor an account ID */
export const playerFilterOf = (text: string): PlayerFilter => {
  const trimmed = text.trim().toLowerCase();
  if (UUID.test(trimmed)) return { accountId: trimmed };
  return EMAIL.test(trimmed) ? { email: trimmed } : null;
};

/** The row that is open, as the URL names it: a claim can be read again only by its account, event and time. */
export interface ClaimKey {
  readonly position: string;
  readonly accountId: string;
  readonly eventId: string;
  readonly at: string;
}

export const formatClaimKey = ({ position, accountId, eventId, at }: ClaimKey): string =>
  [position, accountId, eventId, at].join('_');

/** @returns null if the text names no claim */
export const parseClaimKey = (text: string | undefined): ClaimKey | null => {
  const [position = '', accountId = '', eventId = '', at = ''] = text?.split('_') ?? [];
  return UUID.test(accountId) && UUID.test(eventId) && !Number.isNaN(Date.parse(at))
    ? { position, accountId, eventId, at }
    : null;
};

/** The millisecond of a time, as `from` and `to` of a list. */
export const momentOf = (at: string): { readonly from: string; readonly to: string } => ({
  from: at,
  to: new Date(Date.parse(at) + 1).toISOString(),
});
