export const ROLES = ['USER', 'OPERATOR', 'AUDITOR', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Whether each role belongs to staff, which may read drafts, deleted events and the records of any account. */
const IS_STAFF = { USER: false, OPERATOR: true, AUDITOR: true, ADMIN: true } as const satisfies Record<Role, boolean>;

/** The roles of staff. */
export const STAFF: readonly Role[] = ROLES.filter((role) => IS_STAFF[role]);

/** Whether an account with these roles belongs to staff. */
export const isStaff = (roles: readonly Role[]): boolean => roles.some((role) => STAFF.includes(role));
