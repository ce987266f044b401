import { getEventListeners } from 'node:events';
import { Semaphore, SemaphoreBusy } from './semaphore';
import { nextTurn } from './sleep';

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));
afterEach(() => jest.useRealTimers());

describe('Semaphore', () => {
  it('grants its permits, then serves the queue in order', async () => {
    const semaphore = new Semaphore(2);
    const [first] = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
    const began: string[] = [];
    const third = semaphore.acquire().then((release) => (began.push('third'), release));
    void semaphore.acquire().then(() => began.push('fourth'));
    await nextTurn();
    expect([began, semaphore.waiting]).toEqual([[], 2]);
    first?.();
    first?.();
    await nextTurn();
    expect(began).toEqual(['third']);
    (await third)();
    await nextTurn();
    expect([began, semaphore.waiting]).toEqual([['third', 'fourth'], 0]);
  });

  it('serves the queue before later callers', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire();
    const order: string[] = [];
    void semaphore.acquire().then(() => order.push('waited'));
    release();
    void semaphore.acquire().then(() => order.push('newcomer'));
    await nextTurn();
    expect(order).toEqual(['waited']);
  });

  it('releases the permit after a task succeeds or fails', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(semaphore.run(async () => 'yes')).resolves.toBe('yes');
  });

  it('rejects when the queue is full, and with ms 0 when no permit is free', async () => {
    const semaphore = new Semaphore(1, 1);
    await semaphore.acquire();
    await expect(semaphore.acquire({ ms: 0 })).rejects.toBeInstanceOf(SemaphoreBusy);
    void semaphore.acquire();
    await nextTurn();
    await expect(semaphore.acquire()).rejects.toBeInstanceOf(SemaphoreBusy);
  });

  it('removes a waiter with its timer and listener when it times out or aborts', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire();
    const leaving = new AbortController();
    const { signal } = new AbortController();
    const outcomes = Promise.allSettled([
      semaphore.acquire({ ms: 1_000, signal }),
      semaphore.acquire({ ms: 60_000, signal: leaving.signal }),
    ]);
    await nextTurn();
    leaving.abort(new Error('the client left'));
    jest.advanceTimersByTime(1_000);
    const [late, left] = await outcomes;
    expect(late).toMatchObject({ status: 'rejected', reason: { name: 'SemaphoreBusy' } });
    expect(left).toMatchObject({ status: 'rejected', reason: { message: 'the client left' } });
    expect([semaphore.waiting, jest.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0, 0]);
    release();
    await expect(semaphore.run(async () => 'free')).resolves.toBe('free');
  });

  it('acquires no permit for a signal that has already aborted', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire({ signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left');
    await expect(semaphore.acquire({ ms: 0 })).resolves.toBeInstanceOf(Function);
  });
});
