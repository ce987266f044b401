import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script';
import { readSettings, REPOSITORY_ROOT, type Settings } from './settings';

/**
 * Runs a script of the command line with the settings of the environment and, like `npm start`, of `.env`. What it writes is for its
 * own user alone.
 */
export const runCommand = (task: (settings: Settings) => Promise<void>): void =>
  runScript(async () => {
    process.umask(0o077);
    const envFile = join(REPOSITORY_ROOT, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    await task(readSettings());
  });
