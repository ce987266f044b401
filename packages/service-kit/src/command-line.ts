import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script';
import { REPOSITORY_ROOT, sharedSettings, type Settings } from './settings';
import { readUsableSettings } from './usable-settings';

/** The arguments and files that a command uses. */
export interface CommandUse {
  /** Maximum number of arguments, which must not begin with a dash; 0 by default. */
  readonly maxArguments?: number;
  /** Names of options, without dashes. Each has a value. */
  readonly options?: readonly string[];
  /** Returns the files and folders that `DATA_DIR` must contain. */
  readonly reads?: (settings: Settings) => readonly string[];
}

const USAGE_ERROR = 2;

/** The values of options, by name. */
export type OptionValues = Readonly<Partial<Record<string, string>>>;

/** Takes `--name value` and `--name=value` out of the arguments. */
const separate = (all: readonly string[], options: readonly string[]): { args: readonly string[]; values: OptionValues } => {
  const [args, values]: [string[], Record<string, string>] = [[], {}];
  for (let index = 0; index < all.length; index += 1) {
    const argument = all[index] ?? '';
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (!options.includes(name)) args.push(argument);
    else values[name] = value ?? all[(index += 1)] ?? '';
  }
  return { args, values };
};

/**
 * Runs a command with the settings of the environment and, like `npm start`, of `.env`. Files that it creates are private to its
 * user. `scripts/run.mjs` handles `--help` before it calls the command; in a container, the command runs without that script.
 * @param main receives the settings, the arguments and the values of options, and returns the exit code; no value means 0
 */
export const runCommand = (
  main: (settings: Settings, args: readonly string[], values: OptionValues) => Promise<number | void>,
  { maxArguments = 0, options = [], reads }: CommandUse = {},
): void =>
  runScript(async () => {
    process.umask(0o077);
    const { args, values } = separate(process.argv.slice(2), options);
    const unexpected = args.find((argument, index) => index >= maxArguments || (argument.startsWith('-') && argument !== '-'));
    if (unexpected !== undefined) {
      process.stderr.write(`Unexpected argument '${unexpected}'. npm run <command> -- --help prints the usage.\n`);
      return USAGE_ERROR;
    }
    const envFile = join(REPOSITORY_ROOT, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    return main(
      await readUsableSettings(sharedSettings, { listeners: [], needsDataDir: false, ...(reads && { reads }) }),
      args,
      values,
    );
  });
