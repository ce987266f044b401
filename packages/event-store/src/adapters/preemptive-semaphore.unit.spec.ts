import { PreemptiveSemaphore, type Permit } from './preemptive-semaphore';

const { signal } = new AbortController();
const noop = (): void => undefined;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('PreemptiveSemaphore', () => {
  it('grants permits up to its limit, and passes a released one to the next waiter', async () => {
    const semaphore = new PreemptiveSemaphore(2);
    const [first] = await Promise.all([semaphore.acquire(signal, noop), semaphore.acquire(signal, noop)]);
    const began: string[] = [];
    const third = semaphore.acquire(signal, noop).then(() => began.push('third'));
    const fourth = semaphore.acquire(signal, noop).then(() => began.push('fourth'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(began).toEqual([]);
    first?.release();
    first?.release();
    await third;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(began).toEqual(['third']);
    void fourth;
  });

  it('takes a permit from a holder whose reader has stalled', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const onTaken = jest.fn();
    const first = await semaphore.acquire(signal, onTaken);
    const second = semaphore.acquire(signal, noop);
    first?.rest();
    await jest.advanceTimersByTimeAsync(5);
    expect(onTaken).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(20);
    expect(await second).not.toBeNull();
    expect(onTaken).toHaveBeenCalledTimes(1);
    expect(first?.resume()).toBe(false);
    // A permit that was taken away cannot be released again.
    first?.release();
    let third: Permit | null = null;
    void semaphore.acquire(signal, noop).then((permit) => (third = permit));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(third).toBeNull();
  });

  it('takes a permit from an active holder after its time slice, but only if others wait', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const first = await semaphore.acquire(signal, noop);
    for (let step = 0; step < 100; step += 1) {
      first?.rest();
      await jest.advanceTimersByTimeAsync(5);
      expect(first?.resume()).toBe(true);
    }
    void semaphore.acquire(signal, noop);
    first?.rest();
    expect(first?.resume()).toBe(false);
  });

  it('returns null when the signal aborts', async () => {
    const semaphore = new PreemptiveSemaphore(1);
    const first = await semaphore.acquire(signal, noop);
    const leaving = new AbortController();
    const second = semaphore.acquire(leaving.signal, noop);
    leaving.abort();
    expect(await second).toBeNull();
    expect(await semaphore.acquire(leaving.signal, noop)).toBeNull();
    first?.release();
    expect(await semaphore.acquire(signal, noop)).not.toBeNull();
  });
});
