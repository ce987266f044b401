import type { LoginDaysCondition } from '@rewards/contracts';
import type { ConditionKind } from './condition-kind';

/** Every day with a login counts. */
export const loginDays: ConditionKind<LoginDaysCondition> = {
  perDay: true,
  progress: (_condition, logins) => new Set(logins.map(({ day }) => day)).size,
};
