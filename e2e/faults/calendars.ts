const [HOUR, DAY] = [3_600_000, 86_400_000];
export const CALENDAR_ZONE = { timeZone: 'Asia/Seoul', dayStartsAt: '05:00' } as const;
/** Seoul has no summer time: its days that begin at 05:00 are those of UTC, moved by nine hours less five. */
const OFFSET = (9 - 5) * HOUR;

/** An event with milestones, in which logins complete or also grant everything. Each milestone promises the same units. */
export interface Calendar {
  readonly name: string;
  readonly cycle: 'DAY' | 'WEEK' | null;
  readonly condition: 'LOGIN_DAYS' | 'LOGIN_COUNT';
  /** The counts of all milestones, ascending. */
  readonly counts: readonly number[];
  /** Whether logins also grant the rewards, so that no player has to claim them. */
  readonly autoClaim: boolean;
}

export const ATTENDANCE: Calendar = {
  ...{ name: 'attendance', cycle: null, condition: 'LOGIN_DAYS', counts: [1, 2, 3, 4], autoClaim: true },
};
export const WEEKS: Calendar = { name: 'weeks', cycle: 'WEEK', condition: 'LOGIN_DAYS', counts: [1, 2], autoClaim: false };
export const BONUS: Calendar = { name: 'daily bonus', cycle: 'DAY', condition: 'LOGIN_COUNT', counts: [1], autoClaim: true };

const dayAt = (at: string): string => new Date(Date.parse(at) + OFFSET).toISOString().slice(0, 10);

/** The first day of the cycle of a login; null in an event without cycles. */
export const cycleAt = ({ cycle }: Calendar, at: string): string | null => {
  const day = dayAt(at);
  if (cycle !== 'WEEK') return cycle && day;
  const sinceMonday = (new Date(day).getUTCDay() + 6) % 7;
  return new Date(Date.parse(day) - sinceMonday * DAY).toISOString().slice(0, 10);
};

/** Returns the milestones that logins at these times reach, by cycle. */
export const reachedBy = (calendar: Calendar, times: readonly string[]): ReadonlyMap<string | null, readonly number[]> => {
  const inCycles = new Map<string | null, string[]>();
  for (const at of times) {
    const cycle = cycleAt(calendar, at);
    inCycles.set(cycle, [...(inCycles.get(cycle) ?? []), at]);
  }
  const counted = (own: readonly string[]) => (calendar.condition === 'LOGIN_COUNT' ? own : [...new Set(own.map(dayAt))]).length;
  return new Map([...inCycles].map(([cycle, own]) => [cycle, calendar.counts.filter((count) => count <= counted(own))]));
};

/** Identifies a milestone of one participation. */
export const milestoneKey = (eventId: string, accountId: string, cycle: string | null, count: number): string =>
  [eventId, accountId, cycle ?? 'no cycle', count].join(' ');
