import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { run } from '../lib/run.mjs';

/** Folders that a text may well name although this checkout happens to lie in one of them. */
const COMMON_FOLDERS = new Set(['/', '/app', '/home', '/opt', '/root', '/srv', '/tmp', '/usr/src', '/var/tmp', '/workspace']);

const HOMES = /(\/home|\/Users|[A-Z]:\\Users)[/\\][a-z][\w.-]*[/\\]/;
const REGISTRIES = /https?:\/\/[^\s/"'<>]*\b(registry|npm(mirror|js)?|yarnpkg|artifactory|nexus|verdaccio|jfrog)\b[^\s/"'<>]*/i;
/** Their manuals and package pages may be linked to. */
const READABLE_PAGES = /^https?:\/\/(www|docs)\.npmjs\.com$/i;

/**
 * What says on which machine, or from which registry, something was made.
 * @param files `{ path, text }`
 * @returns one line for each finding
 */
export const findTraces = (root, files) => {
  const folders = [root, dirname(root), homedir()].filter(
    (folder) => !COMMON_FOLDERS.has(folder) && folder !== parse(folder).root,
  );
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = traceIn(path, line, folders);
      return found === null ? [] : [`${path}:${index + 1}  ${found}`];
    }),
  );
};

const traceIn = (path, line, folders) => {
  if (path === 'package-lock.json' && /"resolved": "(?!packages\/|[\w-]+")/.test(line))
    return 'the lock file names where a package came from';
  const folder = folders.find((candidate) => line.includes(`${candidate}/`)) ?? HOMES.exec(line)?.[0];
  if (folder) return `names a folder of one machine: ${folder}`;
  const registry = REGISTRIES.exec(line)?.[0];
  return registry && !READABLE_PAGES.test(registry) ? `names a registry: ${registry}` : null;
};

/** The texts of the repository: tracked, or new and not ignored. */
export const traces = async (root) => {
  const { ok, output } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
  });
  if (!ok) return { ok, output };
  const files = output
    .split('\0')
    .filter(Boolean)
    .flatMap((path) => readText(root, path));
  const found = findTraces(root, files);
  return { ok: found.length === 0, output: found.join('\n') };
};

const readText = (root, path) => {
  try {
    const text = readFileSync(join(root, path), 'utf8');
    return text.includes('\0') ? [] : [{ path, text }];
  } catch {
    // Deleted, and not committed yet.
    return [];
  }
};
