import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';

/** Checks the arguments of a command, installs and builds, and runs its programs: `node scripts/run.mjs <command> …`. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stderr.write(`${line}\n`);
const [name, ...args] = process.argv.slice(2);
const { programs } = readCommandLine(name, args);

/** Runs a program in a child process, which receives the signals of this one. @returns its exit code */
const runChild = async (program) => {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
  const [code, signal] = await once(child, 'exit');
  for (const forwarded of ['SIGINT', 'SIGTERM']) process.off(forwarded, forward);
  return code ?? 128 + constants.signals[signal];
};

const main = async () => {
  await prepare(root, print);
  const paths = programs.map((program) => join(root, program));
  for (const path of paths.slice(0, -1)) {
    const code = await runChild(path);
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
