import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run, runNode } from './run.mjs';
import { withLock } from './lock.mjs';

/** A failed step of the preparation. `output` is the output of its tool. */
export class PreparationFailed extends Error {
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Installs the dependencies of the lock file unless they are up to date, and builds the services and the web applications.
 * Concurrent processes wait for each other.
 * @param {(line: string) => void} print
 * @throws PreparationFailed
 */
export const prepare = (root, print) =>
  exclusively(root, print, async () => {
    await install(root, print);
    await build(root, print);
    await buildConsole(root, print);
  });

/** Only installs the dependencies, for commands that do not run built code. */
export const prepareDependencies = (root, print) => exclusively(root, print, () => install(root, print));

const exclusively = (root, print, task) =>
  withLock(join(root, '.prepare.lock'), task, () =>
    print('Waiting for another process that is installing or building in this folder …'),
  );

const install = async (root, print) => {
  const marker = join(root, 'node_modules', '.prepared');
  const expected = fingerprint(root);
  if (readIfExists(marker) === expected) return;

  print('Installing the dependencies (npm ci) …');
  const startedAt = performance.now();
  const [command, ...args] = npm();
  const { ok, output } = await run(command, [...args, 'ci', '--include=dev'], {
    cwd: root,
    env: withoutWorkspaceOptions(process.env),
  });
  if (!ok) throw new PreparationFailed('npm ci failed.', output);
  writeFileSync(marker, expected);
  print(`Installed in ${seconds(startedAt)}.`);
};

const build = async (root, print) => {
  const startedAt = performance.now();
  const { ok, output } = await runNode(join(root, 'node_modules/typescript/bin/tsc'), ['-b'], { cwd: root });
  if (!ok) throw new PreparationFailed('The build (tsc -b) failed.', output);
  print(`Built in ${seconds(startedAt)}.`);
};

/** Builds the web applications unless they are up to date. */
const buildConsole = async (root, print) => {
  const script = join(root, 'console/build.mjs');
  const marker = join(root, 'console/dist/.built');
  if (!existsSync(script)) return;
  const expected = consoleFingerprint(root);
  if (readIfExists(marker) === expected) return;

  const startedAt = performance.now();
  rmSync(marker, { force: true });
  const { ok, output } = await runNode(script, [], { cwd: root });
  if (!ok) throw new PreparationFailed('The build of the console (node console/build.mjs) failed.', output);
  writeFileSync(marker, expected);
  print(`Built the console in ${seconds(startedAt)}.`);
};

/** The folders that the build of the console reads, apart from its own and the installed dependencies. */
const CONSOLE_SOURCES = ['console/src', 'packages/contracts/src', 'packages/domain/src'];

/** Returns a text of everything that the build of the console depends on. */
const consoleFingerprint = (root) => {
  const settings = readdirSync(join(root, 'console')).filter((name) => /\.(ts|mts|mjs|json)$/.test(name));
  const sources = CONSOLE_SOURCES.flatMap((folder) => filesUnder(root, folder));
  const hash = createHash('sha256');
  for (const path of [...settings.map((name) => join('console', name)), ...sources].sort())
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return `${hash.digest('hex')} ${fingerprint(root)}`;
};

/** Returns the paths of all files below a folder, relative to the root; none if it does not exist. */
const filesUnder = (root, folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesUnder(root, path) : [path];
      })
    : [];

/** Returns a text of everything an installation depends on: lock file, Node.js version, platform and architecture. */
const fingerprint = (root) => {
  const lockFile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lockFile} node-${process.versions.node.split('.')[0]} ${process.platform}-${process.arch}\n`;
};

const readIfExists = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/** Returns the command of the npm that runs this script, or `npm` if another program runs it. */
const npm = () => {
  const running = process.env.npm_execpath;
  return running && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
};

/** Removes options that `npm start -w auth-service` passes in the environment: `npm ci` would install only that workspace. */
const withoutWorkspaceOptions = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_config_(workspaces?|include_workspace_root|omit|production)$/i.test(name)),
  );

const seconds = (since) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
