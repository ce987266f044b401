import type { EventStatusName } from '../components/event-status';
import { statusTexts } from '../components/event-status-texts';
import type { Search } from '../url-state';

/** Orders that the server offers; the columns have the same names. */
export const SERVER_SORTS = ['startsAt', 'endsAt'] as const;
const SORTS = ['startsAt', 'endsAt', '-startsAt', '-endsAt'] as const;

/** Names of the filters in the URL. */
export const FILTERS = ['q', 'status', 'from', 'to'] as const;

export interface EventsQuery {
  readonly q?: string;
  readonly status?: EventStatusName;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: (typeof SORTS)[number];
}

const isStatus = (text: string | undefined): text is EventStatusName => text !== undefined && Object.hasOwn(statusTexts.en, text);

/** Reads the query of the list from the URL. Values that the server does not offer are left out. */
export const queryOf = ({ q, status, from, to, sort }: Search): EventsQuery => {
  const knownSort = SORTS.find((each) => each === sort);
  return {
    ...(q && { q }),
    ...(isStatus(status) && { status }),
    ...(from && { from }),
    ...(to && { to }),
    ...(knownSort && { sort: knownSort }),
  };
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns the id that a search text is, or contains as the last part of a link; null if it is a part of a name. */
export const eventIdIn = (text: string | undefined): string | null => {
  const last = text?.trim().split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1) ?? '';
  return UUID.test(last) ? last.toLowerCase() : null;
};

/** The first cell with text of what was pasted. */
export const firstCell = (text: string): string | undefined =>
  text
    .split(/[\t\r\n]/)
    .map((cell) => cell.trim())
    .find((cell) => cell !== '');
