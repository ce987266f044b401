import { setTimeout as delay } from 'node:timers/promises';

/** The engine could not answer. After a write its outcome may be unknown: repeat the same. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

const codeOf = (error: unknown): string => (error as { readonly code?: unknown } | null)?.code?.toString() ?? '';

/** Whether somebody else held the lock: the same may succeed a moment later. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** What SQLite says of the statement or its values; everything else that it says, it says of itself, its file or its disk. */
const FAULTS_OF_THE_CALLER = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|TOOBIG|RANGE|MISUSE|AUTH)/;

/** Whether SQLite, its file or its disk failed, rather than what it was asked to do. */
export const isEngineFault = (error: unknown): boolean =>
  codeOf(error).startsWith('SQLITE_') && !FAULTS_OF_THE_CALLER.test(codeOf(error));

/** How long a lock of another process is waited out, in milliseconds. */
const LOCK_PATIENCE_MS = 5_000;
const MAX_PAUSE_MS = 5;

/** A pause of random length, so that those who wait for one lock do not come back together. */
const pauseMs = (): number => 1 + Math.random() * (MAX_PAUSE_MS - 1);

/** @returns what throws an error again, unless it is a lock that may yet be waited for */
const patience = (): ((error: unknown) => void) => {
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  return (error) => {
    if (isBusy(error) && performance.now() < deadline) return;
    throw isEngineFault(error) ? new EngineUnavailable(String(error), { cause: error }) : error;
  };
};

/**
 * Repeats what found the file locked, for up to five seconds.
 * @param run works synchronously and leaves no transaction behind when it throws
 * @throws EngineUnavailable when the file stayed locked or its disk refused, and whatever else `run` throws
 */
export const retryWhileBusy = async <T>(run: () => T): Promise<T> => {
  const giveUpUnlessBusy = patience();
  for (;;) {
    try {
      return run();
    } catch (error) {
      giveUpUnlessBusy(error);
    }
    await delay(pauseMs());
  }
};

/** The same for the one moment when nothing else can go on anyway: it blocks the process. */
export const retryWhileBusySync = <T>(run: () => T): T => {
  const giveUpUnlessBusy = patience();
  for (;;) {
    try {
      return run();
    } catch (error) {
      giveUpUnlessBusy(error);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs());
  }
};
