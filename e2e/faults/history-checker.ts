import { checkLog, describeFinding, Findings } from '@rewards/checker';
import { upcast, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { milestoneKey, type Calendar } from './calendars';
import type { Grant, History } from './players';

interface Granted extends Grant {
  readonly position: Position;
}

/** The domain events of one account. */
interface Account {
  readonly completions: string[];
  /** By `requestId`. */
  readonly grants: Map<string, Granted>;
  /** Rejected `requestId`s by position. */
  readonly rejections: Map<Position, string>;
  registrations: number;
  erasures: number;
}

/** The contents of the log, as far as the checker needs them. */
export interface LogSummary {
  readonly position: Position;
  /** Ids of the recorded logins. */
  readonly recorded: ReadonlySet<string>;
  /** The time of each recorded login of an account, by `loginId`. */
  readonly logins: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The cycles in which logins are counted, by `eventId loginId`; null in an event without cycles. */
  readonly counted: ReadonlyMap<string, readonly (string | null)[]>;
  /** What the log has of each milestone of each participation, by `milestoneKey`. */
  readonly milestones: ReadonlyMap<string, { readonly completions: number; readonly units: number }>;
  /** What the log has of the event that all players complete and claim. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly deadLetters: number;
}

interface Data extends Grant {
  readonly eventId: string;
  readonly accountId: string;
  readonly loginId: string;
  readonly requestId: string;
  readonly at: string;
  readonly cycle?: string;
  readonly milestone?: number;
}

/** The events of a run, by their ids. */
export interface RunEvents {
  /** The event that all players complete and claim. */
  readonly eventId: string;
  readonly calendars: ReadonlyMap<string, Calendar>;
}

/**
 * Reads the log without any code of the services.
 * @param after position before the run: an EventStoreDB may contain domain events of earlier runs
 */
export const summarizeLog = async (store: EventStore, after: Position, run: RunEvents): Promise<LogSummary> => {
  const [recorded, accounts] = [new Set<string>(), new Map<string, Account>()];
  const logins = new Map<string, Map<string, string>>();
  const counted = new Map<string, (string | null)[]>();
  const milestones = new Map<string, { completions: number; units: number }>();
  const accountOf = (accountId: string): Account => {
    const account = accounts.get(accountId) ?? {
      completions: [],
      grants: new Map(),
      rejections: new Map(),
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
      const { eventId, accountId, loginId, requestId, cycle = null, milestone, ...fact } = data as Data;
      if (type === 'LoggedIn') {
        recorded.add(loginId);
        logins.set(accountId, (logins.get(accountId) ?? new Map<string, string>()).set(loginId, fact.at));
      }
      if (type === 'LoginCounted') {
        const key = `${eventId} ${loginId}`;
        counted.set(key, [...(counted.get(key) ?? []), cycle]);
      }
      if (type === 'AccountRegistered') accountOf(accountId).registrations += 1;
      if (type === 'AccountErased') accountOf(accountId).erasures += 1;
      if (type === 'MessageDeadLettered') deadLetters += 1;
      const calendar = run.calendars.get(eventId);
      if (calendar && (type === 'EventCompleted' || type === 'RewardClaimed')) {
        const key = milestoneKey(eventId, accountId, cycle, milestone ?? calendar.counts.at(-1) ?? 0);
        const { completions, units } = milestones.get(key) ?? { completions: 0, units: 0 };
        milestones.set(
          key,
          type === 'EventCompleted' ? { completions: completions + 1, units } : { completions, units: units + fact.amount },
        );
      }
      if (eventId !== run.eventId) continue;
      if (type === 'EventCompleted') accountOf(accountId).completions.push(fact.at);
      if (type === 'ClaimRefused') accountOf(accountId).rejections.set(at, requestId);
      if (type === 'RewardClaimed') {
        const { amount, claimed, remaining } = fact;
        accountOf(accountId).grants.set(requestId, { amount, claimed, remaining, claimedAt: fact.at, position: at });
      }
    }
    position = batch.checkpoint.position;
    if (batch.caughtUp) break;
  }
  return { position, recorded, logins, counted, milestones, accounts, deadLetters };
};

/** What the log must contain besides the acknowledged operations. */
export interface Expected {
  /** Ids of the reward events that count every login. */
  readonly everyLogin: readonly string[];
  readonly promised: number;
  /** Number of published messages that can never be handled. */
  readonly poisoned: number;
}

export interface Violations {
  /** Violations that later domain events cannot repair. */
  readonly permanent: readonly string[];
  /** Missing domain events that may still be appended. */
  readonly missing: readonly string[];
}

/** Checks the invariants of the whole log, as verification does. It does not compare the log with the history. */
export const checkInvariants = async (store: EventStore): Promise<Violations> => {
  const findings = new Findings();
  await checkLog(store, findings, { upcast, signal: new AbortController().signal, patienceMs: 0 });
  return {
    permanent: findings.first.filter(({ rule }) => rule !== 'LOGIN_MISSING').map(describeFinding),
    missing: findings.first.filter(({ rule }) => rule === 'LOGIN_MISSING').map(describeFinding),
  };
};

/** Compares the log with the history of acknowledged operations. `checkInvariants` checks the log itself. */
export const checkHistory = (log: LogSummary, history: History, expected: Expected): Violations => {
  const permanent: string[] = [];
  const missing: string[] = [];
  const expectOnce = (times: number, what: string): void => {
    if (times > 1) permanent.push(`${what} ${times} times`);
    if (times < 1) missing.push(`${what} never`);
  };
  missing.push(...missingLogins(log, history, expected.everyLogin));
  for (const [accountId, account] of log.accounts) permanent.push(...checkAccount(accountId, account, expected.promised));
  for (const { accountId, completedAt } of history.completions) {
    if (!log.accounts.get(accountId)?.completions.includes(completedAt))
      permanent.push(`${accountId}: the log has no completion at ${completedAt}`);
  }
  permanent.push(...checkClaims(log, history), ...checkRejections(log, history, expected.promised));
  for (const accountId of history.registered.keys())
    expectOnce(log.accounts.get(accountId)?.registrations ?? 0, `${accountId}: registered`);
  for (const accountId of history.erased) expectOnce(log.accounts.get(accountId)?.erasures ?? 0, `${accountId}: erased`);
  const deadLetters = `${log.deadLetters} dead letters instead of ${expected.poisoned}`;
  if (log.deadLetters > expected.poisoned) permanent.push(deadLetters);
  if (log.deadLetters < expected.poisoned) missing.push(deadLetters);
  return { permanent, missing };
};

/** Finds logins that are not recorded or not counted. A recorded login must be counted even if it was not acknowledged. */
const missingLogins = (
  { recorded, counted }: LogSummary,
  { logins }: History,
  everyLogin: readonly string[],
): readonly string[] => {
  const loginIds = new Set([...recorded, ...logins.map(({ loginId }) => loginId)]);
  return [...loginIds].flatMap((loginId) => [
    ...(recorded.has(loginId) ? [] : [`login ${loginId}: not recorded`]),
    ...everyLogin.flatMap((id) => (counted.has(`${id} ${loginId}`) ? [] : [`login ${loginId}: not counted for ${id}`])),
  ]);
};

/** Checks that a player who completed the event was granted exactly the promised amount, since every player claims all of it. */
const checkAccount = (accountId: string, { completions, grants }: Account, promised: number): readonly string[] => {
  const units = [...grants.values()].reduce((sum, { amount }) => sum + amount, 0);
  return completions.length > 0 && units !== promised ? [`${accountId}: ${units} of ${promised} units granted`] : [];
};

const checkClaims = ({ accounts }: LogSummary, { claims }: History): readonly string[] => {
  const grantedAt = new Map<string, string>();
  return claims.flatMap(({ accountId, requestId, position, grant }) => {
    const logged = accounts.get(accountId)?.grants.get(requestId);
    if (!logged) return [`claim ${requestId}: acknowledged, but not in the log`];
    const { position: loggedAt, ...recorded } = logged;
    const isSame = Object.entries(recorded).every(([field, value]) => grant[field as keyof Grant] === value);
    if (!isSame) return [`claim ${requestId}: answered ${JSON.stringify(grant)}, recorded ${JSON.stringify(recorded)}`];
    if (position === null) return [];
    const earlier = grantedAt.get(requestId);
    grantedAt.set(requestId, position);
    return [
      ...(earlier === undefined ? [] : [`claim ${requestId}: granted twice, at ${earlier} and at ${position}`]),
      ...(position === loggedAt ? [] : [`claim ${requestId}: acknowledged at ${position}, recorded at ${loggedAt}`]),
    ];
  });
};

/** Checks that each rejection is recorded at its acknowledged position, and that no more units remained at that position. */
const checkRejections = ({ accounts }: LogSummary, { rejections }: History, promised: number): readonly string[] =>
  rejections.flatMap(({ accountId, requestId, position, remaining }) => {
    const account = accounts.get(accountId);
    if (account?.grants.has(requestId)) return [`claim ${requestId}: rejected, but the log has a grant`];
    if (position === null || account?.rejections.get(position) !== requestId)
      return [`claim ${requestId}: the log has no rejection at ${position}`];
    const earlierGrants = [...account.grants.values()].filter((grant) => grant.position < position);
    const actual = Math.min(promised, ...earlierGrants.map((grant) => grant.remaining));
    return actual > remaining ? [`claim ${requestId}: rejected with ${remaining} remaining, but ${actual} remained`] : [];
  });
