import { ROLES, topicOf, type AccountMessage, type Role } from '@rewards/contracts';

/** Roles as fields of their own, because a list cannot be indexed. */
interface RoleFlags {
  readonly isUser: boolean;
  readonly isOperator: boolean;
  readonly isAuditor: boolean;
  readonly isAdmin: boolean;
}

/** Messages that the broker has not acknowledged yet, in order: the outbox. */
interface Outbox {
  readonly undelivered: readonly AccountMessage[];
  readonly hasUndelivered: boolean;
}

export interface ActiveAccount extends RoleFlags, Outbox {
  readonly accountId: string;
  readonly status: 'active';
  readonly email: string;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
  /** A refresh token is good only in the epoch that it began in. */
  readonly sessionEpoch: number;
  readonly registeredAt: string;
  /** The change that is about to take the role ADMIN away; see `Admins`. */
  readonly leavingAdmins: string | null;
}

/** What stays of an erased account until its last message is delivered. */
export interface ErasedAccount extends RoleFlags, Outbox {
  readonly accountId: string;
  readonly status: 'erased';
  readonly email: null;
  readonly registeredAt: null;
}

export type AccountDocument = ActiveAccount | ErasedAccount;

/** About 2.5 MB of messages: an account that logs in this often while the broker is away waits for it. */
export const MAX_UNDELIVERED = 5_000;

const flagsOf = (roles: readonly Role[]): RoleFlags => ({
  isUser: roles.includes('USER'),
  isOperator: roles.includes('OPERATOR'),
  isAuditor: roles.includes('AUDITOR'),
  isAdmin: roles.includes('ADMIN'),
});

/** Which flag says that an account has the role. */
export const ROLE_FLAGS = {
  USER: 'isUser',
  OPERATOR: 'isOperator',
  AUDITOR: 'isAuditor',
  ADMIN: 'isAdmin',
} as const satisfies Record<Role, keyof RoleFlags>;

const announcing = (messages: readonly AccountMessage[]): Outbox => ({
  undelivered: messages,
  hasUndelivered: messages.length > 0,
});

/** A set of roles as it is stored and answered: each once, in one order. */
export const inOrder = (roles: readonly Role[]): readonly Role[] => ROLES.filter((role) => roles.includes(role));

export interface NewAccount {
  readonly accountId: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
  readonly registeredAt: string;
}

export const registered = (account: NewAccount, message: AccountMessage): ActiveAccount => ({
  ...account,
  ...flagsOf(account.roles),
  status: 'active',
  sessionEpoch: 1,
  leavingAdmins: null,
  ...announcing([message]),
});

/** An account whose messages nobody fetches takes no more logins. */
export const isOutboxFull = ({ undelivered }: Outbox): boolean => undelivered.length >= MAX_UNDELIVERED;

export const loggedIn = (account: ActiveAccount, message: AccountMessage): ActiveAccount => ({
  ...account,
  ...announcing([...account.undelivered, message]),
});

/** Other roles, and the end of all sessions. */
export const withRoles = (account: ActiveAccount, roles: readonly Role[], message: AccountMessage): ActiveAccount => ({
  ...account,
  roles,
  ...flagsOf(roles),
  sessionEpoch: account.sessionEpoch + 1,
  leavingAdmins: null,
  ...announcing([...account.undelivered, message]),
});

/** Nothing personal is left; what was not delivered yet still will be. */
export const erased = ({ accountId, undelivered }: ActiveAccount, message: AccountMessage): ErasedAccount => ({
  accountId,
  status: 'erased',
  email: null,
  registeredAt: null,
  ...flagsOf([]),
  ...announcing([...undelivered, message]),
});

/** @param messageIds what the broker has acknowledged */
export const delivered = <Account extends AccountDocument>(account: Account, messageIds: ReadonlySet<string>): Account => ({
  ...account,
  ...announcing(account.undelivered.filter(({ messageId }) => !messageIds.has(messageId))),
});

/** The oldest messages that travel on one topic: publishing them in one go keeps the account's order. */
export const firstRun = (undelivered: readonly AccountMessage[], limit: number): readonly AccountMessage[] => {
  const [first] = undelivered;
  if (!first) return [];
  const end = undelivered.findIndex(({ event }) => topicOf(event) !== topicOf(first.event));
  return undelivered.slice(0, Math.min(limit, end === -1 ? undelivered.length : end));
};
