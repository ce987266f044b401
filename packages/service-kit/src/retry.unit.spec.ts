import { retry } from './retry';

it('lets any number of tasks wait on one signal without a warning', async () => {
  const warned = jest.fn();
  process.on('warning', warned);
  const ending = new AbortController();
  let failures = 0;
  const task = async (): Promise<void> => {
    failures += 1;
    throw new Error('unavailable');
  };
  const retrying = Array.from({ length: 30 }, () => retry(task, { signal: ending.signal, firstMs: 60_000, maxMs: 60_000 }));
  while (failures < retrying.length) await new Promise((resolve) => setImmediate(resolve));
  ending.abort();
  for (const outcome of await Promise.allSettled(retrying)) expect(outcome.status).toBe('rejected');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});
