import { DAY_MS } from '@rewards/domain/calendar-days';
import type { ListedEvent } from '../events/load-events';

/** How far ahead Home looks. */
export const SOON_MS = 7 * DAY_MS;

export interface Soon {
  readonly kind: 'starts' | 'ends' | 'closes';
  /** ISO 8601. */
  readonly at: string;
  readonly event: ListedEvent;
}

/** Returns what begins, ends and closes in the next days, in the order of time. @param now milliseconds since 1970 */
export const soonOf = (events: readonly ListedEvent[], now: number): readonly Soon[] =>
  events
    .flatMap((event): Soon[] => {
      switch (event.status) {
        case 'SCHEDULED':
          return [
            { kind: 'starts', at: event.startsAt, event },
            { kind: 'ends', at: event.endsAt, event },
          ];
        case 'ACTIVE':
        case 'PAUSED':
          return [
            { kind: 'ends', at: event.endsAt, event },
            { kind: 'closes', at: event.claimsUntil, event },
          ];
        case 'ENDED':
          return [{ kind: 'closes', at: event.claimsUntil, event }];
        case 'DRAFT':
        case 'CLOSED':
        case 'DELETED':
          return [];
      }
    })
    .filter(({ at }) => Date.parse(at) >= now && Date.parse(at) < now + SOON_MS)
    .sort((one, other) => one.at.localeCompare(other.at) || one.event.name.localeCompare(other.event.name));

/** The part of the window of an event that has passed, from 0 to 1. */
export const passedOf = ({ startsAt, endsAt }: Pick<ListedEvent, 'startsAt' | 'endsAt'>, now: number): number => {
  const [start, end] = [Date.parse(startsAt), Date.parse(endsAt)];
  return Math.max(0, Math.min((now - start) / (end - start), 1));
};

/** Formats the time until a moment, such as "in 3 days". */
export const formatUntil = (at: string, now: number, language: string): string => {
  const hours = (Date.parse(at) - now) / 3_600_000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'narrow' });
  if (hours < 1) return format.format(Math.max(1, Math.round(hours * 60)), 'minute');
  return hours < 48 ? format.format(Math.round(hours), 'hour') : format.format(Math.round(hours / 24), 'day');
};
