import type { RecordedEvent } from '@rewards/contracts';

const DAY_MS = 86_400_000;

/** Returns the time in the event's data, or the time of its decision if the data cannot be read. */
export const timeOf = ({ data, metadata }: RecordedEvent): string => {
  const at = (data as { readonly at?: unknown } | null)?.at;
  return typeof at === 'string' ? at : metadata.at;
};

/** Returns a day after a time. Apart from misdated events, no event that was recorded by the time is dated later. */
const dayAfter = (at: string): string => new Date(Date.parse(at) + DAY_MS).toISOString();

/**
 * Returns the events of one stream that were recorded by a time. The stream is in the order of recording, so the result ends before
 * the first event that is dated later. A late login after that event was not recorded yet.
 *
 * An event is misdated if it is dated more than a day ahead of the clock, or later than a request that was recorded after it. Its
 * date does not show when it was recorded, so it counts as recorded with the event before it.
 * @param since no event of the stream is older
 */
export const recordedBy = (
  events: readonly RecordedEvent[],
  time: string,
  { since, now }: { readonly since: string; readonly now: string },
): readonly RecordedEvent[] => {
  const latest = latestTimes(events, dayAfter(now));
  let recordedAt = since;
  const later = events.findIndex((event, index) => {
    const at = timeOf(event);
    if (at <= (latest[index] ?? '')) recordedAt = at;
    return recordedAt > time;
  });
  return later === -1 ? events : events.slice(0, later);
};

/** Returns the latest possible recording time of each event. Only requests are dated by the clock of the service that records them. */
const latestTimes = (events: readonly RecordedEvent[], end: string): readonly string[] => {
  let latest = end;
  return events
    .toReversed()
    .map((event) => {
      const at = timeOf(event);
      if ('accountId' in event.metadata.actor && at < latest) latest = at;
      return latest;
    })
    .reverse();
};
