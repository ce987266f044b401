import type { LoginDaysCondition } from '@rewards/contracts';
import { ONCE_A_DAY, type ConditionKind } from './condition-kind';

/** Every day with a login counts. */
export const loginDays: ConditionKind<LoginDaysCondition> = {
  ...ONCE_A_DAY,
  progress: (_condition, logins) => new Set(logins.map(({ day }) => day)).size,
};
