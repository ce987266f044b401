import { createHash } from 'node:crypto';
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
  /** The one session of an earlier epoch that goes on: it changed the password, which ended the others. */
  readonly keptSession?: KeptSession | undefined;
  /** Digests of the networks of the latest logins, newest first. */
  readonly knownNetworks?: readonly string[];
  readonly registeredAt: string;
  /** The change that is about to take the role ADMIN away; see `Admins`. */
  readonly leavingAdmins: string | null;
}

interface KeptSession {
  readonly sessionId: string;
  readonly epoch: number;
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

/** @param network where the login comes from */
export const loggedIn = (account: ActiveAccount, network: string, message: AccountMessage): ActiveAccount => {
  const digest = digestOf(account, network);
  const others = (account.knownNetworks ?? []).filter((known) => known !== digest);
  return {
    ...account,
    knownNetworks: [digest, ...others].slice(0, MAX_KNOWN_NETWORKS),
    ...announcing([...account.undelivered, message]),
  };
};

/** Those of a player who travels a lot. */
const MAX_KNOWN_NETWORKS = 20;

/** @returns which of `knownNetworks` it is; null when the account has not logged in from this network before */
export const knownNetworkOf = (account: ActiveAccount, network: string): string | null =>
  account.knownNetworks?.find((known) => known === digestOf(account, network)) ?? null;

const digestOf = ({ accountId }: ActiveAccount, network: string): string =>
  createHash('sha256').update(`${accountId}\n${network}`).digest('base64url').slice(0, 22);

/** Whether a session that began in this epoch has not been ended by a change of the account. */
export const isSessionOf = (account: ActiveAccount, { sessionId, epoch }: KeptSession): boolean =>
  epoch === account.sessionEpoch || (sessionId === account.keptSession?.sessionId && epoch === account.keptSession.epoch);

/**
 * Another password, and the end of all sessions but one.
 * @param kept the session that goes on, if it has not been ended before; null: none
 */
export const withPassword = (account: ActiveAccount, passwordHash: string, kept: KeptSession | null): ActiveAccount => ({
  ...account,
  passwordHash,
  sessionEpoch: account.sessionEpoch + 1,
  keptSession: kept && isSessionOf(account, kept) ? { sessionId: kept.sessionId, epoch: kept.epoch } : undefined,
});

/** Other roles, and the end of all sessions. */
export const withRoles = (account: ActiveAccount, roles: readonly Role[], message: AccountMessage): ActiveAccount => ({
  ...account,
  roles,
  ...flagsOf(roles),
  sessionEpoch: account.sessionEpoch + 1,
  keptSession: undefined,
  leavingAdmins: null,
  ...announcing([...account.undelivered, message]),
});

/** The role ADMIN besides the others, without the end of any session. @param announce makes the message of the new roles */
export const withAdmin = (account: ActiveAccount, announce: (roles: readonly Role[]) => AccountMessage): ActiveAccount => {
  const roles = inOrder([...account.roles, 'ADMIN']);
  return {
    ...account,
    roles,
    ...flagsOf(roles),
    leavingAdmins: null,
    ...announcing([...account.undelivered, announce(roles)]),
  };
};

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
