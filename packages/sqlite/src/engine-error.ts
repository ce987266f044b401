import { basename } from 'node:path';
import { sleep } from '@rewards/async';

/** The engine is unavailable. The outcome of a write may be unknown: retry the same write. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

/** No retry helps: the file is damaged, or it is not a file of this system. The message names the file and the remedy. */
export class EngineDamaged extends Error {
  override readonly name = 'EngineDamaged';
}

/** The file that an error message names. */
export interface NamedFile {
  readonly file: string;
  /** How to repair a damaged file after the services were stopped, as an imperative clause. */
  readonly remedy?: string;
}

const RESTORE = 'restore it from a backup: see Restore in docs/operations.md';

/** Creates the error for a damaged file. @param what the predicate of the message, such as "is damaged (…)" */
export const damaged = ({ file, remedy = RESTORE }: NamedFile, what: string, cause?: unknown): EngineDamaged =>
  new EngineDamaged(`${file} ${what}. Stop the services and ${remedy}`, { cause });

const codeOf = (error: unknown): string => (error as { readonly code?: unknown } | null)?.code?.toString() ?? '';

/** Whether another connection holds the lock, so that a retry may succeed. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** Error codes for a wrong statement or value. Every other code is a failure of SQLite, its file or its disk. */
const CALLER_ERRORS = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|TOOBIG|RANGE|MISUSE|AUTH)/;
/** Error codes for a damaged file. */
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/;

/** Whether SQLite, its file or its disk failed, as opposed to the statement. */
export const isEngineFault = (error: unknown): boolean =>
  error instanceof EngineUnavailable ||
  error instanceof EngineDamaged ||
  (codeOf(error).startsWith('SQLITE_') && !CALLER_ERRORS.test(codeOf(error)));

/** @returns EngineDamaged or EngineUnavailable for a failure of the file; a lock or caller error unchanged */
export const describeFault = (error: unknown, named: NamedFile): unknown => {
  const code = codeOf(error);
  if (!isEngineFault(error) || isBusy(error) || code === '') return error;
  const reported = `${code}: ${(error as Error).message}`;
  if (DAMAGE.test(code)) return damaged(named, `is damaged (${reported})`, error);
  const what = code.startsWith('SQLITE_FULL') ? `the disk of ${basename(named.file)} is full` : 'the file cannot be used';
  return new EngineUnavailable(`${named.file}: ${what} (${reported})`, { cause: error });
};

/** How long to wait for a lock of another process, in milliseconds. */
const LOCK_PATIENCE_MS = 5_000;
const MAX_PAUSE_MS = 5;

/** A random pause, so that processes that wait for the same lock do not retry at the same moment. */
const pauseMs = (): number => 1 + Math.random() * (MAX_PAUSE_MS - 1);

/** @returns a function that rethrows an error, unless it is a lock and time is left */
const patience = (ms: number): ((error: unknown) => void) => {
  const deadline = performance.now() + ms;
  return (error) => {
    if (!isBusy(error)) throw error;
    if (performance.now() < deadline) return;
    throw new EngineUnavailable(`the file is still locked by another process after ${ms} ms (${String(error)})`, {
      cause: error,
    });
  };
};

/**
 * Retries a function while the file is locked, for up to five seconds.
 * @param run a synchronous function that leaves no transaction open when it throws
 * @throws EngineUnavailable if the file stays locked; any other error of `run`
 */
export const retryWhileBusy = async <T>(run: () => T): Promise<T> => {
  const giveUpUnlessBusy = patience(LOCK_PATIENCE_MS);
  for (;;) {
    try {
      return run();
    } catch (error) {
      giveUpUnlessBusy(error);
    }
    await sleep(pauseMs());
  }
};

/** Like `retryWhileBusy`, but blocks the process while it waits. */
export const retryWhileBusySync = <T>(run: () => T, patienceMs = LOCK_PATIENCE_MS): T => {
  const giveUpUnlessBusy = patience(patienceMs);
  for (;;) {
    try {
      return run();
    } catch (error) {
      giveUpUnlessBusy(error);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs());
  }
};
