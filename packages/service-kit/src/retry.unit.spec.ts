import { getEventListeners } from 'node:events';
import { DocumentStoreDamaged } from '@rewards/document-store';
import { EventStoreDamaged } from '@rewards/event-store';
import { MessageBusDamaged } from '@rewards/message-bus';
import { until } from '@rewards/testing/until';
import { retry } from './retry';

const failing = (times: number) => {
  let attempts = 0;
  return async (): Promise<number> => {
    attempts += 1;
    if (attempts <= times) throw new Error(`attempt ${attempts}`);
    return attempts;
  };
};

describe('retry', () => {
  it('tries until it succeeds, and reports each failure', async () => {
    const errors: string[] = [];
    const onError = (error: unknown): void => void errors.push(String(error));
    const { signal } = new AbortController();
    expect(await retry(failing(3), { signal, onError, firstMs: 1, maxMs: 1 })).toBe(4);
    expect(errors).toEqual(['Error: attempt 1', 'Error: attempt 2', 'Error: attempt 3']);
  });

  it('adds one abort listener, however many retries wait on one signal', async () => {
    const ended = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    let waiting = 0;
    const outcomes = Array.from({ length: 50 }, () =>
      retry(() => Promise.reject(new Error('away')), { signal: ended.signal, onError: () => (waiting += 1), firstMs: 60_000 }),
    );
    await until(
      '50 failed attempts',
      () => waiting,
      (count) => count === 50,
    );
    await new Promise(setImmediate);
    const listeners = getEventListeners(ended.signal, 'abort').length;
    ended.abort();
    expect(listeners).toBe(1);
    for (const outcome of await Promise.allSettled(outcomes)) expect(outcome).toMatchObject({ status: 'rejected' });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('throws the error of the first attempt when the signal has aborted before', async () => {
    await expect(retry(failing(1), { signal: AbortSignal.abort() })).rejects.toThrow('attempt 1');
  });

  it.each([new EventStoreDamaged('restore it'), new DocumentStoreDamaged('restore it'), new MessageBusDamaged('restore it')])(
    'ends at once with %s, which no retry repairs',
    async (error) => {
      const task = jest.fn().mockRejectedValueOnce(error).mockResolvedValue('done');
      await expect(retry(task, { signal: new AbortController().signal, firstMs: 1 })).rejects.toBe(error);
      expect(task).toHaveBeenCalledTimes(1);
    },
  );
});
