import { isPosition, type Position } from './position';
import { isStoredTime } from './time';

/**
 * The stored `order` of a list by time: the time of a domain event, then its place in the log. It sorts as text; a time alone
 * sorts before every key of its own millisecond.
 * @param at ISO 8601 UTC with milliseconds
 */
export const sortKey = (at: string, position: Position): string => `${at}|${position}`;

/** @returns the parts of a sort key; null for text that is none */
export const parseSortKey = (key: string): { readonly at: string; readonly position: Position } | null => {
  const [at = '', position = '', ...rest] = key.split('|');
  return rest.length === 0 && isStoredTime(at) && isPosition(position) ? { at, position } : null;
};
