import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { START } from '@rewards/contracts/position';
import { dataOf } from '../../shared/api/client';
import { problemOf } from '../../shared/api/problem';
import { api } from '../session';
import { isPlace, type StreamFilter } from './audit-filter';
import { LiveTail, type OpenStream, type Tail } from './live-tail';

/** Finds the position after which the stream begins. @param since a time, a position, or undefined for now */
const placeOf = async (since: string | undefined, signal: AbortSignal): Promise<string> => {
  if (since !== undefined && isPlace(since)) return since;
  const query = { limit: 1, ...(since !== undefined && { to: since }) };
  const [newest] = await dataOf(api.GET('/audit', { params: { query }, signal }));
  return newest?.position ?? START;
};

const openWith =
  (filter: StreamFilter): OpenStream =>
  async (after, isResumed, signal) => {
    const { data, error, response } = await api.GET('/audit/stream', {
      params: { query: { ...filter, after }, ...(isResumed && { header: { 'Last-Event-ID': after } }) },
      parseAs: 'stream',
      signal,
    });
    if (!response.ok || !data) throw problemOf(error, response);
    return data as ReadableStream<Uint8Array<ArrayBuffer>>;
  };

const RATE_MS = 1_000;
const nothing = (): (() => void) => () => undefined;

interface Following {
  readonly tail: Tail | null;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Why the place could not be found. */
  readonly error: unknown;
  readonly retry: () => void;
}

/** Follows the audit stream while the component is shown. */
export const useLiveTail = (filter: StreamFilter, since: string | undefined): Following => {
  const {
    data: place,
    error,
    refetch,
  } = useQuery({
    queryKey: ['audit', 'place', since],
    queryFn: ({ signal }) => placeOf(since, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const key = JSON.stringify(filter);
  // The filter is compared by its values.
  const live = useMemo(() => (place === undefined ? null : new LiveTail({ after: place, open: openWith(filter) })), [place, key]);
  useEffect(() => {
    if (!live) return undefined;
    live.start();
    const timer = setInterval(live.refresh, RATE_MS);
    return () => {
      clearInterval(timer);
      live.stop();
    };
  }, [live]);
  const tail = useSyncExternalStore(live?.subscribe ?? nothing, live?.current ?? (() => null));
  return { tail, pause: () => live?.pause(), resume: () => live?.start(), error, retry: () => void refetch() };
};
