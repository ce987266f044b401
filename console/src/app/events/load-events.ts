import { bodyOf, dataOf, type Schemas } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { eventIdIn, type EventsQuery } from './filters';

export type ListedEvent = Schemas['ListedEventResponse'];

interface Page {
  readonly data: readonly ListedEvent[];
  readonly page: { readonly page: number; readonly limit: number; readonly total: number };
}

/** Loads a page of events. A search text that is an id finds that event. @throws ApiProblem */
export const loadEvents = async (query: EventsQuery, page: number, signal: AbortSignal): Promise<Page> => {
  const eventId = eventIdIn(query.q);
  return eventId === null
    ? bodyOf(api.GET('/events', { params: { query: { ...query, page, limit: PAGE_LIMIT } }, signal }))
    : onlyPage(await findEvent(eventId, signal));
};

const findEvent = (eventId: string, signal: AbortSignal): Promise<ListedEvent | null> =>
  dataOf(api.GET('/events/{eventId}', { params: { path: { eventId } }, signal })).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  });

const onlyPage = (event: ListedEvent | null): Page => ({
  data: event ? [event] : [],
  page: { page: 1, limit: PAGE_LIMIT, total: event ? 1 : 0 },
});

/** Loads all events that a query selects, page by page. @returns them, and whether there are more than `maxPages` */
export const loadAllEvents = async (
  query: EventsQuery,
  maxPages: number,
  signal: AbortSignal,
): Promise<{ readonly events: readonly ListedEvent[]; readonly hasMore: boolean }> => {
  const events: ListedEvent[] = [];
  for (let page = 1; page <= maxPages; page += 1) {
    const answer = await loadEvents(query, page, signal);
    events.push(...answer.data);
    if (events.length >= answer.page.total || answer.data.length === 0) return { events, hasMore: false };
  }
  return { events, hasMore: true };
};
