import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './database';

/** The engine could not answer. After a write its outcome may be unknown: repeat the same. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

interface Job {
  readonly run: (database: Database) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
}

const MAX_GROUP = 256;
const LOCK_PATIENCE_MS = 5_000;

const isBusy = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? '';
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || /database is locked/.test(String(error));
};

const isEngineError = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? '';
  return code.startsWith('SQLITE_') && !code.startsWith('SQLITE_CONSTRAINT');
};

/**
 * Gathers the writes that wait at the same moment into one transaction with one fsync. Each job runs in a savepoint of its
 * own: a job that throws undoes itself alone. What every job returned is handed out only after the commit.
 */
export class GroupCommit {
  private readonly waiting: Job[] = [];
  private running: Promise<void> | null = null;
  private closed = false;

  constructor(private readonly database: Database) {}

  /**
   * @param run works on the database synchronously, inside the group's transaction
   * @returns what `run` returned, once it is durable
   * @throws what `run` threw, or EngineUnavailable when the file stayed locked or its disk refused
   */
  write<T>(run: (database: Database) => T): Promise<T> {
    if (this.closed) return Promise.reject(new EngineUnavailable('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ run, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Lets the waiting jobs finish and takes no more. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      // One turn of the event loop before each group: what it brings joins the group, and sockets are never starved.
      await new Promise(setImmediate);
      await this.commitGroup(this.waiting.splice(0, MAX_GROUP));
    }
    this.running = null;
  }

  private async commitGroup(group: readonly Job[]): Promise<void> {
    try {
      await this.begin();
      const outcomes = group.map((job) => this.runInSavepoint(job));
      this.database.exec('COMMIT');
      group.forEach((job, index) => settle(job, outcomes[index] ?? {}));
    } catch (error) {
      this.rollback();
      const failure = isEngineError(error) || isBusy(error) ? new EngineUnavailable(String(error), { cause: error }) : error;
      for (const job of group) job.reject(failure);
    }
  }

  private async begin(): Promise<void> {
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      try {
        this.database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await delay(1 + Math.random() * 10);
      }
    }
  }

  private runInSavepoint(job: Job): Outcome {
    this.database.exec('SAVEPOINT job');
    try {
      const value = job.run(this.database);
      this.database.exec('RELEASE job');
      return { value };
    } catch (error) {
      if (isEngineError(error)) throw error;
      this.database.exec('ROLLBACK TO job');
      this.database.exec('RELEASE job');
      return { error };
    }
  }

  private rollback(): void {
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }
}

const settle = (job: Job, outcome: Outcome): void => {
  if ('error' in outcome) job.reject(outcome.error);
  else job.resolve(outcome.value as never);
};
