import './lib/require-node.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOCUMENTS } from './checks/excerpts.mjs';
import { withExcerpts } from './lib/excerpts.mjs';

/** Updates the code excerpts in the documents from the sources. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const path of DOCUMENTS.map((document) => join(root, document))) {
  writeFileSync(path, withExcerpts(readFileSync(path, 'utf8'), root));
}
