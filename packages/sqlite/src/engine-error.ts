import { basename } from 'node:path';
import { sleep } from '@rewards/async';

/** The engine could not answer now. After a write its outcome may be unknown: retry the same write. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

/** No retry helps: the file is damaged, or it is not a file of this system. The message names the file and the remedy. */
export class EngineDamaged extends Error {
  override readonly name = 'EngineDamaged';
}

/** A file as its errors name it. */
export interface NamedFile {
  readonly file: string;
  /** What to do about a damaged file once the services are stopped, as an imperative clause. */
  readonly remedy?: string;
}

const RESTORE = 'restore it from a backup: see Restore in docs/operations.md';

/** @param what what is wrong with the file, such as "is damaged (…)" */
export const damaged = ({ file, remedy = RESTORE }: NamedFile, what: string, cause?: unknown): EngineDamaged =>
  new EngineDamaged(`${file} ${what}. Stop the services and ${remedy}`, { cause });

const codeOf = (error: unknown): string => (error as { readonly code?: unknown } | null)?.code?.toString() ?? '';

/** Whether another connection held the lock: a retry may succeed a moment later. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** What SQLite reports about a statement or its values; every other code is about SQLite itself, its file or its disk. */
const FAULTS_OF_THE_CALLER = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|TOOBIG|RANGE|MISUSE|AUTH)/;
/** What SQLite reports about a file that no retry repairs. */
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/;

/** Whether SQLite, its file or its disk failed, rather than the statement. */
export const isEngineFault = (error: unknown): boolean =>
  error instanceof EngineUnavailable ||
  error instanceof EngineDamaged ||
  (codeOf(error).startsWith('SQLITE_') && !FAULTS_OF_THE_CALLER.test(codeOf(error)));

/** @returns EngineDamaged or EngineUnavailable for a failure of the file; a lock and a fault of the caller stay as they are */
export const describeFault = (error: unknown, named: NamedFile): unknown => {
  const code = codeOf(error);
  if (!isEngineFault(error) || isBusy(error) || code === '') return error;
  const reported = `${code}: ${(error as Error).message}`;
  if (DAMAGE.test(code)) return damaged(named, `is damaged (${reported})`, error);
  const what = code.startsWith('SQLITE_FULL') ? `the disk of ${basename(named.file)} is full` : 'the file cannot be used';
  return new EngineUnavailable(`${named.file}: ${what} (${reported})`, { cause: error });
};

/** How long a lock of another process is waited for, in milliseconds. */
const LOCK_PATIENCE_MS = 5_000;
const MAX_PAUSE_MS = 5;

/** A pause of random length, so that processes that wait for one lock do not retry at the same moment. */
const pauseMs = (): number => 1 + Math.random() * (MAX_PAUSE_MS - 1);

/** @returns a function that throws an error again, unless it is a lock that may still be released in time */
const patience = (ms: number): ((error: unknown) => void) => {
  const deadline = performance.now() + ms;
  return (error) => {
    if (!isBusy(error)) throw error;
    if (performance.now() < deadline) return;
    throw new EngineUnavailable(`the file stays locked by another process (${String(error)})`, { cause: error });
  };
};

/**
 * Retries what found the file locked, for up to five seconds.
 * @param run works synchronously and leaves no transaction open when it throws
 * @throws EngineUnavailable when the file stayed locked, and whatever else `run` throws
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

/** The same where the process has nothing else to do: it blocks the process. */
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
