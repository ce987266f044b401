import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The documents that show code from the sources. */
export const DOCUMENTS = ['docs/tour.md', 'docs/play.md', 'docs/delivery.md', 'docs/integration.md'];

/** Checks that the code in the documents matches the sources. */
export const excerpts = async (root) => {
  // Loaded here, because it needs a dependency that may not be installed when this file is loaded.
  const { withExcerpts } = await import('../lib/excerpts.mjs');
  const violations = DOCUMENTS.flatMap((path) => violationsIn(root, path, withExcerpts));
  return { ok: violations.length === 0, output: violations.join('\n') };
};

const violationsIn = (root, path, withExcerpts) => {
  const text = readFileSync(join(root, path), 'utf8');
  try {
    return withExcerpts(text, root) === text ? [] : [`${path} shows code that has changed. npm run format updates it.`];
  } catch (error) {
    return [`${path}: ${error.message}`];
  }
};
