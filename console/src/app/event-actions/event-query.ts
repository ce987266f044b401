import { queryOptions } from '@tanstack/react-query';
import { dataOf, type Schemas } from '../../shared/api/client';
import { api } from '../session';

export type RewardEvent = Schemas['RewardEventResponse'];

/** An event with the ETag of the revision that it shows. */
export interface VersionedEvent {
  readonly event: RewardEvent;
  readonly etag: string;
}

export const loadEvent = async (eventId: string, signal?: AbortSignal): Promise<VersionedEvent> => {
  const request = api.GET('/events/{eventId}', { params: { path: { eventId } }, ...(signal && { signal }) });
  const event = await dataOf(request);
  const { response } = await request;
  return { event, etag: response.headers.get('etag') ?? '' };
};

/** Loads one event and the ETag that a write of it needs. */
export const eventQuery = (eventId: string) =>
  queryOptions({ queryKey: ['events', eventId, 'versioned'], queryFn: ({ signal }) => loadEvent(eventId, signal) });
