import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import { moveSecrets } from './move-secrets';

it('copies the secrets of all endpoints', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'move-'));
  const from = openEmbeddedDocumentStore({ file: join(directory, 'from.db') });
  const to = openEmbeddedDocumentStore({ file: join(directory, 'to.db') });
  try {
    const secretsIn = (store: DocumentStore) => store.collection<{ endpointId: string }>({ name: 'secrets', indexes: [] });
    for (const id of ['first', 'second']) await (await secretsIn(from)).insert(id, { endpointId: id });
    expect(await moveSecrets(from, to)).toBe(2);
    expect((await (await secretsIn(to)).get('second'))?.document).toEqual({ endpointId: 'second' });
  } finally {
    await Promise.all([from.close(), to.close()]);
    rmSync(directory, { recursive: true });
  }
});
