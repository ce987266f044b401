import { EventStoreDBClient } from '@eventstore/db-client';
import { LiveFeed } from './eventstoredb-live';
import { AppendLimit } from './eventstoredb-append-limit';
import { PreemptiveSemaphore } from './preemptive-semaphore';

/**
 * Clients and limits that all stores of this process share. Appends, reads and subscriptions each have their own client and TCP
 * connection: the server allows 100 concurrent calls on a connection, and further calls wait without an error. The client module
 * keeps the pending appends of all clients in one table. An error on the append stream of one client rejects the appends of the
 * others, too, and a later answer to them crashes the process. So only one client appends.
 */
export interface Connection {
  readonly appends: EventStoreDBClient;
  readonly reads: EventStoreDBClient;
  readonly subscriptions: EventStoreDBClient;
  /** Limits the appends in flight. */
  readonly appendLimit: AppendLimit;
  /** Limits the subscriptions that read history. */
  readonly replays: PreemptiveSemaphore;
  readonly live: LiveFeed;
}

/**
 * One less than the stream of the client accepts without backpressure. If the stream breaks, the client rejects a waiting append
 * twice. The second rejection cannot be caught and would crash the process.
 */
const APPENDS_AT_ONCE = 15;
/** A third, so that a background append delays an interactive one by at most one round trip. */
const BACKGROUND_APPENDS_AT_ONCE = 5;

const REPLAYS_AT_ONCE = 4;

let open: { readonly url: string; readonly connection: Connection; users: number } | null = null;

/**
 * Shares the connection of this process, or opens it.
 * @param timeoutMs time limit of the live feed, in milliseconds; the first store sets it for all
 * @returns the connection, and a function that releases it; the last release closes it
 * @throws TypeError for an invalid connection string; Error if the process is connected to another EventStoreDB
 */
export const connect = (
  url: string,
  timeoutMs: number,
): { readonly connection: Connection; readonly release: () => Promise<void> } => {
  if (open && open.url !== url)
    throw new Error('this process is already connected to another EventStoreDB: use one connection string per process');
  const shared = (open ??= { url, connection: newConnection(url, timeoutMs), users: 0 });
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (open === shared) open = null;
    const { appends, reads, subscriptions, live } = shared.connection;
    live.stop();
    await Promise.all([appends.dispose(), reads.dispose(), subscriptions.dispose()]);
  };
  return { connection: shared.connection, release };
};

const newConnection = (url: string, timeoutMs: number): Connection => {
  const subscriptions = newClient(url, 2);
  return {
    appends: newClient(url, 0),
    reads: newClient(url, 1),
    subscriptions,
    appendLimit: new AppendLimit(APPENDS_AT_ONCE, BACKGROUND_APPENDS_AT_ONCE),
    replays: new PreemptiveSemaphore(REPLAYS_AT_ONCE),
    live: new LiveFeed(subscriptions, timeoutMs),
  };
};

/** The errors do not repeat the messages of the client, which contain the connection string and its password. */
const newClient = (url: string, index: number): EventStoreDBClient => {
  if (/throwOnAppendFailure=false/i.test(url)) {
    throw new TypeError(
      'the connection string sets throwOnAppendFailure=false, which makes the client report wrong revisions: remove it',
    );
  }
  try {
    return EventStoreDBClient.connectionString(withOwnConnection(url, index));
  } catch {
    throw new TypeError('the connection string of EventStoreDB is invalid: check its hosts and options');
  }
};

const KEEP_ALIVE_TIMEOUT = /([?&])keepAliveTimeout=(-?\d+)/i;
/** The client's default, in milliseconds. */
const DEFAULT_KEEP_ALIVE_TIMEOUT = 10_000;
/** About the longest time of a timer. Means no timeout for keep-alive answers. */
const NO_TIMEOUT = 2_147_000_000;

/**
 * gRPC shares one TCP connection among all channels of a process with the same target, credentials and options, and the client has
 * no option for a separate connection pool. So the clients differ in an option without practical effect: the keep-alive timeout,
 * by a millisecond.
 */
const withOwnConnection = (url: string, index: number): string => {
  const [, , configured] = KEEP_ALIVE_TIMEOUT.exec(url) ?? [];
  const timeout =
    configured === undefined ? DEFAULT_KEEP_ALIVE_TIMEOUT : Number(configured) < 0 ? NO_TIMEOUT : Number(configured);
  const option = `keepAliveTimeout=${timeout + index}`;
  if (configured !== undefined) return url.replace(KEEP_ALIVE_TIMEOUT, `$1${option}`);
  return `${url}${url.includes('?') ? '&' : '?'}${option}`;
};
