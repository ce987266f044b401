import { ROLES, type Role } from '@rewards/contracts/roles';
import type { Schemas } from '../../shared/api/client';

/** An account in the list. */
export type Account = Schemas['ListedAccountResponse'];

/** Roles in one order, whatever the account's is. */
export const inOrder = (roles: readonly Role[]): readonly Role[] => ROLES.filter((role) => roles.includes(role));
