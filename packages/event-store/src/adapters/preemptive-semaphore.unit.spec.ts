import { PreemptiveSemaphore, type Permit } from './preemptive-semaphore';

const { signal } = new AbortController();
const nothing = (): void => undefined;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('the permits of a preemptive semaphore', () => {
  it('are as many as allowed, and the next in the queue gets one that is given back', async () => {
    const semaphore = new PreemptiveSemaphore(2);
    const [first] = await Promise.all([semaphore.acquire(signal, nothing), semaphore.acquire(signal, nothing)]);
    const began: string[] = [];
    const third = semaphore.acquire(signal, nothing).then(() => began.push('third'));
    const fourth = semaphore.acquire(signal, nothing).then(() => began.push('fourth'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(began).toEqual([]);
    first?.end();
    first?.end();
    await third;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(began).toEqual(['third']);
    void fourth;
  });

  it('are taken from a holder whose reader has stalled', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const onTaken = jest.fn();
    const first = await semaphore.acquire(signal, onTaken);
    const second = semaphore.acquire(signal, nothing);
    first?.rest();
    await jest.advanceTimersByTimeAsync(5);
    expect(onTaken).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(20);
    expect(await second).not.toBeNull();
    expect(onTaken).toHaveBeenCalledTimes(1);
    expect(first?.resume()).toBe(false);
    // It has nothing more to give back.
    first?.end();
    let third: Permit | null = null;
    void semaphore.acquire(signal, nothing).then((permit) => (third = permit));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(third).toBeNull();
  });

  it('pass on after a time slice from a holder that keeps going, and stay with it while nobody waits', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const first = await semaphore.acquire(signal, nothing);
    for (let step = 0; step < 100; step += 1) {
      first?.rest();
      await jest.advanceTimersByTimeAsync(5);
      expect(first?.resume()).toBe(true);
    }
    void semaphore.acquire(signal, nothing);
    first?.rest();
    expect(first?.resume()).toBe(false);
  });

  it('are not waited for any longer when the signal aborts', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const first = await semaphore.acquire(signal, nothing);
    const leaving = new AbortController();
    const second = semaphore.acquire(leaving.signal, nothing);
    leaving.abort();
    expect(await second).toBeNull();
    expect(await semaphore.acquire(leaving.signal, nothing)).toBeNull();
    first?.end();
    expect(await semaphore.acquire(signal, nothing)).not.toBeNull();
  });
});
