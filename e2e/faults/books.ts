import type { Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { Acknowledged, Grant } from './players';

interface Granted extends Grant {
  readonly position: Position;
}

/** One account, as the log tells of it. */
interface Account {
  readonly completions: string[];
  /** By request, as often as it was granted. */
  readonly grants: Map<string, Granted[]>;
  /** Requests that were refused, by position. */
  readonly refusals: Map<Position, string>;
  registrations: number;
  erasures: number;
}

export interface Books {
  readonly position: Position;
  /** How often each login is recorded. */
  readonly recorded: ReadonlyMap<string, number>;
  /** How often each login is counted for an event, as `eventId loginId`. */
  readonly counted: ReadonlyMap<string, number>;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly deadLetters: number;
}

interface Data extends Grant {
  readonly eventId: string;
  readonly accountId: string;
  readonly loginId: string;
  readonly requestId: string;
  readonly at: string;
}

const countUp = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/**
 * Reads the log as plainly as can be.
 * @param after where it begins: an EventStoreDB may hold what others have done before
 */
export const readBooks = async (store: EventStore, after: Position): Promise<Books> => {
  const [recorded, counted, accounts] = [new Map<string, number>(), new Map<string, number>(), new Map<string, Account>()];
  const accountOf = (accountId: string): Account => {
    const account = accounts.get(accountId) ?? {
      completions: [],
      grants: new Map(),
      refusals: new Map(),
      registrations: 0,
      erasures: 0,
    };
    accounts.set(accountId, account);
    return account;
  };
  let deadLetters = 0;
  let position = after;
  for await (const batch of store.subscribe({ after })) {
    for (const { type, data, position: at } of batch.events) {
      const { eventId, accountId, loginId, requestId, ...fact } = data as Data;
      if (type === 'LoggedIn') countUp(recorded, loginId);
      if (type === 'LoginCounted') countUp(counted, `${eventId} ${loginId}`);
      if (type === 'AccountRegistered') accountOf(accountId).registrations += 1;
      if (type === 'AccountErased') accountOf(accountId).erasures += 1;
      if (type === 'MessageDeadLettered') deadLetters += 1;
      if (type === 'EventCompleted') accountOf(accountId).completions.push(fact.at);
      if (type === 'ClaimRefused') accountOf(accountId).refusals.set(at, requestId);
      if (type === 'RewardClaimed') {
        const { grants } = accountOf(accountId);
        const { amount, claimed, remaining } = fact;
        const grant = { amount, claimed, remaining, claimedAt: fact.at, position: at };
        grants.set(requestId, [...(grants.get(requestId) ?? []), grant]);
      }
    }
    position = batch.checkpoint.position;
    if (batch.caughtUp) break;
  }
  return { position, recorded, counted, accounts, deadLetters };
};

/** What is to be found in the books besides what was acknowledged. */
export interface Expected {
  /** Events that each login counts for. */
  readonly everyLogin: readonly string[];
  readonly promised: number;
  /** Messages that can never be handled. */
  readonly poisoned: number;
}

/** What is wrong with the books, and what is only missing and may yet come. */
export interface Complaints {
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
}

/** Compares the books with what was acknowledged. */
export const complaints = (books: Books, acknowledged: Acknowledged, expected: Expected): Complaints => {
  const wrong: string[] = [];
  const missing: string[] = [];
  const once = (times: number, what: string): void => {
    if (times > 1) wrong.push(`${what} ${times} times`);
    if (times < 1) missing.push(`${what} never`);
  };
  checkLogins(books, acknowledged, expected.everyLogin, once);
  for (const [accountId, account] of books.accounts) wrong.push(...checkAccount(accountId, account, expected.promised));
  for (const { accountId, completedAt } of acknowledged.completions) {
    if (!books.accounts.get(accountId)?.completions.includes(completedAt))
      wrong.push(`${accountId}: no completion at ${completedAt}`);
  }
  wrong.push(...checkClaims(books, acknowledged), ...checkRefusals(books, acknowledged));
  for (const accountId of acknowledged.registered.keys())
    once(books.accounts.get(accountId)?.registrations ?? 0, `${accountId}: registered`);
  for (const accountId of acknowledged.erased) once(books.accounts.get(accountId)?.erasures ?? 0, `${accountId}: erased`);
  if (books.deadLetters > expected.poisoned) wrong.push(`${books.deadLetters} dead letters of ${expected.poisoned}`);
  if (books.deadLetters < expected.poisoned) missing.push(`${books.deadLetters} dead letters of ${expected.poisoned}`);
  return { wrong, missing };
};

const checkLogins = (
  { recorded, counted }: Books,
  { logins }: Acknowledged,
  everyLogin: readonly string[],
  once: (times: number, what: string) => void,
): void => {
  // A login that was recorded and not answered counts too.
  const loginIds = new Set([...recorded.keys(), ...logins.map(({ loginId }) => loginId)]);
  for (const loginId of loginIds) {
    once(recorded.get(loginId) ?? 0, `login ${loginId}: recorded`);
    for (const eventId of everyLogin) once(counted.get(`${eventId} ${loginId}`) ?? 0, `login ${loginId}: counted for ${eventId}`);
  }
};

const checkAccount = (accountId: string, { completions, grants }: Account, promised: number): readonly string[] => {
  const units = [...grants.values()].flat().reduce((sum, { amount }) => sum + amount, 0);
  return [
    ...(completions.length > 1 ? [`${accountId}: completed ${completions.length} times`] : []),
    ...[...grants].flatMap(([requestId, { length }]) => (length > 1 ? [`claim ${requestId}: granted ${length} times`] : [])),
    // Every player that completes claims all there is.
    ...(completions.length > 0 && units !== promised ? [`${accountId}: ${units} of ${promised} granted`] : []),
  ];
};

const checkClaims = ({ accounts }: Books, { claims }: Acknowledged): readonly string[] => {
  const grantedAt = new Map<string, string>();
  return claims.flatMap(({ accountId, requestId, position, grant }) => {
    const [found] = accounts.get(accountId)?.grants.get(requestId) ?? [];
    if (!found) return [`claim ${requestId}: acknowledged, and not in the log`];
    const { position: foundAt, ...recorded } = found;
    const isSame = Object.entries(recorded).every(([field, value]) => grant[field as keyof Grant] === value);
    if (!isSame) return [`claim ${requestId}: answered ${JSON.stringify(grant)}, recorded ${JSON.stringify(recorded)}`];
    if (position === null) return [];
    const earlier = grantedAt.get(requestId);
    grantedAt.set(requestId, position);
    return [
      ...(earlier === undefined ? [] : [`claim ${requestId}: granted anew at ${earlier} and ${position}`]),
      ...(position === foundAt ? [] : [`claim ${requestId}: said to be at ${position}, is at ${foundAt}`]),
    ];
  });
};

/** A refusal is recorded where it says, and was true then: what remained had not become more. */
const checkRefusals = ({ accounts }: Books, { refusals }: Acknowledged): readonly string[] =>
  refusals.flatMap(({ accountId, requestId, position, remaining }) => {
    const account = accounts.get(accountId);
    if (account?.grants.has(requestId)) return [`claim ${requestId}: granted, and refused too`];
    if (position === null || account?.refusals.get(position) !== requestId)
      return [`claim ${requestId}: its refusal is not in the log at ${position}`];
    const before = [...account.grants.values()].flat().filter((grant) => grant.position < position);
    const really = Math.min(...before.map((grant) => grant.remaining));
    return really > remaining ? [`claim ${requestId}: refused with ${remaining}, while ${really} remained`] : [];
  });
