import { EventStoreDBClient } from '@eventstore/db-client';
import { Slots } from './eventstoredb-slots';

/**
 * The clients of this process. Pending appends of all clients sit in one table of the client's module: an error on one
 * client's stream of appends rejects those of the others too, and an answer that comes after that ends the process. So only
 * one client appends; what fails to be read never touches its connection, because reading is another one's.
 */
export interface Connection {
  readonly appends: EventStoreDBClient;
  readonly reads: EventStoreDBClient;
  /** What is appended goes through these. */
  readonly slots: Slots;
}

/**
 * One less than the client's stream takes without making the writer wait. Those that wait when the stream breaks are
 * rejected twice by the client, and the second time nobody can catch it: that would end the process.
 */
const APPENDS_AT_ONCE = 15;

let open: { readonly url: string; readonly connection: Connection; users: number } | null = null;

/**
 * @returns the connection of this process, which `release` gives back
 * @throws TypeError for a connection string that does not do, Error when the process is connected elsewhere
 */
export const connect = (url: string): { readonly connection: Connection; readonly release: () => Promise<void> } => {
  if (open && open.url !== url) throw new Error('one process has one EventStoreDB: another one is connected to');
  const shared = (open ??= { url, connection: newConnection(url), users: 0 });
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (open === shared) open = null;
    await Promise.all([shared.connection.appends.dispose(), shared.connection.reads.dispose()]);
  };
  return { connection: shared.connection, release };
};

const newConnection = (url: string): Connection => ({
  appends: newClient(url),
  reads: newClient(url),
  slots: new Slots(APPENDS_AT_ONCE),
});

/** What is wrong is not told in the client's words: they hold the connection string, and that a password. */
const newClient = (url: string): EventStoreDBClient => {
  if (/throwOnAppendFailure=false/i.test(url)) {
    throw new TypeError('throwOnAppendFailure=false makes the client tell wrong revisions: leave it out');
  }
  try {
    return EventStoreDBClient.connectionString(url);
  } catch {
    throw new TypeError('the connection string of EventStoreDB cannot be read');
  }
};
