import { getEventListeners } from 'node:events';
import { repeat } from './repeat';
import { backoff, retry } from './retry';
import { nextTurn } from './sleep';

const failing = (times: number) => {
  let attempts = 0;
  return async (): Promise<number> => {
    attempts += 1;
    if (attempts <= times) throw new Error(`attempt ${attempts}`);
    return attempts;
  };
};

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));
afterEach(() => jest.useRealTimers());

describe('backoff', () => {
  const pauses = (jitter: 'none' | 'half' | 'full', random: number) =>
    [1, 2, 3, 4, 2_000].map(backoff({ firstMs: 20, maxMs: 100, jitter, random: () => random }));

  it('doubles the pause up to the maximum', () => {
    expect(pauses('none', 0.5)).toEqual([20, 40, 80, 100, 100]);
  });

  it('shortens the pause at random: down to half with half jitter, down to zero with full jitter', () => {
    expect(pauses('half', 0)).toEqual([10, 20, 40, 50, 50]);
    expect(pauses('half', 0.5)).toEqual([15, 30, 60, 75, 75]);
    expect(pauses('full', 0)).toEqual([0, 0, 0, 0, 0]);
    expect(pauses('full', 0.5)).toEqual([10, 20, 40, 50, 50]);
  });
});

describe('retry', () => {
  const { signal } = new AbortController();

  it('runs the task until it succeeds, reports each failure, and leaves neither timer nor listener', async () => {
    const errors: string[] = [];
    const onError = (error: unknown): void => void errors.push(String(error));
    const outcome = retry(failing(3), { signal, onError, firstMs: 1_000, maxMs: 3_000, jitter: 'none' });
    const attempts: number[] = [];
    for (const ms of [1_000, 2_000, 3_000]) {
      await jest.advanceTimersByTimeAsync(ms - 1);
      attempts.push(errors.length);
      await jest.advanceTimersByTimeAsync(1);
    }
    expect(await outcome).toBe(4);
    expect(attempts).toEqual([1, 2, 3]);
    expect(errors).toEqual(['Error: attempt 1', 'Error: attempt 2', 'Error: attempt 3']);
    expect([jest.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
  });

  it('adds one abort listener for all retries on one signal, and stops all of them on abort', async () => {
    const ended = new AbortController();
    const outcomes = Array.from({ length: 50 }, () =>
      retry(() => Promise.reject(new Error('unavailable')), { signal: ended.signal, firstMs: 60_000 }),
    );
    await nextTurn();
    expect(getEventListeners(ended.signal, 'abort')).toHaveLength(1);
    ended.abort();
    for (const outcome of await Promise.allSettled(outcomes)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'unavailable' } });
    }
    expect(jest.getTimerCount()).toBe(0);
  });

  it('throws the error of the first attempt if the signal has already aborted', async () => {
    await expect(retry(failing(1), { signal: AbortSignal.abort() })).rejects.toThrow('attempt 1');
  });

  it('throws a permanent error without a retry', async () => {
    const onError = jest.fn();
    const isPermanent = (error: unknown): boolean => String(error).includes('2');
    const outcome = retry(failing(5), { signal, onError, isPermanent, firstMs: 1_000 });
    const rejected = expect(outcome).rejects.toThrow('attempt 2');
    await jest.advanceTimersByTimeAsync(1_000);
    await rejected;
    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('repeat', () => {
  it('repeats a task after successes and failures until the signal aborts', async () => {
    const ended = new AbortController();
    const log: string[] = [];
    const task = failing(1);
    const repeating = repeat(task, {
      everyMs: 1_000,
      signal: ended.signal,
      onSuccess: () => log.push('success'),
      onError: (error) => log.push(String(error)),
    });
    await jest.advanceTimersByTimeAsync(2_999);
    ended.abort();
    await repeating;
    expect(log).toEqual(['Error: attempt 1', 'success', 'success']);
    expect([jest.getTimerCount(), getEventListeners(ended.signal, 'abort').length]).toEqual([0, 0]);
  });

  it('stops on a permanent error and reports it', async () => {
    const onError = jest.fn();
    const { signal } = new AbortController();
    await repeat(() => Promise.reject(new Error('damaged')), { everyMs: 1_000, signal, onError, isPermanent: () => true });
    expect(onError).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
