import './lib/require-node.mjs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, PreparationFailed } from './lib/prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stderr.write(`${line}\n`);

try {
  await prepare(root, print);
} catch (error) {
  if (!(error instanceof PreparationFailed)) throw error;
  print(`${error.output.trimEnd()}\n${error.message}`);
  process.exitCode = 1;
}
