import type { StreamingRead } from '@eventstore/db-client';
import { AppendTooLarge, EventStoreUnavailable, StreamDeleted, WrongExpectedRevision } from '../event-store';

/** The client's own discriminator of its errors; undefined for all others. */
export const typeOf = (error: unknown): string | undefined => (error as { readonly type?: string } | null)?.type;

/** What the server says knowingly; asking again would not help. */
const REFUSALS = new Set(['access-denied', 'invalid-argument', 'unsupported', 'stream-deleted', 'maximum-append-size-exceeded']);

/** Errors that tell what happened, or that the call was wrong. */
const ANSWERS = [WrongExpectedRevision, AppendTooLarge, StreamDeleted, TypeError, RangeError];

/** Whether the server was not reached, or nobody knows what it did. */
export const isAway = (error: unknown): boolean => {
  if (ANSWERS.some((answer) => error instanceof answer)) return false;
  return !REFUSALS.has(typeOf(error) ?? '');
};

export const unavailable = (error: unknown): EventStoreUnavailable =>
  error instanceof EventStoreUnavailable
    ? error
    : new EventStoreUnavailable((error instanceof Error && error.message) || 'EventStoreDB is away', { cause: error });

/** @throws EventStoreUnavailable when the promise has not settled in time */
export const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer(ms)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

const noAnswer = (ms: number): EventStoreUnavailable => new EventStoreUnavailable(`EventStoreDB did not answer within ${ms} ms`);

/**
 * Reads to the end. The client has no deadline for reads, and a frozen server never answers.
 * @param ms at most, from one event to the next
 * @throws EventStoreUnavailable, what the server refuses
 */
export const collect = async <E>(read: StreamingRead<E>, ms: number): Promise<E[]> => {
  const found: E[] = [];
  // The client may tell of an error again when nobody listens any more.
  read.on('error', () => undefined);
  const timer = setTimeout(() => read.destroy(noAnswer(ms)), ms);
  try {
    for await (const event of read) {
      found.push(event);
      timer.refresh();
    }
    return found;
  } catch (error) {
    throw isAway(error) && typeOf(error) !== 'stream-not-found' ? unavailable(error) : error;
  } finally {
    clearTimeout(timer);
    // Of a call that has ended nothing is left to cancel, and one that never began cannot be.
    read.cancel().catch(() => undefined);
  }
};
