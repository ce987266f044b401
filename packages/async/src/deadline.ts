import { childController } from './child-controller';
import { wait, type WaitOptions } from './sleep';

/**
 * Waits for a promise, but not beyond a time limit. What the promise does after that is ignored, a rejection included.
 * @param ms at most, in milliseconds
 * @param late makes the error to throw when the time is over
 */
export const deadline = async <T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Waits for a promise until the time is over or the signal aborts. What the promise does after that is ignored.
 * @returns what the promise resolves to; undefined if the wait ended before
 * @throws what the promise rejects with before that
 */
export const waitFor = async <T>(work: Promise<T>, options: WaitOptions): Promise<T | undefined> => {
  const waiting = childController(options.signal);
  try {
    return (await Promise.race([work, wait({ ...options, signal: waiting.signal })])) as T | undefined;
  } finally {
    waiting.abort();
  }
};
