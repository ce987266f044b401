import type { LoginStreakCondition } from '@rewards/contracts';
import type { ConditionKind } from './condition-kind';

const DAY_MS = 86_400_000;

/** Days since 1970 of a calendar day: a calendar day has no zone any more, so each is 24 hours here. */
const dayNumber = (day: string): number => Date.parse(day) / DAY_MS;

/** The length in days of the best span that starts and ends with a login day and misses at most `graceDays` days in all. */
export const loginStreak: ConditionKind<LoginStreakCondition> = {
  perDay: true,
  progress: ({ graceDays = 0 }, logins) => {
    const days = [...new Set(logins.map(({ day }) => dayNumber(day)))].sort((a, b) => a - b);
    let best = 0;
    let first = 0;
    days.forEach((day, last) => {
      const lengthFrom = (start: number) => day - (days[start] ?? day) + 1;
      const missedFrom = (start: number) => lengthFrom(start) - (last - start + 1);
      while (missedFrom(first) > graceDays) first += 1;
      best = Math.max(best, lengthFrom(first));
    });
    return best;
  },
};
