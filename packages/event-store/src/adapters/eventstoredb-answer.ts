import type { StreamingRead } from '@eventstore/db-client';
import { deadline } from '@rewards/async';
import {
  AppendTooLarge,
  CheckpointMismatch,
  EventStoreRefused,
  EventStoreUnavailable,
  StreamDeleted,
  WrongExpectedRevision,
} from '../event-store';

/** The client's own discriminator of its errors; undefined for all others. */
export const typeOf = (error: unknown): string | undefined => (error as { readonly type?: string } | null)?.type;

/** Status of a gRPC call; undefined for errors that the client made itself. */
const codeOf = (error: unknown): number | undefined => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
};

/** gRPC statuses of calls that the server did not receive or did not finish. Every other status is an answer. */
const UNANSWERED: ReadonlySet<number> = new Set([
  1, // CANCELLED
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED: the connection was told to slow down
  10, // ABORTED: the server gave up on a request that took too long
  13, // INTERNAL: the HTTP/2 stream was reset
  14, // UNAVAILABLE
]);
const UNKNOWN = 2;
/** A node says this, as UNKNOWN, while its cluster elects a leader. */
const NO_LEADER = /no leader/i;

/** Errors without a status by which the client says that nobody answered. */
const UNANSWERED_TYPES: ReadonlySet<string> = new Set(['timeout', 'unavailable', 'deadline-exceeded', 'cancelled', 'not-leader']);

/** Errors that say what happened, or that the call was wrong. */
const ANSWERS = [
  WrongExpectedRevision,
  AppendTooLarge,
  StreamDeleted,
  CheckpointMismatch,
  EventStoreRefused,
  TypeError,
  RangeError,
];

/** Whether the server was not reached or did not finish its answer, so that a retry may succeed. */
export const isUnavailable = (error: unknown): boolean => {
  if (ANSWERS.some((answer) => error instanceof answer)) return false;
  const [code, type] = [codeOf(error), typeOf(error)];
  if (type !== undefined && UNANSWERED_TYPES.has(type)) return true;
  if (code === UNKNOWN) return NO_LEADER.test(messageOf(error));
  if (code !== undefined) return UNANSWERED.has(code);
  return type === undefined;
};

/** @returns the port's own error for one of the client */
export const translate = (error: unknown): unknown => {
  if (error instanceof EventStoreUnavailable) return error;
  if (isUnavailable(error)) return new EventStoreUnavailable(messageOf(error) || 'EventStoreDB is unreachable', { cause: error });
  if (typeOf(error) === undefined && codeOf(error) === undefined) return error;
  const said = messageOf(error) || typeOf(error);
  return new EventStoreRefused(`EventStoreDB rejected the request: ${said}`, { cause: error });
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`;

/** @param ms that were waited in all */
export const noAnswer = (ms: number): EventStoreUnavailable =>
  new EventStoreUnavailable(`EventStoreDB did not answer within ${seconds(ms)}`);

/**
 * @param limitMs to name in the error, where `ms` is only what is left of it
 * @throws EventStoreUnavailable when the promise has not settled in time
 */
export const within = <T>(ms: number, promise: Promise<T>, limitMs = ms): Promise<T> =>
  deadline(promise, ms, () => noAnswer(limitMs));

/**
 * Reads to the end. The client has no deadline for reads, and a frozen server never answers.
 * @param ms at most, from one event to the next
 * @throws EventStoreUnavailable, EventStoreRefused, and the client's own errors about the stream
 */
export const collect = async <E>(read: StreamingRead<E>, ms: number): Promise<E[]> => {
  const found: E[] = [];
  // The client may emit an error again when nobody listens any more.
  read.on('error', () => undefined);
  const timer = setTimeout(() => read.destroy(noAnswer(ms)), ms);
  try {
    for await (const event of read) {
      found.push(event);
      timer.refresh();
    }
    return found;
  } catch (error) {
    throw isAboutStream(error) ? error : translate(error);
  } finally {
    clearTimeout(timer);
    // Of a call that has ended nothing is left to cancel, and one that never began cannot be.
    read.cancel().catch(() => undefined);
  }
};

const isAboutStream = (error: unknown): boolean => ['stream-not-found', 'stream-deleted'].includes(typeOf(error) ?? '');
