/** Stream names. Ids are UUIDs, so a name can be split by length; the first `-` ends the category. */
export const streams = {
  rewardEvent: (eventId: string) => `rewardEvent-${eventId}`,
  /** @param cycle first day of the cycle, yyyy-mm-dd; null in an event without cycles */
  participation: (eventId: string, accountId: string, cycle: string | null = null) =>
    `participation-${eventId}-${accountId}${cycle === null ? '' : `-${cycle.replaceAll('-', '')}`}`,
  refusals: (stream: string) => `refusals-${stream}`,
  /** @param at time of the login, ISO 8601 UTC: each UTC month has a separate stream */
  login: (accountId: string, at: string) => `login-${accountId}-${at.slice(0, 7)}`,
  account: (accountId: string) => `account-${accountId}`,
  backfill: (eventId: string) => `backfill-${eventId}`,
  deadLetter: (deadLetterId: string) => `deadLetter-${deadLetterId}`,
  /** All endpoints share one stream, so that two never accept the same reward type. */
  deliveryEndpoints: () => 'deliveryEndpoints-all',
  delivery: (deliveryId: string) => `delivery-${deliveryId}`,
  /** @param at time of the append, ISO 8601 UTC: each UTC hour has a separate stream */
  deliveries: (endpointId: string, at: string) => `deliveries-${endpointId}-${at.slice(0, 13).replace(/\D/g, '')}`,
  /** Deliveries of grants that are older than their endpoint. */
  earlierDeliveries: (endpointId: string) => `earlierDeliveries-${endpointId}`,
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
  deliveryEndpoints: 'deliveryEndpoints-',
  delivery: 'delivery-',
  deliveries: 'deliveries-',
  earlierDeliveries: 'earlierDeliveries-',
} as const satisfies Record<keyof typeof streams, string>;

/** Length of an id in characters. */
const ID_LENGTH = 36;

/** What the name of a `participation-` stream says. */
export interface ParticipationName {
  readonly eventId: string;
  readonly accountId: string;
  /** First day of the cycle, yyyy-mm-dd; null in an event without cycles. */
  readonly cycle: string | null;
}

/** Takes the name of a `participation-` stream apart. */
export const participationOf = (stream: string): ParticipationName => {
  const [event, account] = [PREFIXES.participation.length, PREFIXES.participation.length + ID_LENGTH + 1];
  const digits = stream.slice(account + ID_LENGTH + 1);
  return {
    eventId: stream.slice(event, event + ID_LENGTH),
    accountId: stream.slice(account, account + ID_LENGTH),
    cycle: digits === '' ? null : digits.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
  };
};

/** @returns the account of a `login-` or `participation-` stream */
export const accountOf = (stream: string): string =>
  stream.startsWith(PREFIXES.login)
    ? stream.slice(PREFIXES.login.length, PREFIXES.login.length + ID_LENGTH)
    : participationOf(stream).accountId;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value from a path or message has the form of our ids. */
export const isId = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
