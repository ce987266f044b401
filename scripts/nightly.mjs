import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';

const STEPS = ['faults', 'fuzz', 'mutations', 'node-22', 'node-24'];
const NUMBERS = ['minutes', 'requests', 'seed', 'seeds', 'soak'];

const { values } = readCommandLine('nightly');

/** @returns what is wrong with the options, in one sentence; null for nothing */
const faultOf = ({ only = [] }) => {
  const unknown = only.find((name) => !STEPS.includes(name));
  if (unknown !== undefined) return `There is no step ${unknown}. The steps are ${STEPS.join(', ')}.`;
  const wrong = NUMBERS.find((name) => values[name] !== undefined && !/^\d{1,9}$/.test(values[name]));
  return wrong === undefined ? null : `--${wrong} must be a whole number.`;
};

const fault = faultOf(values);
if (fault !== null) {
  process.stderr.write(`${fault}\n`);
  process.exit(2);
}

const settings = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [`NIGHTLY_${name.toUpperCase()}`, String(value)]),
);
const child = spawn('bash', ['.ci/nightly'], {
  cwd: dirname(dirname(fileURLToPath(import.meta.url))),
  env: { ...process.env, ...settings },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
