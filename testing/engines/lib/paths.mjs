import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = dirname(dirname(here));

/** Folder with builds, downloads and the state of running engines. Not in git, and removed by `npm ci`. */
export const cache = join(root, 'node_modules/.cache/engines');

/** Returns the cache folder of a build, whose name contains a hash of its sources. */
export const cacheFolder = (name, ...sources) => {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  return join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
};

/** Builds a cache folder atomically, unless it exists. @returns the folder */
export const buildOnce = async (folder, build) => {
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await build(partial);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // A concurrent build was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
};
