import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDocumentStore } from './adapters/embedded';
import type { CollectionSpec, DocumentStore } from './document-store';
import { ConflictingDocument, moveDocuments } from './move-documents';

interface Secret {
  readonly owner: string;
  readonly secret: string;
}

const NAMES = { name: 'names', indexes: [] };
const SECRETS = { name: 'secrets', indexes: [{ fields: ['owner'] }] } as const satisfies CollectionSpec<{
  owner: string;
  secret: string;
}>;

let directory: string;
let from: DocumentStore;
let to: DocumentStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'move-'));
  from = openEmbeddedDocumentStore({ file: join(directory, 'from.db') });
  to = openEmbeddedDocumentStore({ file: join(directory, 'to.db') });
});
afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(directory, { recursive: true });
});

describe('moveDocuments', () => {
  const move = (onMoved?: (documents: number) => void) => moveDocuments(from, to, [NAMES, SECRETS], onMoved);

  it('copies every document over several pages, and changes nothing when it is repeated', async () => {
    const names = await from.collection<object>(NAMES);
    await Promise.all(Array.from({ length: 250 }, (_, index) => names.insert(`n${index}`, { index, label: `n${index}` })));
    await (await from.collection<Secret>(SECRETS)).insert('s', { owner: 'a', secret: 'b' });
    const reported: number[] = [];
    expect(await move((documents) => reported.push(documents))).toBe(251);
    expect(reported).toEqual([100, 200, 250, 251]);
    expect(await move()).toBe(251);
    const moved = await to.collection<object>(NAMES);
    expect(await moved.count()).toBe(250);
    expect((await moved.get('n249'))?.document).toEqual({ index: 249, label: 'n249' });
    expect((await (await to.collection<Secret>(SECRETS)).get('s'))?.document).toEqual({ owner: 'a', secret: 'b' });
  });

  it('rejects a target that contains a different document', async () => {
    await (await from.collection<object>(NAMES)).insert('n', { label: 'a' });
    await (await to.collection<object>(NAMES)).insert('n', { label: 'b' });
    await expect(move()).rejects.toThrow(ConflictingDocument);
  });

  it('copies nothing from a file that does not exist, and does not create it', async () => {
    const file = join(directory, 'missing.db');
    const missing = openEmbeddedDocumentStore({ file, queryOnly: true });
    expect(await moveDocuments(missing, to, [NAMES])).toBe(0);
    await missing.close();
    expect(existsSync(file)).toBe(false);
  });
});
