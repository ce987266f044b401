import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { openDatabase } from '../database';

export interface EngineFault {
  /** Resolves after the first failure. */
  readonly occurred: Promise<void>;
  /** Ends the fault. */
  lift(): void;
}

interface FaultOptions {
  /** Error code of SQLite, such as `SQLITE_FULL`. */
  readonly code: string;
  /** Commands that fail. Default: all commands and all prepared statements. */
  readonly on?: RegExp;
  /** Number of failures. Default: until the fault is lifted. */
  readonly times?: number;
}

/** Makes every open database fail, as SQLite does when its disk fails or another process holds a lock. */
export const breakEngine = ({ code, on, times = Infinity }: FaultOptions): EngineFault => {
  const { database, statement } = prototypes();
  let remaining = times;
  let resolveMet = (): void => undefined;
  const met = new Promise<void>((resolve) => (resolveMet = resolve));

  const failing = (real: (...parameters: unknown[]) => unknown, isHit: (...parameters: unknown[]) => boolean) =>
    function (this: unknown, ...parameters: unknown[]): unknown {
      if (remaining <= 0 || !isHit(...parameters)) return real.apply(this, parameters);
      remaining -= 1;
      resolveMet();
      throw Object.assign(new Error(`${code}, injected by the test`), { code });
    };

  const { exec } = database;
  const { all, run } = statement;
  const spies = [jest.spyOn(database, 'exec').mockImplementation(failing(exec, (sql) => !on || on.test(String(sql))))];
  if (!on) {
    spies.push(jest.spyOn(statement, 'all').mockImplementation(failing(all, () => true)));
    spies.push(jest.spyOn(statement, 'run').mockImplementation(failing(run, () => true)));
  }
  return {
    occurred: met,
    lift: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
};

/** Counts the commits during some work. Each commit is one fsync. */
export const countCommits = async (work: () => Promise<unknown>): Promise<number> => {
  const spy = jest.spyOn(prototypes().database, 'exec');
  try {
    await work();
    return spy.mock.calls.filter(([sql]) => sql === 'COMMIT').length;
  } finally {
    spy.mockRestore();
  }
};

type Methods<Name extends string> = Record<Name, (...parameters: unknown[]) => unknown>;

const prototypes = (): { readonly database: Methods<'exec'>; readonly statement: Methods<'all' | 'run'> } => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'));
  const sample = openDatabase({ file: join(directory, 'sample.db') });
  const statement = sample.prepare('SELECT 1');
  sample.close();
  rmSync(directory, { recursive: true });
  return {
    database: Object.getPrototypeOf(sample) as Methods<'exec'>,
    statement: Object.getPrototypeOf(statement) as Methods<'all' | 'run'>,
  };
};
