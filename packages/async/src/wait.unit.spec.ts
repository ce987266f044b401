import { getEventListeners } from 'node:events';
import { childController } from './child-controller';
import { deadline, waitFor } from './deadline';
import { Notifier } from './notifier';
import { onAbort } from './on-abort';
import { nextTurn, sleep } from './sleep';

const listenersOn = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
const never = new Promise<never>(() => undefined);

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));
afterEach(() => jest.useRealTimers());

/** Whether a promise has already settled. */
const hasSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await nextTurn();
  return settled;
};

describe('onAbort', () => {
  it('shares one listener among all callbacks of a signal, and removes it with the last callback', () => {
    const controller = new AbortController();
    const callback = jest.fn();
    const stops = Array.from({ length: 50 }, () => onAbort(controller.signal, callback));
    expect(listenersOn(controller.signal)).toBe(1);
    for (const stop of stops.slice(1)) stop();
    expect(listenersOn(controller.signal)).toBe(1);
    stops[0]?.();
    stops[0]?.();
    expect(listenersOn(controller.signal)).toBe(0);
    controller.abort();
    expect(callback).not.toHaveBeenCalled();
  });

  it('calls each registration once, even if one callback was registered twice', () => {
    const controller = new AbortController();
    const callback = jest.fn();
    onAbort(controller.signal, callback);
    onAbort(controller.signal, callback);
    controller.abort();
    controller.abort();
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it('calls back immediately for a signal that has already aborted', () => {
    const callback = jest.fn();
    onAbort(AbortSignal.abort(), callback)();
    expect(callback).toHaveBeenCalledTimes(1);
  });
});

describe('sleep', () => {
  it('ends after its time limit and leaves no listener', async () => {
    const { signal } = new AbortController();
    const slept = sleep(1_000, { signal });
    jest.advanceTimersByTime(999);
    expect(await hasSettled(slept)).toBe(false);
    jest.advanceTimersByTime(1);
    await slept;
    expect(listenersOn(signal)).toBe(0);
  });

  it('ends without an error when the signal aborts, and leaves no timer', async () => {
    const controller = new AbortController();
    const slept = sleep(60_000, { signal: controller.signal });
    controller.abort();
    await slept;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('returns immediately for a signal that has already aborted', async () => {
    await sleep(60_000, { signal: AbortSignal.abort() });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the process alive unless `ref` is false', () => {
    jest.useRealTimers();
    const controller = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    void sleep(60_000, { signal: controller.signal, ref: false });
    expect(timers()).toBe(before);
    void sleep(60_000, { signal: controller.signal });
    expect(timers()).toBe(before + 1);
    controller.abort();
    expect(timers()).toBe(before);
  });
});

describe('Notifier', () => {
  it('ends all current waits, and does not affect later ones', async () => {
    const notifier = new Notifier();
    notifier.notify();
    const { signal } = new AbortController();
    const waits = Promise.all([notifier.wait(), notifier.wait({ ms: 1_000, signal })]);
    expect(await hasSettled(waits)).toBe(false);
    notifier.notify();
    await waits;
    expect([notifier.waiting, jest.getTimerCount(), listenersOn(signal)]).toEqual([0, 0, 0]);
  });

  it('removes a wait that times out or aborts', async () => {
    const notifier = new Notifier();
    const controller = new AbortController();
    const waits = Promise.all([notifier.wait({ ms: 1_000 }), notifier.wait({ signal: controller.signal })]);
    jest.advanceTimersByTime(1_000);
    controller.abort();
    await waits;
    expect(notifier.waiting).toBe(0);
  });
});

describe('childController', () => {
  it('aborts with its parent, for the same reason', () => {
    const parent = new AbortController();
    const child = childController(parent.signal);
    parent.abort('why');
    expect(child.signal).toMatchObject({ aborted: true, reason: 'why' });
  });

  it('aborts immediately if its parent has already aborted', () => {
    expect(childController(AbortSignal.abort('why')).signal).toMatchObject({ aborted: true, reason: 'why' });
  });

  it('aborts without aborting its parent, and removes its listener from the parent', () => {
    const parent = new AbortController();
    const child = childController(parent.signal);
    expect(listenersOn(parent.signal)).toBe(1);
    child.abort('done');
    expect(child.signal.reason).toBe('done');
    expect(parent.signal.aborted).toBe(false);
    expect(listenersOn(parent.signal)).toBe(0);
  });

  it('works without a parent', () => {
    const child = childController();
    child.abort();
    expect(child.signal.aborted).toBe(true);
  });
});

describe('deadline', () => {
  const late = (): Error => new Error('late');

  it('settles like a promise that settles in time, and leaves no timer', async () => {
    await expect(deadline(Promise.resolve(1), 1_000, late)).resolves.toBe(1);
    await expect(deadline(Promise.reject(new Error('no')), 1_000, late)).rejects.toThrow('no');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('throws on timeout, and ignores a later rejection', async () => {
    let fail = (_: Error): void => undefined;
    const outcome = deadline(new Promise<never>((_, reject) => (fail = reject)), 1_000, late);
    const rejected = expect(outcome).rejects.toThrow('late');
    jest.advanceTimersByTime(1_000);
    await rejected;
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    fail(new Error('too late'));
    await nextTurn();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('waitFor', () => {
  it('settles like a promise that settles in time, and leaves no timer or listener', async () => {
    const { signal } = new AbortController();
    await expect(waitFor(Promise.resolve(1), { ms: 1_000, signal })).resolves.toBe(1);
    await expect(waitFor(Promise.reject(new Error('no')), { ms: 1_000, signal })).rejects.toThrow('no');
    expect([jest.getTimerCount(), listenersOn(signal)]).toEqual([0, 0]);
  });

  it('returns undefined on timeout or abort', async () => {
    const controller = new AbortController();
    const byTime = waitFor(never, { ms: 1_000, signal: controller.signal });
    jest.advanceTimersByTime(1_000);
    await expect(byTime).resolves.toBeUndefined();
    const bySignal = waitFor(never, { signal: controller.signal });
    controller.abort();
    await expect(bySignal).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});
