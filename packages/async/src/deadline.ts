import { wait, type WaitOptions } from './sleep';

/**
 * Waits for a promise up to a time limit. Ignores a later result or rejection.
 * @param ms time limit in milliseconds
 * @param late creates the error to throw on timeout
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
 * Waits for a promise until the time limit or an abort. Ignores a later result or rejection.
 * @returns the resolved value; undefined on timeout or abort
 * @throws the rejection of the promise, if it rejects in time
 */
export const waitFor = async <T>(work: Promise<T>, options: WaitOptions): Promise<T | undefined> => {
  let end = (): void => undefined;
  const limit = wait(options, (wake) => {
    end = wake;
    return () => undefined;
  });
  try {
    return (await Promise.race([work, limit])) as T | undefined;
  } finally {
    end();
  }
};
