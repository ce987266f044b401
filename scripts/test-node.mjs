import './lib/require-node.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';
import { runInTerminal } from './lib/run.mjs';

/**
 * Runs the unit specs and the story on another Node.js, which is installed into a temporary folder. The services that the story
 * starts run on it too. The dependencies are those of this Node.js: the native ones use Node-API and work with every version.
 */
const VERSIONS = { 22: '22.23.3', 24: '24.21.0' };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stderr.write(`${line}\n`);

const main = async () => {
  const {
    positionals: [major],
    rest: jestOptions,
  } = readCommandLine('test:node');
  if (!Object.hasOwn(VERSIONS, major))
    throw new PreparationFailed(`There is no Node.js ${major} here. The versions are ${Object.keys(VERSIONS).join(', ')}.`, '');
  await prepare(root, print);
  const folder = mkdtempSync(join(tmpdir(), 'node-'));
  try {
    const name = `node-${process.platform}-${process.arch}`;
    const flags = ['--silent', '--no-audit', '--no-fund', '--no-save', '--prefix', folder];
    if ((await runInTerminal('npm', ['install', ...flags, `${name}@${VERSIONS[major]}`])) !== 0)
      throw new PreparationFailed(`Node.js ${VERSIONS[major]} could not be installed.`, '');
    const bin = join(folder, 'node_modules', name, 'bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    print(`On Node.js ${VERSIONS[major]}`);
    const args = ['node_modules/jest/bin/jest.js', 'unit.spec', 'e2e/story', ...jestOptions];
    return await runInTerminal(join(bin, 'node'), args, { cwd: root, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof PreparationFailed)) throw error;
  print(`${error.output}${error.message}`);
  process.exitCode = 1;
}
