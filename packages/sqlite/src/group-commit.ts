import { nextTurn } from '@rewards/async';
import type { Database } from './database';
import { EngineUnavailable, isEngineFault, retryWhileBusy } from './engine-error';
import { PROBE_TABLE } from './schema';

/** Order of waiting writes. A request that someone waits for is `interactive`; work that only has to be done soon is `background`. */
export type Priority = 'interactive' | 'background';

interface Job {
  readonly run: (database: Database) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Maximum jobs of each priority in one group. Interactive jobs wait for at most one group, so background jobs must keep it short. */
const MAX_IN_GROUP: Readonly<Record<Priority, number>> = { interactive: 256, background: 64 };
/** How long the outcome of a probe is reused, in milliseconds. */
const PROBE_MS = 1_000;

/**
 * Combines concurrent writes into one transaction with one fsync. Each job runs in its own savepoint, so a job that throws rolls
 * back only its own changes. Results are returned only after the commit.
 *
 * A group begins with interactive jobs. Background jobs fill a bounded part of every group, so neither priority starves the other.
 *
 * No other code runs between BEGIN and COMMIT, so a read on the same connection never sees uncommitted data.
 */
export class GroupCommit {
  private readonly waiting: Readonly<Record<Priority, Job[]>> = { interactive: [], background: [] };
  private running: Promise<void> | null = null;
  private closed = false;
  private probed: { readonly at: number; readonly outcome: Promise<void> } | null = null;

  /** @param onCommit called after each commit, before the next transaction can begin */
  constructor(
    private readonly database: Database,
    private readonly onCommit: () => void = () => undefined,
  ) {}

  /**
   * Runs a write as part of the next group.
   * @param run a synchronous function, run inside the transaction of the group; it runs again if the transaction is retried
   * @param priority the order among the waiting writes. Writes of one priority run in order of arrival
   * @returns the result of `run`, after the commit
   * @throws the error of `run`; EngineUnavailable if the file stays locked or the disk fails; EngineDamaged
   */
  write<T>(run: (database: Database) => T, priority: Priority = 'interactive'): Promise<T> {
    if (this.closed) return Promise.reject(new EngineUnavailable('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.waiting[priority].push({ run, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /**
   * Checks that a write succeeds, by committing a row of a separate table at most once a second.
   * @throws EngineUnavailable, EngineDamaged
   */
  probe(): Promise<void> {
    const now = performance.now();
    if (!this.probed || now - this.probed.at >= PROBE_MS) this.probed = { at: now, outcome: this.write(writeProbe) };
    return this.probed.outcome;
  }

  /** Completes the pending jobs and rejects new ones. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async drain(): Promise<void> {
    const { interactive, background } = this.waiting;
    while (interactive.length > 0 || background.length > 0) {
      // Yields to the event loop before each group: new jobs can join the group, and sockets are not starved.
      await nextTurn();
      await this.commit([...interactive.splice(0, MAX_IN_GROUP.interactive), ...background.splice(0, MAX_IN_GROUP.background)]);
    }
    this.running = null;
  }

  private async commit(group: readonly Job[]): Promise<void> {
    try {
      const outcomes = await retryWhileBusy(() => this.transact(group));
      group.forEach((job, index) => settle(job, outcomes[index] as Outcome));
    } catch (error) {
      for (const job of group) job.reject(error);
    }
  }

  private transact(group: readonly Job[]): readonly Outcome[] {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = group.map((job) => this.runInSavepoint(job));
      this.database.exec('COMMIT');
      this.onCommit();
      return outcomes;
    } catch (error) {
      // Some failures, such as a full disk, have already rolled back the transaction.
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  private runInSavepoint(job: Job): Outcome {
    this.database.exec('SAVEPOINT job');
    try {
      const value = job.run(this.database);
      this.database.exec('RELEASE job');
      return { value };
    } catch (error) {
      if (isEngineFault(error)) throw error;
      this.database.exec('ROLLBACK TO job');
      this.database.exec('RELEASE job');
      return { error };
    }
  }
}

const writeProbe = (database: Database): void => {
  database.exec(`CREATE TABLE IF NOT EXISTS ${PROBE_TABLE} (only INTEGER PRIMARY KEY CHECK (only = 1), beat INTEGER NOT NULL)`);
  database.exec(`INSERT INTO ${PROBE_TABLE} VALUES (1, 1) ON CONFLICT DO UPDATE SET beat = beat + 1`);
};

const settle = (job: Job, outcome: Outcome): void => {
  if ('error' in outcome) job.reject(outcome.error);
  else job.resolve(outcome.value as never);
};
