import './lib/require-node.mjs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { runInTerminal } from './lib/run.mjs';

const STEPS = ['faults', 'fuzz', 'bench', 'mutations', 'node-22', 'node-24'];
const NUMBERS = ['minutes', 'requests', 'seed', 'seeds', 'soak'];

const { values } = readCommandLine('nightly');

/** Checks the options. @returns an error message, or null */
const errorIn = ({ only = [] }) => {
  const unknown = only.find((name) => !STEPS.includes(name));
  if (unknown !== undefined) return `There is no step ${unknown}. The steps are ${STEPS.join(', ')}.`;
  const invalid = NUMBERS.find((name) => values[name] !== undefined && !/^\d{1,9}$/.test(values[name]));
  return invalid === undefined ? null : `--${invalid} must be a whole number.`;
};

const error = errorIn(values);
if (error !== null) {
  process.stderr.write(`${error}\n`);
  process.exit(2);
}

const settings = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [`NIGHTLY_${name.toUpperCase()}`, String(value)]),
);
process.exitCode = await runInTerminal('bash', ['.ci/nightly'], {
  cwd: dirname(dirname(fileURLToPath(import.meta.url))),
  env: { ...process.env, ...settings },
});
