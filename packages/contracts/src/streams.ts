/** Stream names. Ids are UUIDs, so a name can be split by length; the first `-` ends the category. */
export const streams = {
  rewardEvent: (eventId: string) => `rewardEvent-${eventId}`,
  participation: (eventId: string, accountId: string) => `participation-${eventId}-${accountId}`,
  refusals: (stream: string) => `refusals-${stream}`,
  /** @param at time of the login, ISO 8601 UTC: each UTC month has a separate stream */
  login: (accountId: string, at: string) => `login-${accountId}-${at.slice(0, 7)}`,
  account: (accountId: string) => `account-${accountId}`,
  backfill: (eventId: string) => `backfill-${eventId}`,
  deadLetter: (deadLetterId: string) => `deadLetter-${deadLetterId}`,
} as const;

/** Prefixes for filtered subscriptions. */
export const PREFIXES = {
  rewardEvent: 'rewardEvent-',
  participation: 'participation-',
  refusals: 'refusals-',
  login: 'login-',
  account: 'account-',
  backfill: 'backfill-',
  deadLetter: 'deadLetter-',
} as const satisfies Record<keyof typeof streams, string>;

/** Length of an id in characters. */
export const ID_LENGTH = 36;

/** @returns the account of a `login-` or `participation-` stream */
export const accountOf = (stream: string): string =>
  stream.startsWith(PREFIXES.login)
    ? stream.slice(PREFIXES.login.length, PREFIXES.login.length + ID_LENGTH)
    : stream.slice(-ID_LENGTH);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value from a path or message has the form of our ids. */
export const isId = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
