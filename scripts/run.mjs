import './lib/require-node.mjs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';
import { runInTerminal } from './lib/run.mjs';

/** Checks the arguments of a command, installs and builds, and runs its programs: `node scripts/run.mjs <command> …`. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stderr.write(`${line}\n`);
const [name, ...args] = process.argv.slice(2);
const { programs } = readCommandLine(name, args);

const main = async () => {
  await prepare(root, print);
  const paths = programs.map((program) => join(root, program));
  for (const path of paths.slice(0, -1)) {
    const code = await runInTerminal(process.execPath, [path, ...args]);
    if (code !== 0) process.exit(code);
  }
  const last = paths.at(-1);
  process.argv = [process.execPath, last, ...args];
  await import(pathToFileURL(last));
};

try {
  await main();
} catch (error) {
  if (!(error instanceof PreparationFailed)) throw error;
  print(`${error.output.trimEnd()}\n${error.message}`);
  process.exitCode = 1;
}
