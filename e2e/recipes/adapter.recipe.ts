import { insertAfter, type Recipe } from './recipe';

const ENGINES = 'packages/service-kit/src/engines.ts';

/** Adds a third adapter of the document store, for connection strings that begin with `scratch:`. */
export const ADAPTER: Recipe = {
  adds: {
    'packages/document-store/src/adapters/scratch.ts': `import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore } from '../document-store';
import { openEmbeddedDocumentStore } from './embedded';

export interface ScratchOptions {
  /** \`scratch://<name of a folder for temporary files>\` */
  readonly url: string;
  readonly database: string;
  readonly queryOnly: boolean;
}

/** Opens a document store in a folder for temporary files. Its documents may be lost. */
export const openScratchDocumentStore = ({ url, database, queryOnly }: ScratchOptions): DocumentStore =>
  openEmbeddedDocumentStore({ file: join(tmpdir(), new URL(url).hostname, \`\${database}.db\`), queryOnly });
`,
    'packages/document-store/src/adapters/scratch.int.spec.ts': `import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentStoreContract } from '../testing/document-store.contract';
import { openScratchDocumentStore } from './scratch';

documentStoreContract('scratch', async () => {
  const name = \`scratch-\${randomUUID()}\`;
  const folder = join(tmpdir(), name);
  mkdirSync(folder);
  return {
    open: async () => openScratchDocumentStore({ url: \`scratch://\${name}\`, database: 'contract', queryOnly: false }),
    cleanUp: async () => rmSync(folder, { recursive: true }),
  };
});
`,
  },
  changes: [
    [
      'packages/service-kit/src/settings.ts',
      "connectionString(/^mongodb(\\+srv)?$/), 'a mongodb:// or mongodb+srv:// URL'",
      "connectionString(/^(mongodb(\\+srv)?|scratch)$/), 'a mongodb://, mongodb+srv:// or scratch:// URL'",
    ],
    [
      ENGINES,
      "  const queryOnly = access === 'read';",
      `  const queryOnly = access === 'read';
  if (mongodbUrl?.startsWith('scratch:')) return scratch().openScratchDocumentStore({ url: mongodbUrl, database, queryOnly });`,
    ],
    insertAfter(
      ENGINES,
      "  require('@rewards/document-store/adapters/mongodb') as typeof import('@rewards/document-store/adapters/mongodb');",
      `const scratch = () =>
  require('@rewards/document-store/adapters/scratch') as typeof import('@rewards/document-store/adapters/scratch');`,
    ),
    ['.dependency-cruiser.cjs', "'embedded|eventstoredb|mongodb|kafka'", "'embedded|eventstoredb|mongodb|kafka|scratch'"],
  ],
};
