import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The documents that show code from the sources. */
export const DOCUMENTS = ['docs/tour.md'];

/** Checks that the code in the documents is the code of the sources. */
export const excerpts = async (root) => {
  // It needs an installed package: a check may start before anything is installed.
  const { withExcerpts } = await import('../lib/excerpts.mjs');
  const faults = DOCUMENTS.flatMap((path) => faultsOf(root, path, withExcerpts));
  return { ok: faults.length === 0, output: faults.join('\n') };
};

const faultsOf = (root, path, withExcerpts) => {
  const text = readFileSync(join(root, path), 'utf8');
  try {
    return withExcerpts(text, root) === text ? [] : [`${path} shows code that has changed: npm run format updates it.`];
  } catch (error) {
    return [`${path}: ${error.message}`];
  }
};
