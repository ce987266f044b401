import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = dirname(dirname(here));

/** What was built or fetched once, and the state of what runs. Outside git; `npm ci` removes it. */
export const cache = join(root, 'node_modules/.cache/engines');

/** Name in the cache of what is made from these files: another content, another name. */
export const cached = (name, ...sources) => {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  return join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
};

/** Makes a folder of the cache if it is not there, whole or not at all. @returns the folder */
export const buildOnce = async (folder, build) => {
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await build(partial);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another that built at the same time was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
};
