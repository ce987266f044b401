import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';

/**
 * Runs what is tested on real engines: each port's contract suite, the story, and seeds of the fault suite. An engine whose setting
 * is there is used as it is; the others are started, and ended afterwards. One that cannot be had fails the run, unless
 * `--without` names it.
 * An EventStoreDB may hold events of earlier runs. The double can take its place, and prints the URL for EVENTSTORE_URL:
 * node packages/testing/src/run-typescript.cjs packages/event-store/src/testing/eventstoredb-double/serve.ts
 */
const SETTINGS = { eventstoredb: 'EVENTSTORE_URL', mongodb: 'MONGODB_URL', kafka: 'KAFKA_BROKERS' };
const SPECS = ['adapters/(eventstoredb|mongodb|kafka)\\.int\\.spec', 'e2e/engines\\.e2e\\.spec'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stdout.write(`${line}\n`);

const main = async () => {
  const { values, rest: forJest } = readCommandLine('test:engines');
  const unknown = values.without.find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown) throw new Error(`There is no engine ${unknown}: ${Object.keys(SETTINGS).join(', ')}.`);

  await prepare(root, say);
  // It needs the dependencies that have just been installed.
  const { enginesDown, enginesUp } = await import('../testing/engines/lib/engines.mjs');
  const isMissing = (name) => !process.env[SETTINGS[name]] && !values.without.includes(name);
  const isStarting = Object.keys(SETTINGS).some(isMissing);
  try {
    const started = isStarting ? await enginesUp(undefined, say) : {};
    const env = { ...started, ...process.env };
    const skipped = Object.entries(SETTINGS).flatMap(([name, setting]) => (env[setting] ? [] : [name]));
    for (const name of skipped) say(`skipped: ${name} (no ${SETTINGS[name]}, no Docker)`);
    const run = async (...command) => {
      const [code] = await once(spawn(process.execPath, command, { cwd: root, env, stdio: 'inherit' }), 'exit');
      return code === 0;
    };
    const isRight = await run('node_modules/jest/bin/jest.js', '--runInBand', ...SPECS, ...forJest);
    const isSound = await run('e2e/dist/faults/faults.js', '--seeds', values.seeds);
    const refused = skipped.filter((name) => !values.without.includes(name));
    if (refused.length > 0) say(`Not tested on ${refused.join(', ')}: set its setting, or have Docker, or say --without.`);
    return isRight && isSound && refused.length === 0 ? 0 : 1;
  } finally {
    if (isStarting) await enginesDown();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof PreparationFailed ? `${error.output.trimEnd()}\n${error.message}` : error.message);
  process.exitCode = 1;
}
