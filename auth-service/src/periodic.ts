import { setTimeout as delay } from 'node:timers/promises';

/** A task that is repeated until it is stopped. */
export interface Periodic {
  /** Lets the task in hand finish. */
  stop(): Promise<void>;
}

/** Runs the task now and again after each pause. One that fails is run again all the same. */
export const every = (milliseconds: number, task: () => Promise<unknown>, onError: (error: unknown) => void): Periodic => {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      await task().catch(onError);
      await delay(milliseconds, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
