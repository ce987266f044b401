import '../../scripts/lib/require-node.mjs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../../scripts/lib/command-line.mjs';
import { prepareDependencies } from '../../scripts/lib/prepare.mjs';

/** Prints only the settings on standard output, so that `export $(node testing/engines/up.mjs)` works. The rest is on stderr. */
const { positionals: names } = readCommandLine('engines:up');
const print = (line) => process.stderr.write(`${line}\n`);
const startedAt = Date.now();
try {
  await prepareDependencies(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), print);
  // Loaded here, because it needs the dependencies that were just installed.
  const { enginesUp } = await import('./lib/engines.mjs');
  const settings = await enginesUp(names.length > 0 ? names : undefined, print);
  for (const [name, value] of Object.entries(settings)) process.stdout.write(`${name}=${value}\n`);
  print(`The engines are ready after ${((Date.now() - startedAt) / 1_000).toFixed(1)} s. npm run engines:down stops them.`);
} catch (error) {
  print(error.output === undefined ? error.message : `${error.output.trimEnd()}\n${error.message}`);
  process.exitCode = 1;
}
