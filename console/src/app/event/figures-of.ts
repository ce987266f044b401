import type { Schemas } from '../../shared/api/client';

export type Statistics = Schemas['StatisticsResponse'];
export type Hour = Schemas['HourResponse'];

/** A number of participations or units, and what it is a part of. */
export interface Part {
  readonly value: number;
  readonly of: number;
}

/** One row of the funnel. */
export interface FunnelStep {
  readonly kind: 'started' | 'milestone' | 'claimed';
  /** Count of the milestone. */
  readonly milestone?: number;
  /** Null for the claimed units. */
  readonly reached: Part | null;
  /** Null for those who started. */
  readonly done: Part | null;
}

/** Returns the steps from the first counted login to the claimed units: of each milestone, who reached and who completed it. */
export const funnelOf = ({ participants, milestones, rewards }: Statistics): readonly FunnelStep[] => {
  const ofAll = (value: number): Part => ({ value, of: participants });
  const sum = (name: 'promised' | 'claimed'): number => rewards.reduce((total, reward) => total + reward[name], 0);
  return [
    { kind: 'started', reached: ofAll(participants), done: null },
    ...milestones.map(({ count, eligible, completed }): FunnelStep => ({
      kind: 'milestone',
      milestone: count,
      reached: ofAll(eligible),
      done: ofAll(completed),
    })),
    { kind: 'claimed', reached: null, done: { value: sum('claimed'), of: sum('promised') } },
  ];
};

export type Bucket = 'hour' | 'day';

/** What happened in one bar of the chart. */
export interface Bar {
  /** Beginning of the hour or day, ISO 8601 UTC. */
  readonly at: string;
  readonly logins: number;
  readonly completions: number;
  readonly claims: number;
  readonly amount: number;
}

export const SERIES = ['logins', 'completions', 'claims', 'amount'] as const;
export type Series = (typeof SERIES)[number];

const HOUR_MS = 3_600_000;
/** Bars that a chart can show. */
const MAX_BARS = 800;

/** Returns the bucket to begin with: hours for a few days, days for more. */
export const bucketFor = (hours: readonly Hour[]): Bucket => (spanOf(hours) > 7 * 24 ? 'day' : 'hour');

/** Whether the span is short enough for a bar of each hour. */
export const canShowHours = (hours: readonly Hour[]): boolean => spanOf(hours) <= MAX_BARS;

const spanOf = (hours: readonly Hour[]): number => {
  const [first, last] = [hours[0], hours.at(-1)];
  return first && last ? (Date.parse(last.hour) - Date.parse(first.hour)) / HOUR_MS + 1 : 0;
};

/** Days of a chart: which one a time belongs to, and when it begins. */
export interface Days {
  readonly dayOf: (at: string) => string;
  readonly startOf: (day: string) => string;
}

const empty = (at: string): Bar => ({ at, logins: 0, completions: 0, claims: 0, amount: 0 });

const added = (bar: Bar, hour: Hour): Bar => ({
  at: bar.at,
  logins: bar.logins + hour.logins,
  completions: bar.completions + hour.completions,
  claims: bar.claims + hour.claims,
  amount: bar.amount + hour.amount,
});

const iso = (ms: number): string => new Date(ms).toISOString();

/** Returns a bar for each hour or day from the first to the last one, also those in which nothing happened. @param hours ascending */
export const barsOf = (hours: readonly Hour[], bucket: Bucket, days: Days): readonly Bar[] => {
  const [first, last] = [hours[0], hours.at(-1)];
  if (!first || !last) return [];
  const bars = new Map<string, Bar>();
  const startOf = (ms: number): string => (bucket === 'hour' ? iso(ms) : days.startOf(days.dayOf(iso(ms))));
  for (let at = Date.parse(first.hour); at <= Date.parse(last.hour); at += HOUR_MS) {
    const start = startOf(at);
    if (!bars.has(start)) bars.set(start, empty(start));
  }
  for (const hour of hours) {
    const start = startOf(Date.parse(hour.hour));
    bars.set(start, added(bars.get(start) ?? empty(start), hour));
  }
  return [...bars.values()];
};

/** Returns the number of each reason, the most frequent first. */
export const reasonsOf = ({ claims: { byReason } }: Statistics): readonly { readonly reason: string; readonly count: number }[] =>
  Object.entries(byReason)
    .map(([reason, count]) => ({ reason, count }))
    .sort((one, other) => other.count - one.count || one.reason.localeCompare(other.reason));
