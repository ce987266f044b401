import { ENGINE_NAMES, enginesUp } from './lib/engines.mjs';

/** Prints the settings alone, so that `export $(node testing/engines/up.mjs)` works; all else goes to stderr. */
const names = process.argv.slice(2);
const unknown = names.find((name) => !ENGINE_NAMES.includes(name));
if (unknown) throw new Error(`there is no engine ${unknown}: ${ENGINE_NAMES.join(', ')}`);
const began = Date.now();
const settings = await enginesUp(names.length > 0 ? names : undefined);
for (const [name, value] of Object.entries(settings)) process.stdout.write(`${name}=${value}\n`);
process.stderr.write(`engines answer after ${((Date.now() - began) / 1_000).toFixed(1)} s\n`);
