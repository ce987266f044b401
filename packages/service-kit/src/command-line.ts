import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script';
import { REPOSITORY_ROOT, sharedSettings, type Settings } from './settings';
import { readUsableSettings } from './usable-settings';

/** The arguments and files that a command uses. */
export interface CommandUse {
  /** Maximum number of arguments, which must not begin with a dash; 0 by default. */
  readonly maxArguments?: number;
  /** Returns the files and folders that `DATA_DIR` must contain. */
  readonly reads?: (settings: Settings) => readonly string[];
}

const USAGE_ERROR = 2;

/**
 * Runs a command with the settings of the environment and, like `npm start`, of `.env`. Files that it creates are private to its
 * user. `scripts/run.mjs` handles `--help` before it calls the command; in a container, the command runs without that script.
 * @param main receives the settings and the arguments, and returns the exit code; no value means 0
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
      return USAGE_ERROR;
    }
    const envFile = join(REPOSITORY_ROOT, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    return main(await readUsableSettings(sharedSettings, { listeners: [], needsDataDir: false, ...(reads && { reads }) }), args);
  });
