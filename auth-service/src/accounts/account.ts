import { createHash } from 'node:crypto';
import { ROLES, topicOf, type AccountMessage, type Role } from '@rewards/contracts';

/** One field for each role, because a list cannot be indexed. */
interface RoleFlags {
  readonly isUser: boolean;
  readonly isOperator: boolean;
  readonly isAuditor: boolean;
  readonly isAdmin: boolean;
}

/** The outbox: messages that the bus has not acknowledged yet, in order. */
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
  /** A session is valid only in the epoch in which it began. */
  readonly sessionEpoch: number;
  /** The one session of an earlier epoch that stays valid, because it made the latest password change. */
  readonly keptSession?: KeptSession | undefined;
  /** Digests of the networks of the latest logins, most recent first. */
  readonly knownNetworks?: readonly string[];
  readonly registeredAt: string;
  /** The id of a pending change that removes the role ADMIN; see `Admins`. */
  readonly leavingAdmins: string | null;
}

interface KeptSession {
  readonly sessionId: string;
  readonly epoch: number;
}

/** The remains of an erased account, which exist until its last message is delivered. */
export interface ErasedAccount extends RoleFlags, Outbox {
  readonly accountId: string;
  readonly status: 'erased';
  readonly email: null;
  readonly registeredAt: null;
}

export type AccountDocument = ActiveAccount | ErasedAccount;

/** About 2.5 MB. Further logins of the account are rejected until the bus is available again. */
export const MAX_UNDELIVERED = 5_000;

const flagsOf = (roles: readonly Role[]): RoleFlags => ({
  isUser: roles.includes('USER'),
  isOperator: roles.includes('OPERATOR'),
  isAuditor: roles.includes('AUDITOR'),
  isAdmin: roles.includes('ADMIN'),
});

/** The field that is true for accounts with the role. */
export const ROLE_FLAGS = {
  USER: 'isUser',
  OPERATOR: 'isOperator',
  AUDITOR: 'isAuditor',
  ADMIN: 'isAdmin',
} as const satisfies Record<Role, keyof RoleFlags>;

const outboxOf = (messages: readonly AccountMessage[]): Outbox => ({
  undelivered: messages,
  hasUndelivered: messages.length > 0,
});

/** Removes duplicate roles and sorts them, as they are stored and returned. */
export const normaliseRoles = (roles: readonly Role[]): readonly Role[] => ROLES.filter((role) => roles.includes(role));

export interface NewAccount {
  readonly accountId: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
  readonly registeredAt: string;
}

export const newAccount = (account: NewAccount, message: AccountMessage): ActiveAccount => ({
  ...account,
  ...flagsOf(account.roles),
  status: 'active',
  sessionEpoch: 1,
  leavingAdmins: null,
  ...outboxOf([message]),
});

/** Whether the outbox is full, so that further logins must be rejected. */
export const isOutboxFull = ({ undelivered }: Outbox): boolean => undelivered.length >= MAX_UNDELIVERED;

/** @param network the client's network */
export const withLogin = (account: ActiveAccount, network: string, message: AccountMessage): ActiveAccount => {
  const digest = digestOf(account, network);
  const others = (account.knownNetworks ?? []).filter((known) => known !== digest);
  return {
    ...account,
    knownNetworks: [digest, ...others].slice(0, MAX_KNOWN_NETWORKS),
    ...outboxOf([...account.undelivered, message]),
  };
};

/** Enough for a player who travels a lot. */
const MAX_KNOWN_NETWORKS = 20;

/** @returns the network's digest in `knownNetworks`; null if none of the latest logins came from it */
export const knownNetworkOf = (account: ActiveAccount, network: string): string | null =>
  account.knownNetworks?.find((known) => known === digestOf(account, network)) ?? null;

const digestOf = ({ accountId }: ActiveAccount, network: string): string =>
  createHash('sha256').update(`${accountId}\n${network}`).digest('base64url').slice(0, 22);

/** Whether the session is still valid for this account: no password or role change has ended it. */
export const isSessionValid = (account: ActiveAccount, { sessionId, epoch }: KeptSession): boolean =>
  epoch === account.sessionEpoch || (sessionId === account.keptSession?.sessionId && epoch === account.keptSession.epoch);

/**
 * Sets the password and ends all sessions but one.
 * @param kept the session to keep, if it is still valid; null to end all
 */
export const withPassword = (account: ActiveAccount, passwordHash: string, kept: KeptSession | null): ActiveAccount => ({
  ...account,
  passwordHash,
  sessionEpoch: account.sessionEpoch + 1,
  keptSession: kept && isSessionValid(account, kept) ? { sessionId: kept.sessionId, epoch: kept.epoch } : undefined,
});

/** Sets the roles and ends all sessions. */
export const withRoles = (account: ActiveAccount, roles: readonly Role[], message: AccountMessage): ActiveAccount => ({
  ...account,
  roles,
  ...flagsOf(roles),
  sessionEpoch: account.sessionEpoch + 1,
  keptSession: undefined,
  leavingAdmins: null,
  ...outboxOf([...account.undelivered, message]),
});

/** Adds the role ADMIN and ends no session. @param announce creates the message about the new roles */
export const withAdmin = (account: ActiveAccount, announce: (roles: readonly Role[]) => AccountMessage): ActiveAccount => {
  const roles = normaliseRoles([...account.roles, 'ADMIN']);
  return {
    ...account,
    roles,
    ...flagsOf(roles),
    leavingAdmins: null,
    ...outboxOf([...account.undelivered, announce(roles)]),
  };
};

/** Removes all personal data and keeps the outbox. */
export const erased = ({ accountId, undelivered }: ActiveAccount, message: AccountMessage): ErasedAccount => ({
  accountId,
  status: 'erased',
  email: null,
  registeredAt: null,
  ...flagsOf([]),
  ...outboxOf([...undelivered, message]),
});

/** Removes messages from the outbox. @param messageIds the messages that the bus has acknowledged */
export const withoutMessages = <Account extends AccountDocument>(account: Account, messageIds: ReadonlySet<string>): Account => ({
  ...account,
  ...outboxOf(account.undelivered.filter(({ messageId }) => !messageIds.has(messageId))),
});

/** The oldest messages up to the first one for another topic. Publishing them as one batch keeps the account's order. */
export const nextBatch = (undelivered: readonly AccountMessage[], limit: number): readonly AccountMessage[] => {
  const [first] = undelivered;
  if (!first) return [];
  const end = undelivered.findIndex(({ event }) => topicOf(event) !== topicOf(first.event));
  return undelivered.slice(0, Math.min(limit, end === -1 ? undelivered.length : end));
};
