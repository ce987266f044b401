import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError,
} from 'mongodb';
import { DocumentStoreUnavailable } from '../document-store';

const DUPLICATE_KEY = 11_000;
const NOT_IMPLEMENTED = 238;

/** What a server says that shuts down, lost its role, or could not reach enough others in time. */
const AWAY_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 100, 134, 189, 202, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

const AWAY_ERRORS = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoWriteConcernError,
  MongoUnexpectedServerResponseError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoServerClosedError,
  MongoClientClosedError,
  MongoExpiredSessionError,
];

/** FerretDB 1.24 passes on what its SQLite says of an update. */
const SQLITE_DUPLICATE = /UNIQUE constraint failed/;

export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && (error.code === DUPLICATE_KEY || SQLITE_DUPLICATE.test(error.message));

export const isNotImplemented = (error: unknown): boolean => error instanceof MongoServerError && error.code === NOT_IMPLEMENTED;

const isAway = (error: unknown): boolean => {
  if (!(error instanceof MongoError)) return false;
  if (AWAY_ERRORS.some((type) => error instanceof type) || AWAY_CODES.has(error.code)) return true;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('SystemOverloadedError')) return true;
  // The driver has no public class for a pool with no free connection, and wraps what is no answer of the server in a bulk.
  return error.name === 'MongoWaitQueueTimeoutError' || (error instanceof MongoBulkWriteError && error.code === undefined);
};

/** @returns the port's own error for one of the driver, and any other as it is */
export const translate = (error: unknown): unknown => {
  if (isDuplicate(error)) return error;
  return isAway(error) ? new DocumentStoreUnavailable((error as Error).message, { cause: error }) : error;
};

/**
 * Which of the upserts of an unordered bulk met an id that was taken.
 * @returns null when the server ended the bulk there, so that any of them may be undone (FerretDB 1.24)
 * @throws the error when it is another one, or the key is not the id
 */
export const takenIds = (error: unknown, upserts: number): readonly number[] | null => {
  if (!(error instanceof MongoBulkWriteError) || !isDuplicate(error) || error.result.getWriteConcernError()) throw error;
  const failures = [error.writeErrors].flat();
  if (failures.some(({ code, errmsg }) => code !== DUPLICATE_KEY || / index: (?!_id_ )/.test(errmsg ?? ''))) throw error;
  const isWhole = error.matchedCount + error.upsertedCount + failures.length === upserts;
  return isWhole ? failures.map(({ index }) => index) : null;
};
