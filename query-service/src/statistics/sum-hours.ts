import type { EventHourView, RewardEventRecord } from '@rewards/contracts';
import { milestonesOf } from '@rewards/domain';

/** Statistics of one event, or of one of its cycles. */
export interface Statistics {
  readonly participants: number;
  /** Participations that reached the last milestone, including completed ones. */
  readonly eligible: number;
  readonly completed: number;
  readonly claims: {
    readonly success: number;
    readonly failure: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly rewards: readonly RewardTotals[];
  readonly milestones: readonly {
    readonly count: number;
    readonly eligible: number;
    readonly completed: number;
  }[];
  readonly byHour: readonly HourTotals[];
}

interface RewardTotals {
  readonly milestone: number;
  readonly name: string;
  readonly promised: number;
  readonly claimed: number;
  readonly remaining: number;
}

interface HourTotals {
  readonly hour: string;
  readonly logins: number;
  /** Of every milestone. */
  readonly completions: number;
  readonly claims: number;
  readonly amount: number;
}

/**
 * Sums the hours of one event, or of one of its cycles.
 * @param hours in any order; several cycles may have the same hour
 * @param event whose current rewards are listed first in each milestone; withdrawn rewards follow if they were promised
 */
export const sumHours = (hours: readonly EventHourView[], event: RewardEventRecord): Statistics => {
  const total = (count: (hour: EventHourView) => number): number => hours.reduce((sum, hour) => sum + count(hour), 0);
  const reasons = sumBy(hours.flatMap(({ refusals }) => refusals.map(({ reason, count }) => [reason, count] as const)));
  const milestones = milestoneTotals(hours, event);
  const last = milestones.find(({ count }) => count === event.condition.count);
  return {
    participants: total(({ participants }) => participants),
    eligible: last?.eligible ?? 0,
    completed: last?.completed ?? 0,
    claims: {
      success: total(({ claims }) => claims),
      failure: [...reasons.values()].reduce((sum, count) => sum + count, 0),
      byReason: Object.fromEntries(reasons),
    },
    rewards: milestones.flatMap(({ count }) => rewardTotals(hours, event, count)),
    milestones,
    byHour: hourTotals(hours),
  };
};

const milestoneTotals = (hours: readonly EventHourView[], event: RewardEventRecord): Statistics['milestones'] => {
  const last = event.condition.count;
  const each = hours.flatMap(({ milestones = [], eligible, completions }) => {
    const earlier = milestones.reduce((sum, { completed }) => sum + completed, 0);
    return [...milestones, { count: last, eligible, completed: completions - earlier }];
  });
  const eligible = sumBy(each.map((sums) => [sums.count, sums.eligible] as const));
  const completed = sumBy(each.map((sums) => [sums.count, sums.completed] as const));
  const counts = new Set([...milestonesOf(event).map(({ count }) => count), ...eligible.keys()]);
  return [...counts]
    .sort((a, b) => a - b)
    .map((count) => ({ count, eligible: eligible.get(count) ?? 0, completed: completed.get(count) ?? 0 }));
};

const rewardTotals = (hours: readonly EventHourView[], event: RewardEventRecord, milestone: number): readonly RewardTotals[] => {
  const current = milestonesOf(event).find(({ count }) => count === milestone)?.rewards ?? [];
  const sums = hours.flatMap(({ rewards }) => rewards).filter((sum) => (sum.milestone ?? event.condition.count) === milestone);
  const promised = sumBy(sums.map((sum) => [sum.name, sum.promised] as const));
  const claimed = sumBy(sums.map((sum) => [sum.name, sum.claimed] as const));
  const names = new Set([...current.map(({ name }) => name), ...promised.keys()]);
  return [...names].map((name) => {
    const [promisedUnits, claimedUnits] = [promised.get(name) ?? 0, claimed.get(name) ?? 0];
    return { milestone, name, promised: promisedUnits, claimed: claimedUnits, remaining: promisedUnits - claimedUnits };
  });
};

const hourTotals = (hours: readonly EventHourView[]): readonly HourTotals[] => {
  const totals = new Map<string, HourTotals>();
  for (const { hour, logins, completions, claims, amount } of hours) {
    const sum = totals.get(hour) ?? { hour, logins: 0, completions: 0, claims: 0, amount: 0 };
    totals.set(hour, {
      hour,
      logins: sum.logins + logins,
      completions: sum.completions + completions,
      claims: sum.claims + claims,
      amount: sum.amount + amount,
    });
  }
  return [...totals.values()].sort((a, b) => (a.hour < b.hour ? -1 : 1));
};

const sumBy = <Key>(counts: readonly (readonly [Key, number])[]): ReadonlyMap<Key, number> => {
  const sums = new Map<Key, number>();
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
};
