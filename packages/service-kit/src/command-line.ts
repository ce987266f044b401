import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, REPOSITORY_ROOT, type Settings } from './settings';

/**
 * Runs a task of the command line with the settings of the environment and, like `npm start`, of `.env`. A failure is one sentence
 * and exit code 1.
 */
export const runCommand = async (task: (settings: Settings) => Promise<void>): Promise<void> => {
  process.umask(0o077);
  try {
    const envFile = join(REPOSITORY_ROOT, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    await task(readSettings());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
};
