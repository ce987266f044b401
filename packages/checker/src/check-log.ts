import { childController, nextTurn, sleep } from '@rewards/async';
import {
  accountOf,
  PREFIXES,
  START,
  type BackfillEvent,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type RewardEventEvent,
  type Upcast,
} from '@rewards/contracts';
import { tryInterpret, type Batch, type EventStore } from '@rewards/event-store';
import { AccountBooks, type AccountFact, type UncountedLogin } from './account-books';
import { isKnownCondition, isKnownZone } from './calendar';
import {
  checkDeliveries,
  isDelivery,
  isOfDeliveries,
  OF_DELIVERIES,
  sortDeliveries,
  type OnDeliveries,
  type Row,
} from './deliveries-in-log';
import { EndpointRoutes } from './endpoint-routes';
import { EventHistory } from './event-history';
import type { Findings } from './findings';
import { RowBuckets, type Bucket } from './row-buckets';
import { readLog } from './read-log';

/** Maximum number of uncounted logins that the check waits for and reports. */
const MAX_UNCOUNTED = 1_000;

export interface LogCheckResult {
  /** Position up to which the log was read. */
  readonly position: Position;
  readonly events: number;
  readonly accounts: number;
  readonly logins: number;
  readonly participationFacts: number;
  /** Deliveries of grants to endpoints. */
  readonly deliveries: number;
}

export interface LogCheckOptions {
  readonly upcast: Upcast;
  readonly signal: AbortSignal;
  /** How long to wait for the counter to count a recorded login. */
  readonly patienceMs: number;
  /** Called while the check reads the log, and then while it checks the accounts. */
  readonly onProgress?: (stage: 'events' | 'accounts', done: number) => void;
  /** Called with each batch of the log. With it, the check reads all domain events, and not only those that it needs. */
  readonly onBatch?: (batch: Batch) => Promise<void>;
  /**
   * Called with all logins, participation events and erasures of some accounts: those of one account in the order of the log.
   * @param isLarge whether there may be more than fit in memory
   */
  readonly onAccounts?: (facts: Iterable<AccountFact>, isLarge: boolean) => Promise<void>;
  /** Called with all deliveries of some accounts. */
  readonly onDeliveries?: OnDeliveries;
}

/** Checks the rules over the whole log: sorts the domain events by account in one pass, and then checks each account. */
export const checkLog = async (store: EventStore, findings: Findings, options: LogCheckOptions): Promise<LogCheckResult> => {
  const facts = await RowBuckets.create<Row>();
  try {
    const { events, routes, ...sorted } = await sortByAccount(store, facts, findings, options);
    for (const history of events.values()) checkDays(history, findings);
    let [accounts, deliveries] = [0, 0];
    const uncounted: UncountedLogin[] = [];
    for (const bucket of facts.buckets()) {
      // The file is read synchronously.
      await nextTurn();
      options.signal.throwIfAborted();
      const books = await checkAccounts(bucket, events, findings, options);
      if (!routes.isEmpty) deliveries += await checkDeliveries(bucket, routes, findings, options.onDeliveries);
      accounts += books.length;
      options.onProgress?.('accounts', accounts);
      for (const own of books) {
        if (uncounted.length >= MAX_UNCOUNTED) break;
        for (const login of own.uncounted()) if (uncounted.push(login) >= MAX_UNCOUNTED) break;
      }
    }
    for (const { stream, loginId, day, isCertain } of await stillUncounted(store, uncounted, sorted.position, options)) {
      if (isCertain) findings.add('LOGIN_MISSING', stream, null, `login ${loginId} should count, but is not counted`);
      else
        findings.note(
          'DAY_DIFFERS',
          stream,
          null,
          `login ${loginId} is not counted, although it falls on ${day} by the current time zone data`,
        );
    }
    return { ...sorted, events: events.size, accounts, deliveries };
  } finally {
    await facts.remove();
  }
};

/**
 * Checks the accounts of a bucket: the logins and erasures first, then the participations. Reads a large bucket twice instead of
 * keeping it.
 */
const checkAccounts = async (
  bucket: Bucket<Row>,
  events: ReadonlyMap<string, EventHistory>,
  findings: Findings,
  { onAccounts }: LogCheckOptions,
): Promise<readonly AccountBooks[]> => {
  const byAccount = new Map<string, AccountBooks>();
  const booksOf = (accountId: string): AccountBooks => {
    const books = byAccount.get(accountId) ?? new AccountBooks(accountId, events, findings);
    byAccount.set(accountId, books);
    return books;
  };
  const kept = bucket.isLarge ? null : [...accountFacts(bucket)];
  const rows = () => kept ?? accountFacts(bucket);
  for (const [accountId, fact] of rows()) booksOf(accountId).addInput(fact);
  for (const [accountId, fact] of rows()) booksOf(accountId).check(fact);
  const all = [...byAccount.values()];
  for (const books of all) books.finish();
  await onAccounts?.(kept?.map(([, fact]) => fact) ?? withoutKeys(accountFacts(bucket)), bucket.isLarge);
  return all;
};

function* accountFacts(bucket: Bucket<Row>): Iterable<readonly [accountId: string, fact: AccountFact]> {
  for (const [accountId, row] of bucket.read()) if (!isDelivery(row)) yield [accountId, row];
}

function* withoutKeys(rows: Iterable<readonly [accountId: string, fact: AccountFact]>): Iterable<AccountFact> {
  for (const [, fact] of rows) yield fact;
}

const sortByAccount = async (
  store: EventStore,
  facts: RowBuckets<Row>,
  findings: Findings,
  { upcast, signal, onProgress, onBatch }: LogCheckOptions,
) => {
  let read = 0;
  const events = new Map<string, EventHistory>();
  const routes = new EndpointRoutes();
  const historyOf = (eventId: string): EventHistory => {
    const history = events.get(eventId) ?? new EventHistory(eventId);
    events.set(eventId, history);
    return history;
  };
  let [position, logins, participationFacts]: [Position, number, number] = [START, 0, 0];
  const sort = (recorded: RecordedEvent): void => {
    const { stream } = recorded;
    if (stream.startsWith(PREFIXES.rewardEvent)) {
      const history = historyOf(stream.slice(PREFIXES.rewardEvent.length));
      const unreadable = history.isReadable
        ? tryInterpret(recorded, () => history.add(upcast<RewardEventEvent>(recorded)))
        : null;
      if (!unreadable) return;
      history.isReadable = false;
      findings.add('EVENT_UNREADABLE', stream, recorded.revision, unreadable.message);
    } else if (stream.startsWith(PREFIXES.backfill)) {
      const { eventId, position: backfilledTo } = upcast<BackfillEvent>(recorded).data;
      historyOf(eventId).backfilledTo = backfilledTo;
    } else if (isOfDeliveries(stream)) {
      sortDeliveries(recorded, { upcast, routes, rows: facts, findings });
    } else {
      const isOfAccount = stream.startsWith(PREFIXES.account);
      if (isOfAccount && recorded.type !== 'AccountErased') return;
      if (stream.startsWith(PREFIXES.login)) logins += 1;
      else if (!isOfAccount) participationFacts += 1;
      const { metadata, ...fact } = upcast(recorded);
      const accountId = isOfAccount ? stream.slice(PREFIXES.account.length) : accountOf(stream);
      const isByAccount = stream.startsWith(PREFIXES.participation) && 'accountId' in metadata.actor;
      facts.add(accountId, {
        ...fact,
        storedVersion: recorded.metadata.schemaVersion,
        ...(isByAccount && { isByAccount }),
      });
    }
  };
  const prefixes = [
    ...[PREFIXES.rewardEvent, PREFIXES.backfill, PREFIXES.account, PREFIXES.login, PREFIXES.participation],
    ...OF_DELIVERIES,
  ];
  for await (const batch of readLog(store, { after: START, ...(!onBatch && { prefixes }), signal })) {
    await onBatch?.(batch);
    for (const recorded of batch.events) {
      if (onBatch && !prefixes.some((prefix) => recorded.stream.startsWith(prefix))) continue;
      const unreadable = tryInterpret(recorded, () => sort(recorded));
      if (unreadable) findings.add('EVENT_UNREADABLE', recorded.stream, recorded.revision, unreadable.message);
    }
    position = batch.checkpoint.position;
    read += batch.events.length;
    onProgress?.('events', read);
  }
  return { events, routes, position, logins, participationFacts };
};

/** Reports an event whose days cannot be computed in this runtime. Its uncounted logins are then not reported as missing. */
const checkDays = (history: EventHistory, findings: Findings): void => {
  const version = history.versions.at(-1);
  if (!version || !history.wasPublished) return;
  const { timeZone, condition } = version;
  const stream = `${PREFIXES.rewardEvent}${history.eventId}`;
  history.hasKnownDays = isKnownZone(timeZone) && isKnownCondition(condition);
  if (!isKnownZone(timeZone)) {
    const message = `the days of its logins cannot be checked, because this runtime does not support the time zone ${timeZone}`;
    findings.add('TIME_ZONE_UNKNOWN', stream, null, message);
  } else if (!isKnownCondition(condition)) {
    const message = `its logins cannot be checked, because this version does not support the condition ${condition.type}`;
    findings.add('EVENT_UNREADABLE', stream, null, message);
  }
};

/** Waits for the counter to catch up. @returns the logins that are still not counted after `patienceMs` */
const stillUncounted = async (
  store: EventStore,
  uncounted: readonly UncountedLogin[],
  after: Position,
  { upcast, signal, patienceMs }: LogCheckOptions,
): Promise<readonly UncountedLogin[]> => {
  let remaining = uncounted;
  if (remaining.length === 0) return remaining;
  const timeout = childController(signal);
  void sleep(patienceMs, { signal: timeout.signal }).then(() => timeout.abort());
  try {
    for await (const batch of store.subscribe({ after, prefixes: [PREFIXES.participation], signal: timeout.signal })) {
      for (const recorded of batch.events) {
        const fact = upcast<ParticipationEvent>(recorded);
        if (fact.type !== 'LoginCounted') continue;
        const { loginId, day, conditionMet } = fact.data;
        remaining = remaining.filter(
          (login) => login.stream !== recorded.stream || !(conditionMet || login.loginId === loginId || login.day === day),
        );
      }
      if (remaining.length === 0) break;
    }
  } finally {
    timeout.abort();
  }
  signal.throwIfAborted();
  return remaining;
};
