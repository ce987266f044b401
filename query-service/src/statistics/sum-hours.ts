import type { EventHourView, Reward } from '@rewards/contracts';

/** Statistics of one event. */
export interface Statistics {
  readonly participants: number;
  /** Participations whose condition was met, including completed ones. */
  readonly eligible: number;
  readonly completed: number;
  readonly claims: {
    readonly success: number;
    readonly failure: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly rewards: readonly {
    readonly name: string;
    readonly promised: number;
    readonly claimed: number;
    readonly remaining: number;
  }[];
  readonly byHour: readonly {
    readonly hour: string;
    readonly logins: number;
    readonly completions: number;
    readonly claims: number;
    readonly amount: number;
  }[];
}

/**
 * Sums the hours of one event.
 * @param hours in ascending order
 * @param rewards the current rewards of the event, which are listed first; withdrawn rewards follow if they were promised
 */
export const sumHours = (hours: readonly EventHourView[], rewards: readonly Reward[]): Statistics => {
  const total = (count: (hour: EventHourView) => number): number => hours.reduce((sum, hour) => sum + count(hour), 0);
  const reasons = sumBy(hours.flatMap(({ refusals }) => refusals.map(({ reason, count }) => [reason, count] as const)));
  const promised = sumBy(hours.flatMap((hour) => hour.rewards.map(({ name, promised: units }) => [name, units] as const)));
  const claimed = sumBy(hours.flatMap((hour) => hour.rewards.map(({ name, claimed: units }) => [name, units] as const)));
  const names = new Set([...rewards.map(({ name }) => name), ...promised.keys()]);
  return {
    participants: total(({ participants }) => participants),
    eligible: total(({ eligible }) => eligible),
    completed: total(({ completions }) => completions),
    claims: {
      success: total(({ claims }) => claims),
      failure: [...reasons.values()].reduce((sum, count) => sum + count, 0),
      byReason: Object.fromEntries(reasons),
    },
    rewards: [...names].map((name) => {
      const [promisedUnits, claimedUnits] = [promised.get(name) ?? 0, claimed.get(name) ?? 0];
      return { name, promised: promisedUnits, claimed: claimedUnits, remaining: promisedUnits - claimedUnits };
    }),
    byHour: hours.map(({ hour, logins, completions, claims, amount }) => ({ hour, logins, completions, claims, amount })),
  };
};

const sumBy = (counts: readonly (readonly [string, number])[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
};
