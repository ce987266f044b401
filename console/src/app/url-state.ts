import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type Search = Readonly<Record<string, string | undefined>>;

/** The search parameters of the URL, which contain the whole state of a page: filters, order, columns, zone and tab. */
export const useSearchState = (): Search => useSearch({ strict: false }) as Search;

/** Changes search parameters. A change replaces the entry of the history, so that Back leaves the page. */
export const useChangeSearch = (): ((changes: Search) => void) => {
  const navigate = useNavigate();
  return useCallback(
    (changes) => void navigate({ to: '.', search: (current: Search) => withChanges(current, changes), replace: true } as never),
    [navigate],
  );
};

/** One search parameter and the function that sets it; `undefined` removes it. */
export const useUrlState = (name: string): readonly [string | undefined, (value: string | undefined) => void] => {
  const search = useSearchState();
  const change = useChangeSearch();
  const set = useCallback((value: string | undefined) => change({ [name]: value }), [change, name]);
  return [search[name], set];
};

export const withChanges = (current: Search, changes: Search): Search =>
  Object.fromEntries(Object.entries({ ...current, ...changes }).filter(([, value]) => value !== undefined && value !== ''));

/**
 * Reads the filters of a list from the URL. The server judges their values: it answers a wrong one with the name of its field, which the
 * list shows.
 */
export const filtersIn = <Filter>(search: Search, names: readonly (keyof Filter & string)[]): Filter =>
  Object.fromEntries(names.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]]))) as Filter;

/** Reads the query of a URL as texts: numbers and dates stay as they were written. */
export const parseSearch = (query: string): Search => Object.fromEntries(new URLSearchParams(query));

export const formatSearch = (search: Search): string => {
  const text = new URLSearchParams(withChanges({}, search) as Record<string, string>).toString();
  return text === '' ? '' : `?${text}`;
};
