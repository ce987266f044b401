import { isPosition, type Position } from './position';
import { isStoredTime } from './time';

/**
 * The stored `order` of lists by time: the time of a domain event, then its position in the log. It sorts as text. A time alone
 * sorts before every key of its millisecond.
 * @param at ISO 8601 UTC with milliseconds
 */
export const sortKey = (at: string, position: Position): string => `${at}|${position}`;

/** @returns the parts of a sort key, or null if the text is not a sort key */
export const parseSortKey = (key: string): { readonly at: string; readonly position: Position } | null => {
  const [at = '', position = '', ...rest] = key.split('|');
  return rest.length === 0 && isStoredTime(at) && isPosition(position) ? { at, position } : null;
};
