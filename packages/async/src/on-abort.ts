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
 * Calls back when the signal aborts, or immediately if it has aborted already. All callbacks of a signal share one listener:
 * during an outage, many waits depend on one signal, and Node.js warns about a leak from the eleventh listener on.
 * @returns a function that removes the callback; removing the last one removes the shared listener
 */
export const onAbort = (signal: AbortSignal, callback: () => void): (() => void) => {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { calls, run } = listenersOf.get(signal) ?? listen(signal);
  // Wrapped, so that the same callback can be registered twice.
  const call = (): void => callback();
  calls.add(call);
  return () => {
    if (!calls.delete(call) || calls.size > 0) return;
    signal.removeEventListener('abort', run);
    listenersOf.delete(signal);
  };
};
