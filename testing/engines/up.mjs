import '../../scripts/lib/require-node.mjs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../../scripts/lib/command-line.mjs';
import { prepareDependencies } from '../../scripts/lib/prepare.mjs';

/** Prints the settings alone, so that `export $(node testing/engines/up.mjs)` works; all else goes to standard error. */
const { positionals: names } = readCommandLine('engines:up');
const say = (line) => process.stderr.write(`${line}\n`);
const began = Date.now();
try {
  await prepareDependencies(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), say);
  // It needs the dependencies that have just been installed.
  const { enginesUp } = await import('./lib/engines.mjs');
  const settings = await enginesUp(names.length > 0 ? names : undefined, say);
  for (const [name, value] of Object.entries(settings)) process.stdout.write(`${name}=${value}\n`);
  say(`The engines answer after ${((Date.now() - began) / 1_000).toFixed(1)} s. npm run engines:down ends them.`);
} catch (error) {
  say(error.output === undefined ? error.message : `${error.output.trimEnd()}\n${error.message}`);
  process.exitCode = 1;
}
