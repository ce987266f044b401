import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';

/** `node scripts/run.mjs <command> …`: checks the arguments, prepares the folder, and runs the built programs of the command. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`${line}\n`);
const [name, ...args] = process.argv.slice(2);
const { programs } = readCommandLine(name, args);

/** In a process of its own. A signal to this one ends it too. @returns its exit code */
const runFirst = async (program) => {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  const passOn = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, passOn);
  const [code, signal] = await once(child, 'exit');
  for (const passed of ['SIGINT', 'SIGTERM']) process.off(passed, passOn);
  return code ?? 128 + constants.signals[signal];
};

const main = async () => {
  await prepare(root, say);
  const paths = programs.map((program) => join(root, program));
  for (const path of paths.slice(0, -1)) {
    const code = await runFirst(path);
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
  say(`${error.output.trimEnd()}\n${error.message}`);
  process.exitCode = 1;
}
