import { killEngine } from './lib/engines.mjs';

/** Ends engines as a power cut would; `up.mjs` starts them again on the same ports and data. */
for (const name of process.argv.slice(2)) await killEngine(name);
