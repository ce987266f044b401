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

/** Error codes of a server that is shutting down, is no longer primary, or cannot reach enough members in time. */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 100, 134, 189, 202, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

const UNAVAILABLE_ERRORS = [
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

/** FerretDB 1.24 forwards the error of its SQLite for an update. */
const SQLITE_DUPLICATE = /UNIQUE constraint failed/;

export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && (error.code === DUPLICATE_KEY || SQLITE_DUPLICATE.test(error.message));

export const isNotImplemented = (error: unknown): boolean => error instanceof MongoServerError && error.code === NOT_IMPLEMENTED;

const isUnavailable = (error: unknown): boolean => {
  if (!(error instanceof MongoError)) return false;
  if (UNAVAILABLE_ERRORS.some((type) => error instanceof type) || UNAVAILABLE_CODES.has(error.code)) return true;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('SystemOverloadedError')) return true;
  // The driver has no public class for an exhausted pool, and wraps connection errors during a bulk write without a code.
  return error.name === 'MongoWaitQueueTimeoutError' || (error instanceof MongoBulkWriteError && error.code === undefined);
};

/** @returns the port's error if the engine is unavailable, any other error unchanged */
export const translate = (error: unknown): unknown => {
  if (isDuplicate(error)) return error;
  return isUnavailable(error) ? new DocumentStoreUnavailable((error as Error).message, { cause: error }) : error;
};

/**
 * Finds the upserts of an unordered bulk write that failed because their id already exists.
 * @returns their indexes, or null if the server stopped at the first duplicate, so that any upsert may be missing (FerretDB 1.24)
 * @throws the given error if it is not a duplicate id
 */
export const duplicateIdIndexes = (error: unknown, upserts: number): readonly number[] | null => {
  if (!(error instanceof MongoBulkWriteError) || !isDuplicate(error) || error.result.getWriteConcernError()) throw error;
  const failures = [error.writeErrors].flat();
  if (failures.some(({ code, errmsg }) => code !== DUPLICATE_KEY || / index: (?!_id_ )/.test(errmsg ?? ''))) throw error;
  const isComplete = error.matchedCount + error.upsertedCount + failures.length === upserts;
  return isComplete ? failures.map(({ index }) => index) : null;
};
