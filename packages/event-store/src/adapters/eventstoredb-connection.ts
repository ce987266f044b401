import { EventStoreDBClient } from '@eventstore/db-client';
import { LiveFeed } from './eventstoredb-live';
import { AppendLimit } from './eventstoredb-append-limit';
import { PreemptiveSemaphore } from './preemptive-semaphore';

/**
 * What the stores of this process share. Appends, reads and subscriptions have a client and a TCP connection each: the server
 * allows 100 concurrent calls on a connection, and whatever exceeds that waits without an error. Pending appends of all clients
 * are kept in one table of the client's module, where an error on one client's stream of appends rejects those of the others
 * too, and an answer that comes after that ends the process: so only one client appends.
 */
export interface Connection {
  readonly appends: EventStoreDBClient;
  readonly reads: EventStoreDBClient;
  readonly subscriptions: EventStoreDBClient;
  /** Bounds the appends in flight. */
  readonly appendLimit: AppendLimit;
  /** Bounds the subscriptions that read history. */
  readonly replays: PreemptiveSemaphore;
  readonly live: LiveFeed;
}

/**
 * One less than the client's stream accepts without making the writer wait. Those that wait when the stream breaks are
 * rejected twice by the client, and the second time nobody can catch it: that would end the process.
 */
const APPENDS_AT_ONCE = 15;

const REPLAYS_AT_ONCE = 4;

let open: { readonly url: string; readonly connection: Connection; users: number } | null = null;

/**
 * @param timeoutMs of the live feed, for all stores until the last one is closed
 * @returns the connection of this process, which `release` gives back
 * @throws TypeError for a connection string that is invalid, Error when the process is connected elsewhere
 */
export const connect = (
  url: string,
  timeoutMs: number,
): { readonly connection: Connection; readonly release: () => Promise<void> } => {
  if (open && open.url !== url) throw new Error('one process has one EventStoreDB: another one is connected to');
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
    appendLimit: new AppendLimit(APPENDS_AT_ONCE),
    replays: new PreemptiveSemaphore(REPLAYS_AT_ONCE),
    live: new LiveFeed(subscriptions, timeoutMs),
  };
};

/** The errors do not repeat what the client says: its messages contain the connection string, and that a password. */
const newClient = (url: string, index: number): EventStoreDBClient => {
  if (/throwOnAppendFailure=false/i.test(url)) {
    throw new TypeError('throwOnAppendFailure=false makes the client report wrong revisions: leave it out');
  }
  try {
    return EventStoreDBClient.connectionString(withOwnConnection(url, index));
  } catch {
    throw new TypeError('the connection string of EventStoreDB cannot be read');
  }
};

const KEEP_ALIVE_TIMEOUT = /([?&])keepAliveTimeout=(-?\d+)/i;
/** The client's default, in milliseconds. */
const DEFAULT_KEEP_ALIVE_TIMEOUT = 10_000;
/** About the longest that a timer can wait: without a timeout for keep-alive answers. */
const NO_TIMEOUT = 2_147_000_000;

/**
 * gRPC shares one TCP connection among all channels of a process that have the same target, credentials and options, and the
 * client lets us set no option for a pool of one's own. So the clients differ in an option that makes no difference: a
 * millisecond of the keep-alive timeout.
 */
const withOwnConnection = (url: string, index: number): string => {
  const [, , given] = KEEP_ALIVE_TIMEOUT.exec(url) ?? [];
  const timeout = given === undefined ? DEFAULT_KEEP_ALIVE_TIMEOUT : Number(given) < 0 ? NO_TIMEOUT : Number(given);
  const option = `keepAliveTimeout=${timeout + index}`;
  if (given !== undefined) return url.replace(KEEP_ALIVE_TIMEOUT, `$1${option}`);
  return `${url}${url.includes('?') ? '&' : '?'}${option}`;
};
