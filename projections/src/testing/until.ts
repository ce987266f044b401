import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 15_000;

/** Waits until the condition holds. @throws Error that tells the last value when it does not in time */
export const until = async <T>(read: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await delay(5);
  }
};
