interface Listeners {
  readonly calls: Set<() => void>;
  readonly run: () => void;
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

const listen = (signal: AbortSignal): Listeners => {
  const calls = new Set<() => void>();
  const run = (): void => calls.forEach((call) => call());
  const listeners = { calls, run };
  listenersOf.set(signal, listeners);
  signal.addEventListener('abort', run, { once: true });
  return listeners;
};

/**
 * Calls back when the signal aborts, at once if it has. All callbacks of a signal share one listener: during an outage any
 * number of waits may depend on the signal of their service, and Node warns about a leak from the eleventh listener on.
 * @returns stops listening; the last callback to leave takes the shared listener with it
 */
export const onAbort = (signal: AbortSignal, callback: () => void): (() => void) => {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { calls, run } = listenersOf.get(signal) ?? listen(signal);
  // A function of its own, so that the same callback can be given twice.
  const call = (): void => callback();
  calls.add(call);
  return () => {
    if (!calls.delete(call) || calls.size > 0) return;
    signal.removeEventListener('abort', run);
    listenersOf.delete(signal);
  };
};
