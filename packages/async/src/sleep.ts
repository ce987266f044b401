import { onAbort } from './on-abort';

export interface WaitOptions {
  /** Ends the wait after this many milliseconds. Without it there is no timer. */
  readonly ms?: number;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
  /** False lets the process exit while the timer runs. Default: true. */
  readonly ref?: boolean;
}

/**
 * Waits until it is woken, times out or the signal aborts. Never rejects, and leaves no timer or listener behind.
 * @param register receives the function that ends the wait; returns a function that unregisters it
 */
export const wait = (
  { ms, signal, ref = true }: WaitOptions,
  register: (wake: () => void) => () => void = () => () => undefined,
): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      stopListening?.();
      unregister();
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    if (!ref) timer?.unref();
    const stopListening = signal && onAbort(signal, end);
    const unregister = register(end);
  });

/** Waits for `ms` milliseconds; ends early, without an error, when the signal aborts. */
export const sleep = (ms: number, options: Omit<WaitOptions, 'ms'> = {}): Promise<void> => wait({ ...options, ms });

/** Yields to sockets and timers, so that a long loop does not block the event loop. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
