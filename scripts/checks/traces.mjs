import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { run } from '../lib/run.mjs';

/** Common folders, which a text may name even if this checkout is in one of them. */
const COMMON_FOLDERS = new Set(['/', '/app', '/home', '/opt', '/root', '/srv', '/tmp', '/usr/src', '/var/tmp', '/workspace']);

const HOMES = /(\/home|\/Users|[A-Z]:\\Users)[/\\][a-z][\w.-]*[/\\]/;
const REGISTRIES = /https?:\/\/[^\s/"'<>]*\b(registry|npm(mirror|js)?|yarnpkg|artifactory|nexus|verdaccio|jfrog)\b[^\s/"'<>]*/i;
/** Sites of registries with public pages, which may be linked. */
const READABLE_PAGES = /^https?:\/\/(www|docs)\.npmjs\.com$/i;

/**
 * Finds paths of a machine and addresses of registries.
 * @param files `{ path, text }`
 * @returns one line for each finding
 */
export const findTraces = (root, files) => {
  const folders = [root, dirname(root), homedir()].filter(
    (folder) => !COMMON_FOLDERS.has(folder) && folder !== parse(folder).root,
  );
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const trace = traceIn(path, line, folders);
      return trace === null ? [] : [`${path}:${index + 1}  ${trace}`];
    }),
  );
};

const traceIn = (path, line, folders) => {
  if (path === 'package-lock.json' && /"resolved": "(?!packages\/|[\w-]+")/.test(line))
    return 'the lock file names the registry of a package';
  const folder = folders.find((candidate) => line.includes(`${candidate}/`)) ?? HOMES.exec(line)?.[0];
  if (folder) return `names a folder of one machine: ${folder}`;
  const registry = REGISTRIES.exec(line)?.[0];
  return registry && !READABLE_PAGES.test(registry) ? `names a registry: ${registry}` : null;
};

/** Checks all files of the repository that are tracked, or new and not ignored. */
export const traces = async (root) => {
  const { ok, output } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
  });
  if (!ok) return { ok, output };
  const files = output
    .split('\0')
    .filter(Boolean)
    .flatMap((path) => readText(root, path));
  const findings = findTraces(root, files);
  return { ok: findings.length === 0, output: findings.join('\n') };
};

const readText = (root, path) => {
  try {
    const text = readFileSync(join(root, path), 'utf8');
    return text.includes('\0') ? [] : [{ path, text }];
  } catch {
    // The file was deleted, but the deletion is not committed.
    return [];
  }
};
