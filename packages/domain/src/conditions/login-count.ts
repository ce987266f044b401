import type { LoginCountCondition } from '@rewards/contracts';
import type { ConditionKind } from './condition-kind';

/** Every login counts. */
export const loginCount: ConditionKind<LoginCountCondition> = {
  exclusion: () => null,
  progress: (_condition, logins) => logins.length,
  most: () => Infinity,
};
