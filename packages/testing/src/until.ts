import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Less than the time limit of a test, so that the error names the condition. */
const WITHIN_MS = 20_000;
const READ_EVERY_MS = 5;
const MAX_SHOWN = 2_000;

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 4, breakLength: 120 });
  return text.length > MAX_SHOWN ? `…${text.slice(-MAX_SHOWN)}` : text;
};

/**
 * Waits until a value satisfies a condition.
 * @param name of the awaited value, for the error
 * @param read called repeatedly; an error that it throws counts as a value that does not satisfy the condition
 * @param holds the condition; by default, the value is truthy
 * @returns the value that satisfies it
 * @throws Error after `withinMs` milliseconds, with the name, the last value and, as its cause, the last error of `read`
 */
export const until = async <T>(
  name: string,
  read: () => T | Promise<T>,
  holds: (value: T) => boolean = Boolean,
  { withinMs = WITHIN_MS }: { readonly withinMs?: number } = {},
): Promise<T> => {
  const startedAt = performance.now();
  const ended = new AbortController();
  const deadline = delay(withinMs, null, { signal: ended.signal }).catch(() => null);
  let last = 'nothing was read';
  let cause: unknown;
  try {
    for (;;) {
      try {
        const outcome = await Promise.race([Promise.resolve(read()).then((value) => ({ value })), deadline]);
        cause = undefined;
        if (outcome === null) {
          last = `${last}, and the next read did not end`;
          break;
        }
        if (holds(outcome.value)) return outcome.value;
        else last = `the last value was ${show(outcome.value)}`;
      } catch (error) {
        cause = error;
        last = `the last read failed: ${String(error)}`;
      }
      if (performance.now() - startedAt >= withinMs) break;
      await delay(READ_EVERY_MS);
    }
    throw new NotInTime(`${name}: not within ${withinMs} ms; ${last}`, { cause });
  } finally {
    ended.abort();
  }
};

class NotInTime extends Error {
  override readonly name = 'NotInTime';
}
