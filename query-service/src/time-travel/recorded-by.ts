import type { RecordedEvent } from '@rewards/contracts';

const DAY_MS = 86_400_000;

/** The time that a recorded event gives: its own, or that of its decision if its data cannot be read. */
export const timeOf = ({ data, metadata }: RecordedEvent): string => {
  const at = (data as { readonly at?: unknown } | null)?.at;
  return typeof at === 'string' ? at : metadata.at;
};

/** A day after a time: nothing that was recorded by then is dated later, apart from what is misdated. */
export const dayAfter = (at: string): string => new Date(Date.parse(at) + DAY_MS).toISOString();

/**
 * The events of one stream that were recorded by a time. Recording order is the stream's order, so the first event dated later
 * ends them: a login that arrived late, after it, was not there yet.
 *
 * An event dated after its own recording says nothing about when that was: one dated more than a day ahead of the clock, or
 * later than a request that was recorded after it. It is taken to be as old as the event before it.
 * @param since nothing of the stream is older
 */
export const recordedBy = (
  events: readonly RecordedEvent[],
  time: string,
  { since, now }: { readonly since: string; readonly now: string },
): readonly RecordedEvent[] => {
  const latest = latestTimes(events, dayAfter(now));
  let known = since;
  const later = events.findIndex((event, index) => {
    const at = timeOf(event);
    if (at <= (latest[index] ?? '')) known = at;
    return known > time;
  });
  return later === -1 ? events : events.slice(0, later);
};

/** For each event the latest time at which it can have been recorded. Only requests are dated by the clock that records them. */
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
