import { useSyncExternalStore } from 'react';

/** What the page shows. It is in the fragment of the URL, so that back, reload and links work. */
export type Place =
  | { readonly page: 'events' }
  | { readonly page: 'claims' }
  | { readonly page: 'event'; readonly eventId: string; readonly cycle: string | null };

/** @param hash such as `#/events/{eventId}?cycle=2026-11-23` */
export const placeOf = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, eventId] = path.split('/');
  if (page === 'claims') return { page };
  if (page !== 'events' || !eventId) return { page: 'events' };
  return { page: 'event', eventId: decodeURIComponent(eventId), cycle: new URLSearchParams(query).get('cycle') };
};

export const hrefOf = (place: Place): string => {
  if (place.page !== 'event') return `#/${place.page}`;
  const path = `#/events/${encodeURIComponent(place.eventId)}`;
  return place.cycle === null ? path : `${path}?cycle=${encodeURIComponent(place.cycle)}`;
};

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

export const usePlace = (): Place => placeOf(useSyncExternalStore(subscribe, () => window.location.hash));
