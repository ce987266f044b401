import { killEngine } from './lib/engines.mjs';

/** Kills engines with SIGKILL. `up.mjs` restarts them with the same ports and data. */
for (const name of process.argv.slice(2)) await killEngine(name);
