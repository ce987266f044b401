import { checkLog, describeFinding, Findings } from '@rewards/checker';
import { upcast, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { Acknowledged, Grant } from './players';

interface Granted extends Grant {
  readonly position: Position;
}

/** One account, as the log tells of it. */
interface Account {
  readonly completions: string[];
  /** By request. */
  readonly grants: Map<string, Granted>;
  /** Requests that were refused, by position. */
  readonly refusals: Map<Position, string>;
  registrations: number;
  erasures: number;
}

export interface Books {
  readonly position: Position;
  /** The logins that are recorded. */
  readonly recorded: ReadonlySet<string>;
  /** The logins that are counted, each for an event, as `eventId loginId`. */
  readonly counted: ReadonlySet<string>;
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

/**
 * Reads the log as plainly as can be.
 * @param after where it begins: an EventStoreDB may hold what others have done before
 */
export const readBooks = async (store: EventStore, after: Position): Promise<Books> => {
  const [recorded, counted, accounts] = [new Set<string>(), new Set<string>(), new Map<string, Account>()];
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
      if (type === 'LoggedIn') recorded.add(loginId);
      if (type === 'LoginCounted') counted.add(`${eventId} ${loginId}`);
      if (type === 'AccountRegistered') accountOf(accountId).registrations += 1;
      if (type === 'AccountErased') accountOf(accountId).erasures += 1;
      if (type === 'MessageDeadLettered') deadLetters += 1;
      if (type === 'EventCompleted') accountOf(accountId).completions.push(fact.at);
      if (type === 'ClaimRefused') accountOf(accountId).refusals.set(at, requestId);
      if (type === 'RewardClaimed') {
        const { amount, claimed, remaining } = fact;
        accountOf(accountId).grants.set(requestId, { amount, claimed, remaining, claimedAt: fact.at, position: at });
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

/** Checks the rules over the whole log, as verification does. It does not compare the log with what was acknowledged. */
export const brokenRules = async (store: EventStore): Promise<Complaints> => {
  const findings = new Findings();
  await checkLog(store, findings, { upcast, signal: new AbortController().signal, patienceMs: 0 });
  return {
    wrong: findings.first.filter(({ rule }) => rule !== 'LOGIN_MISSING').map(describeFinding),
    missing: findings.first.filter(({ rule }) => rule === 'LOGIN_MISSING').map(describeFinding),
  };
};

/** Compares the books with what was acknowledged. The rules themselves are `brokenRules`. */
export const complaints = (books: Books, acknowledged: Acknowledged, expected: Expected): Complaints => {
  const wrong: string[] = [];
  const missing: string[] = [];
  const once = (times: number, what: string): void => {
    if (times > 1) wrong.push(`${what} ${times} times`);
    if (times < 1) missing.push(`${what} never`);
  };
  missing.push(...missingLogins(books, acknowledged, expected.everyLogin));
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

/** A login that was recorded and not answered counts too. */
const missingLogins = (
  { recorded, counted }: Books,
  { logins }: Acknowledged,
  everyLogin: readonly string[],
): readonly string[] => {
  const loginIds = new Set([...recorded, ...logins.map(({ loginId }) => loginId)]);
  return [...loginIds].flatMap((loginId) => [
    ...(recorded.has(loginId) ? [] : [`login ${loginId}: not recorded`]),
    ...everyLogin.flatMap((id) => (counted.has(`${id} ${loginId}`) ? [] : [`login ${loginId}: not counted for ${id}`])),
  ]);
};

/** Every player that completes claims all there is. */
const checkAccount = (accountId: string, { completions, grants }: Account, promised: number): readonly string[] => {
  const units = [...grants.values()].reduce((sum, { amount }) => sum + amount, 0);
  return completions.length > 0 && units !== promised ? [`${accountId}: ${units} of ${promised} granted`] : [];
};

const checkClaims = ({ accounts }: Books, { claims }: Acknowledged): readonly string[] => {
  const grantedAt = new Map<string, string>();
  return claims.flatMap(({ accountId, requestId, position, grant }) => {
    const found = accounts.get(accountId)?.grants.get(requestId);
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
    const before = [...account.grants.values()].filter((grant) => grant.position < position);
    const really = Math.min(...before.map((grant) => grant.remaining));
    return really > remaining ? [`claim ${requestId}: refused with ${remaining}, while ${really} remained`] : [];
  });
