export const ROLES = ['USER', 'OPERATOR', 'AUDITOR', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Staff sees drafts and deleted events; players do not. */
export const isStaff = (roles: readonly Role[]): boolean => roles.some((role) => role !== 'USER');
