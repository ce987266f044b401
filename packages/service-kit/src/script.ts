import { reasonOf } from './failures';
import { InvalidSettings } from './settings';

/**
 * Runs a command-line script. The exit code is 1 until the script has ended, because a process whose event loop becomes empty
 * while the script still waits has not succeeded.
 * @param main returns the exit code; no value means 0
 */
export const runScript = (main: () => Promise<number | void>): void => {
  process.exitCode = 1;
  main().then(
    (code) => (process.exitCode = code ?? 0),
    (error: unknown) => void process.stderr.write(`${error instanceof InvalidSettings ? error.message : reasonOf(error)}\n`),
  );
};
