import { nextTurn } from '@rewards/async';
import {
  PREFIXES,
  START,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type Position,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import { tryInterpret, type EventStore } from '@rewards/event-store';
import type { AccountFact } from './account-books';
import { DeliveryBooks, factsOf, type DeliveryFact, type GrantFact, type LoggedDelivery } from './delivery-books';
import { EndpointRoutes } from './endpoint-routes';
import { Findings } from './findings';
import { readLog } from './read-log';
import { RowBuckets, type Bucket } from './row-buckets';

/** The prefixes of the streams of endpoints and their deliveries. */
export const OF_DELIVERIES: readonly string[] = [
  PREFIXES.deliveryEndpoints,
  PREFIXES.delivery,
  PREFIXES.deliveries,
  PREFIXES.earlierDeliveries,
];

export const isOfDeliveries = (stream: string): boolean => OF_DELIVERIES.some((prefix) => stream.startsWith(prefix));

/** A row of an account. Only those of deliveries have a `delivery`. */
export type Row = AccountFact | DeliveryFact;

export const isDelivery = (row: Row): row is DeliveryFact => 'delivery' in row;

/** Called with all deliveries of some accounts. */
export type OnDeliveries = (deliveries: readonly LoggedDelivery[]) => Promise<void>;

interface Sorted {
  readonly upcast: Upcast;
  readonly routes: EndpointRoutes;
  readonly rows: RowBuckets<Row>;
  readonly findings: Findings;
}

/** Folds a domain event of the endpoints, or sorts one of deliveries by account. */
export const sortDeliveries = (recorded: RecordedEvent, { upcast, routes, rows, findings }: Sorted): void => {
  const { stream, revision } = recorded;
  if (stream.startsWith(PREFIXES.deliveryEndpoints)) {
    const unreadable = tryInterpret(recorded, () => routes.add(upcast<DeliveryEndpointEvent>(recorded), findings));
    if (!unreadable) return;
    routes.isReadable = false;
    return findings.add('EVENT_UNREADABLE', stream, revision, unreadable.message);
  }
  const fact = upcast<DeliveryEvent>(recorded);
  if (fact.type === 'EarlierDeliveriesAdded') routes.listed(fact);
  for (const [accountId, part] of factsOf(fact)) rows.add(accountId, part);
};

/** Checks the deliveries of the accounts of a bucket. @returns their number */
export const checkDeliveries = async (
  bucket: Bucket<Row>,
  routes: EndpointRoutes,
  findings: Findings,
  onDeliveries?: OnDeliveries,
): Promise<number> => {
  if (!routes.isReadable) return 0;
  const byAccount = new Map<string, DeliveryBooks>();
  const booksOf = (accountId: string): DeliveryBooks => {
    const books = byAccount.get(accountId) ?? new DeliveryBooks(routes, findings);
    byAccount.set(accountId, books);
    return books;
  };
  for (const [accountId, row] of bucket.read()) {
    if (isDelivery(row)) booksOf(accountId).check(row);
    // A grant that cannot be read is a finding of its participation.
    else if (row.type === 'RewardClaimed') tryInterpret(row, () => booksOf(accountId).grant(row as GrantFact));
  }
  const all = [...byAccount.values()];
  for (const books of all) books.finish();
  await onDeliveries?.(all.flatMap(({ deliveries }) => [...deliveries]));
  return all.reduce((sum, { count }) => sum + count, 0);
};

/**
 * Reads all deliveries of a log, without checking anything else, and calls a function with all those of some accounts at a time.
 * @returns the ids of all endpoints that the log has, also of those that were removed
 * @throws Error if a domain event of the endpoints is unreadable, and the errors of `readLog`
 */
export const readDeliveries = async (
  store: EventStore,
  {
    upcast,
    signal,
    onDeliveries,
  }: { readonly upcast: Upcast; readonly signal: AbortSignal; readonly onDeliveries: OnDeliveries },
): Promise<{ readonly position: Position; readonly endpointIds: ReadonlySet<string> }> => {
  const [rows, routes, findings] = [await RowBuckets.create<Row>(), new EndpointRoutes(), new Findings()];
  try {
    let position = START;
    for await (const batch of readLog(store, { after: START, prefixes: [PREFIXES.participation, ...OF_DELIVERIES], signal })) {
      for (const recorded of batch.events) {
        if (isOfDeliveries(recorded.stream)) sortDeliveries(recorded, { upcast, routes, rows, findings });
        else if (recorded.type === 'RewardClaimed') {
          const { metadata, ...grant } = upcast(recorded);
          rows.add((grant as GrantFact).data.accountId, { ...grant, storedVersion: metadata.schemaVersion });
        }
      }
      position = batch.checkpoint.position;
    }
    if (!routes.isReadable) throw new Error(findings.first[0]?.message);
    for (const bucket of rows.buckets()) {
      // The file is read synchronously.
      await nextTurn();
      signal.throwIfAborted();
      await checkDeliveries(bucket, routes, findings, onDeliveries);
    }
    return { position, endpointIds: routes.endpointIds };
  } finally {
    await rows.remove();
  }
};
