import type { StreamingRead } from '@eventstore/db-client';
import { deadline } from '@rewards/async';
import {
  AppendTooLarge,
  CheckpointMismatch,
  EventStoreRejected,
  EventStoreUnavailable,
  StreamDeleted,
  WrongExpectedRevision,
} from '../event-store';

/** The discriminator of errors of the client; undefined for other errors. */
export const typeOf = (error: unknown): string | undefined => (error as { readonly type?: string } | null)?.type;

/** Status of a gRPC call; undefined for errors that did not come from a call. */
const codeOf = (error: unknown): number | undefined => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
};

/** gRPC statuses of calls that the server did not receive or did not complete. Every other status is an answer. */
const UNANSWERED: ReadonlySet<number> = new Set([
  1, // CANCELLED
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED: the server throttles the connection
  10, // ABORTED: the server gave up on a request that took too long
  13, // INTERNAL: the HTTP/2 stream was reset
  14, // UNAVAILABLE
]);
const UNKNOWN = 2;
/** Message of a node, with status UNKNOWN, while its cluster elects a leader. */
const NO_LEADER = /no leader/i;

/** Types of client errors without a status that mean that no server answered. */
const UNANSWERED_TYPES: ReadonlySet<string> = new Set(['timeout', 'unavailable', 'deadline-exceeded', 'cancelled', 'not-leader']);

/** Errors with a definite outcome. */
const ANSWERS = [
  WrongExpectedRevision,
  AppendTooLarge,
  StreamDeleted,
  CheckpointMismatch,
  EventStoreRejected,
  TypeError,
  RangeError,
];

/** Whether the server was unreachable or did not complete its answer, so that a retry may succeed. */
export const isUnavailable = (error: unknown): boolean => {
  if (ANSWERS.some((answer) => error instanceof answer)) return false;
  const [code, type] = [codeOf(error), typeOf(error)];
  if (type !== undefined && UNANSWERED_TYPES.has(type)) return true;
  if (code === UNKNOWN) return NO_LEADER.test(messageOf(error));
  if (code !== undefined) return UNANSWERED.has(code);
  return type === undefined;
};

/** @returns the error of the port for an error of the client */
export const translate = (error: unknown): unknown => {
  if (error instanceof EventStoreUnavailable) return error;
  if (isUnavailable(error)) return new EventStoreUnavailable(messageOf(error) || 'EventStoreDB is unreachable', { cause: error });
  if (typeOf(error) === undefined && codeOf(error) === undefined) return error;
  const reported = messageOf(error) || typeOf(error);
  return new EventStoreRejected(`EventStoreDB rejected the request: ${reported}`, { cause: error });
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`;

/** @param ms total time waited */
export const noAnswer = (ms: number): EventStoreUnavailable =>
  new EventStoreUnavailable(`EventStoreDB did not answer within ${seconds(ms)}`);

/**
 * Waits for a promise up to a time limit.
 * @param limitMs time limit to name in the error, if `ms` is only the remaining part of it
 * @throws EventStoreUnavailable if the promise does not settle in time
 */
export const within = <T>(ms: number, promise: Promise<T>, limitMs = ms): Promise<T> =>
  deadline(promise, ms, () => noAnswer(limitMs));

/**
 * Collects all events of a read. The client has no deadline for reads, and a frozen server never answers.
 * @param ms time limit from one event to the next, in milliseconds
 * @throws EventStoreUnavailable, EventStoreRejected; errors of the client about the stream
 */
export const collect = async <E>(read: StreamingRead<E>, ms: number): Promise<E[]> => {
  const events: E[] = [];
  // The client may emit a second error after the loop has ended.
  read.on('error', () => undefined);
  const timer = setTimeout(() => read.destroy(noAnswer(ms)), ms);
  try {
    for await (const event of read) {
      events.push(event);
      timer.refresh();
    }
    return events;
  } catch (error) {
    throw isAboutStream(error) ? error : translate(error);
  } finally {
    clearTimeout(timer);
    // Rejects if the call has ended or never began.
    read.cancel().catch(() => undefined);
  }
};

const isAboutStream = (error: unknown): boolean => ['stream-not-found', 'stream-deleted'].includes(typeOf(error) ?? '');
