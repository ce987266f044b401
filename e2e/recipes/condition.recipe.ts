import { insertAfter, type Recipe } from './recipe';

/** Adds the condition `LOGIN_WEEKDAYS`, which counts distinct weekdays with a login. */
export const CONDITION: Recipe = {
  adds: {
    'packages/domain/src/conditions/login-weekdays.ts': `import type { LoginWeekdaysCondition } from '@rewards/contracts';
import { dayNumber } from '../calendar-days';
import type { ConditionKind } from './condition-kind';

const weekdayOf = (day: string): number => dayNumber(day) % 7;

/** Counts every weekday with a login once. */
export const loginWeekdays: ConditionKind<LoginWeekdaysCondition> = {
  exclusion: (_condition, counted, day) =>
    counted.some((login) => weekdayOf(login.day) === weekdayOf(day)) ? 'SAME_WEEKDAY' : null,
  progress: (_condition, logins) => new Set(logins.map(({ day }) => weekdayOf(day))).size,
  most: (_condition, { first, last }) => Math.min(7, dayNumber(last) - dayNumber(first) + 1),
};
`,
  },
  changes: [
    [
      'packages/contracts/src/reward-event.ts',
      'export type Condition = LoginCountCondition | LoginDaysCondition | LoginStreakCondition;',
      `/** Requires logins on \`count\` different weekdays. */
export interface LoginWeekdaysCondition {
  readonly type: 'LOGIN_WEEKDAYS';
  readonly count: number;
}

export type Condition = LoginCountCondition | LoginDaysCondition | LoginStreakCondition | LoginWeekdaysCondition;`,
    ],
    [
      'packages/contracts/src/reward-event.ts',
      'const TYPES = { LOGIN_COUNT: true, LOGIN_DAYS: true, LOGIN_STREAK: true }',
      'const TYPES = { LOGIN_COUNT: true, LOGIN_DAYS: true, LOGIN_STREAK: true, LOGIN_WEEKDAYS: true }',
    ],
    [
      'packages/contracts/src/reward-event.ts',
      "LOGIN_EXCLUSIONS = ['SAME_DAY'] as const",
      "LOGIN_EXCLUSIONS = ['SAME_DAY', 'SAME_WEEKDAY'] as const",
    ],
    insertAfter(
      'packages/domain/src/conditions/index.ts',
      "import { loginStreak } from './login-streak';",
      "import { loginWeekdays } from './login-weekdays';",
    ),
    insertAfter('packages/domain/src/conditions/index.ts', '  LOGIN_STREAK: loginStreak,', '  LOGIN_WEEKDAYS: loginWeekdays,'),
    insertAfter(
      'packages/checker/src/calendar.ts',
      '  LOGIN_STREAK: { counts: isNew, isByDay: true, fulfilled: ({ graceDays = 0 }, days) => bestSpan(days, graceDays) },',
      `  LOGIN_WEEKDAYS: {
    counts: (_condition, days, day) => ![...days].some((other) => new Date(other).getUTCDay() === new Date(day).getUTCDay()),
    isByDay: true,
    fulfilled: (_condition, days) => new Set(days.map((day) => new Date(day).getUTCDay())).size,
  },`,
    ),
    insertAfter(
      'command-service/src/reward-event/reward-event.requests.ts',
      "  LOGIN_STREAK: ({ count, graceDays = 0 }) => ({ type: 'LOGIN_STREAK', count, graceDays }),",
      "  LOGIN_WEEKDAYS: (body) => ({ type: 'LOGIN_WEEKDAYS', count: countWithoutGrace(body) }),",
    ),
    [
      'packages/service-kit/src/condition-schema.ts',
      '  LOGIN_STREAK: {',
      `  LOGIN_WEEKDAYS: {
    schema: 'LoginWeekdaysCondition',
    description: 'Counts distinct weekdays with a login',
    members: { count: count('Weekdays that are needed') },
    optional: [],
  },
  LOGIN_STREAK: {`,
    ],
  ],
};
