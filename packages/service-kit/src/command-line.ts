import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script';
import { REPOSITORY_ROOT, sharedSettings, type Settings } from './settings';
import { readUsableSettings } from './usable-settings';

/** What a command takes and needs. */
export interface CommandUse {
  /** Most arguments that it takes; none of them begins with a dash. By default it takes none. */
  readonly maxArguments?: number;
  /** Files and folders of `DATA_DIR` without which it is the wrong folder. */
  readonly reads?: (settings: Settings) => readonly string[];
}

const WRONG_ARGUMENTS = 2;

/**
 * Runs a command with the settings of the environment and, like `npm start`, of `.env`. What it writes is for its own user alone.
 * `scripts/run.mjs` has explained its options already; in a container it is called without that.
 * @param main gets the settings and the arguments, and returns the exit code, 0 when it returns nothing
 */
export const runCommand = (
  main: (settings: Settings, args: readonly string[]) => Promise<number | void>,
  { maxArguments = 0, reads }: CommandUse = {},
): void =>
  runScript(async () => {
    process.umask(0o077);
    const args = process.argv.slice(2);
    const unexpected = args.find((argument, index) => index >= maxArguments || argument.startsWith('-'));
    if (unexpected !== undefined) {
      process.stderr.write(`Unexpected argument '${unexpected}'. npm run <command> -- --help prints the usage.\n`);
      return WRONG_ARGUMENTS;
    }
    const envFile = join(REPOSITORY_ROOT, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    return main(await readUsableSettings(sharedSettings, { listeners: [], needsDataDir: false, ...(reads && { reads }) }), args);
  });
