import { addDays, addMonths, daysBetween, type WallTime } from './wall-time';

/** A window on the clocks of the event's zone. */
export interface WallWindow {
  readonly startsAt: WallTime;
  readonly endsAt: WallTime;
}

export const MOVES = ['next', 'week', 'month'] as const;
export type Move = (typeof MOVES)[number];

const isWholeMonths = ({ startsAt, endsAt }: WallWindow): boolean =>
  startsAt.slice(8) === endsAt.slice(8) && startsAt.slice(0, 7) !== endsAt.slice(0, 7);

const movedByDays = ({ startsAt, endsAt }: WallWindow, days: number): WallWindow => ({
  startsAt: addDays(startsAt, days),
  endsAt: addDays(endsAt, days),
});

/**
 * Moves a window: to where it ends, by a week, or by a month. It keeps its length in days, and a window of whole months stays one.
 */
export const movedWindow = (window: WallWindow, move: Move): WallWindow => {
  const { startsAt, endsAt } = window;
  const length = daysBetween(startsAt, endsAt);
  switch (move) {
    case 'week':
      return movedByDays(window, 7);
    case 'next':
      return movedByDays(window, Math.max(length, 1));
    case 'month': {
      const start = addMonths(startsAt, 1);
      return {
        startsAt: start,
        endsAt: isWholeMonths(window) ? addMonths(endsAt, 1) : `${addDays(start.slice(0, 10), length)}${endsAt.slice(10)}`,
      };
    }
  }
};

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** Returns the name with the month that it names replaced, if it names the month of the start. */
export const movedName = (name: string, from: WallTime, to: WallTime): string => {
  const [old, current] = [from, to].map((wall) => Number(wall.slice(5, 7))) as [number, number];
  const [oldYear, year] = [from.slice(0, 4), to.slice(0, 4)];
  return name
    .replace(new RegExp(`(?<!\\d)${old}월`), `${current}월`)
    .replace(new RegExp(`\\b${MONTHS[old - 1] ?? ''}\\b`, 'i'), MONTHS[current - 1] ?? '')
    .replace(new RegExp(`(?<!\\d)${oldYear}(?!\\d)`), year);
};
