import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run, runNode } from './run.mjs';
import { withLock } from './lock.mjs';

/** A step of the preparation failed; `output` is what its tool said. */
export class PreparationFailed extends Error {
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Makes a clone runnable: dependencies as the lock file says, and the sources built. What is up to date is left alone, and of
 * several processes that ask at once each waits for the one before it.
 * @param {(line: string) => void} say
 * @throws PreparationFailed
 */
export const prepare = (root, say) =>
  exclusively(root, say, async () => {
    await install(root, say);
    await build(root, say);
  });

/** The first half of `prepare`, for what does not run the built code. */
export const prepareDependencies = (root, say) => exclusively(root, say, () => install(root, say));

const exclusively = (root, say, task) =>
  withLock(join(root, '.prepare.lock'), task, () => say('Waiting for another process that prepares this folder.'));

const install = async (root, say) => {
  const marker = join(root, 'node_modules', '.prepared');
  const wanted = fingerprint(root);
  if (readIfThere(marker) === wanted) return;

  say('Installing the dependencies (npm ci) …');
  const startedAt = performance.now();
  const [command, ...args] = npm();
  const { ok, output } = await run(command, [...args, 'ci', '--include=dev'], {
    cwd: root,
    env: withoutCallersOptions(process.env),
  });
  if (!ok) throw new PreparationFailed('npm ci failed.', output);
  writeFileSync(marker, wanted);
  say(`Installed in ${seconds(startedAt)}.`);
};

const build = async (root, say) => {
  const startedAt = performance.now();
  const { ok, output } = await runNode(join(root, 'node_modules/typescript/bin/tsc'), ['-b'], { cwd: root });
  if (!ok) throw new PreparationFailed('The build (tsc -b) failed.', output);
  say(`Built in ${seconds(startedAt)}.`);
};

/** What an installation depends on: the lock file, and for what Node.js and machine binaries were chosen. */
const fingerprint = (root) => {
  const lockFile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lockFile} node-${process.versions.node.split('.')[0]} ${process.platform}-${process.arch}\n`;
};

const readIfThere = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/** The npm that runs this script; another one when something else does. */
const npm = () => {
  const running = process.env.npm_execpath;
  return running && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
};

/** `npm start -w auth-service` passes its options on in the environment; here they would install one workspace alone. */
const withoutCallersOptions = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_config_(workspaces?|include_workspace_root|omit|production)$/i.test(name)),
  );

const seconds = (since) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
