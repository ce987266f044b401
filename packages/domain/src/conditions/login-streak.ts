import type { LoginStreakCondition } from '@rewards/contracts';
import { dayNumber } from '../calendar-days';
import { ONCE_A_DAY, type ConditionKind } from './condition-kind';

/** Progress is the length in days of the longest span that starts and ends with a login day and misses at most `graceDays` days. */
export const loginStreak: ConditionKind<LoginStreakCondition> = {
  ...ONCE_A_DAY,
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
