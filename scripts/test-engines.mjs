import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';

/**
 * Runs the contract suites of the ports, the story and the fault suite on real engines. Engines that the settings name are used
 * unchanged. The others are started, and stopped afterwards. The run fails if an engine is unavailable, unless `--without` names
 * it.
 * An EventStoreDB may contain events of earlier runs. The double can replace it, and prints the URL for EVENTSTORE_URL:
 * node packages/testing/src/run-typescript.cjs packages/event-store/src/testing/eventstoredb-double/serve.ts
 */
const SETTINGS = { eventstoredb: 'EVENTSTORE_URL', mongodb: 'MONGODB_URL', kafka: 'KAFKA_BROKERS' };
const SPECS = ['adapters/(eventstoredb|mongodb|kafka)\\.int\\.spec', 'e2e/(engines\\.e2e|integration\\.int)\\.spec'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stdout.write(`${line}\n`);

const main = async () => {
  const { values, rest: jestOptions } = readCommandLine('test:engines');
  const unknown = values.without.find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown) throw new Error(`There is no engine ${unknown}. The engines are ${Object.keys(SETTINGS).join(', ')}.`);

  await prepare(root, print);
  // Loaded here, because it needs the dependencies that were just installed.
  const { enginesDown, enginesUp } = await import('../testing/engines/lib/engines.mjs');
  const isMissing = (name) => !process.env[SETTINGS[name]] && !values.without.includes(name);
  const isStarting = Object.keys(SETTINGS).some(isMissing);
  try {
    const started = isStarting ? await enginesUp(undefined, print) : {};
    const env = { ...started, ...process.env };
    const skipped = Object.entries(SETTINGS).flatMap(([name, setting]) => (env[setting] ? [] : [name]));
    for (const name of skipped) print(`skipped: ${name} (no ${SETTINGS[name]}, no Docker)`);
    const run = async (...command) => {
      const [code] = await once(spawn(process.execPath, command, { cwd: root, env, stdio: 'inherit' }), 'exit');
      return code === 0;
    };
    const specsPassed = await run('node_modules/jest/bin/jest.js', '--runInBand', ...SPECS, ...jestOptions);
    const faultsPassed = await run('e2e/dist/faults/faults.js', '--seeds', values.seeds);
    const required = skipped.filter((name) => !values.without.includes(name));
    if (required.length > 0)
      print(`Not tested on ${required.join(', ')}. Name a server in its setting, install Docker, or pass --without.`);
    return specsPassed && faultsPassed && required.length === 0 ? 0 : 1;
  } finally {
    if (isStarting) await enginesDown();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  print(error instanceof PreparationFailed ? `${error.output.trimEnd()}\n${error.message}` : error.message);
  process.exitCode = 1;
}
