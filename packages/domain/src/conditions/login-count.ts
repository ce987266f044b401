import type { LoginCountCondition } from '@rewards/contracts';
import type { ConditionKind } from './condition-kind';

/** Every login counts. */
export const loginCount: ConditionKind<LoginCountCondition> = {
  perDay: false,
  progress: (_condition, logins) => logins.length,
};
