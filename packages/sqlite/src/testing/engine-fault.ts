import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { openDatabase } from '../database';

export interface EngineFault {
  /** Resolves when the engine has failed for the first time. */
  readonly met: Promise<void>;
  /** The engine is well again. */
  lift(): void;
}

export interface FaultOptions {
  /** What SQLite says, for instance `SQLITE_FULL`. */
  readonly code: string;
  /** Which commands fail; all of them, and all prepared statements too, when it is left out. */
  readonly on?: RegExp;
  /** How often; until it is lifted, when it is left out. */
  readonly times?: number;
}

/** Lets every open database fail as SQLite does when its disk refuses or somebody else holds its locks. */
export const breakEngine = ({ code, on, times = Infinity }: FaultOptions): EngineFault => {
  const { database, statement } = prototypes();
  let left = times;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));

  const failing = (real: (...parameters: unknown[]) => unknown, isHit: (...parameters: unknown[]) => boolean) =>
    function (this: unknown, ...parameters: unknown[]): unknown {
      if (left <= 0 || !isHit(...parameters)) return real.apply(this, parameters);
      left -= 1;
      meet();
      throw Object.assign(new Error(`the test says ${code}`), { code });
    };

  const { exec } = database;
  const { all, run } = statement;
  const spies = [jest.spyOn(database, 'exec').mockImplementation(failing(exec, (sql) => !on || on.test(String(sql))))];
  if (!on) {
    spies.push(jest.spyOn(statement, 'all').mockImplementation(failing(all, () => true)));
    spies.push(jest.spyOn(statement, 'run').mockImplementation(failing(run, () => true)));
  }
  return {
    met,
    lift: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
};

/** Counts the commits, each of which is one fsync. */
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
