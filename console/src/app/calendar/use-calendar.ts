import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { commonZone, dayIn } from '../components/days';
import { useNow } from '../components/use-now';
import { loadAllEvents } from '../events/load-events';
import { useZoneMode } from '../time/zone-mode';
import { localZone, zoneFor } from '../time/zones';
import { useSearchState } from '../url-state';
import { barOf, byStart, daysOf, loadedSpan, rangeOf } from './layout';

const MINUTE_MS = 60_000;
/** Pages of 100 events that are loaded at most. */
const MAX_PAGES = 10;

/** Loads the events of the weeks that the URL names, and arranges them in the days of the chosen zone. */
export const useCalendar = () => {
  const mode = useZoneMode();
  const now = useNow(MINUTE_MS);
  const { first, weeks } = rangeOf(useSearchState(), dayIn(zoneFor(mode, localZone()), now));
  const { data, isPending, error, refetch } = useQuery({
    queryKey: ['events', 'calendar', first, weeks],
    queryFn: ({ signal }) => loadAllEvents(loadedSpan(first, weeks), MAX_PAGES, signal),
    placeholderData: keepPreviousData,
    refetchInterval: MINUTE_MS,
  });
  const listed = (data?.events ?? []).filter(({ status }) => status !== 'DELETED');
  // One zone for all columns: that of most events, because the events of a studio rarely have different ones.
  const zone = zoneFor(mode, commonZone(listed.map(({ timeZone }) => timeZone)) ?? localZone());
  const days = daysOf(first, weeks, zone);
  const rows = [...listed].sort(byStart).flatMap((event) => {
    const bar = barOf(event, days);
    return bar ? [{ event, bar }] : [];
  });
  return { first, weeks, zone, days, rows, now, isPending, error, refetch, hasMore: data?.hasMore ?? false };
};

export type CalendarRow = ReturnType<typeof useCalendar>['rows'][number];
