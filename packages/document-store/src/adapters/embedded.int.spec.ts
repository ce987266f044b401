import { formatPosition } from '@rewards/contracts';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@rewards/sqlite';
import { breakEngine } from '@rewards/sqlite/testing/engine-fault';
import {
  DocumentStoreDamaged,
  DocumentStoreUnavailable,
  type Collection,
  type CollectionSpec,
  type DocumentStore,
  type Query,
} from '../document-store';
import { openOnFirstUse } from '../open-on-first-use';
import { documentStoreContract } from '../testing/document-store.contract';
import { openEmbeddedDocumentStore, type EmbeddedDocumentStoreOptions } from './embedded';
import { anySpec, findSql, type Sql } from './embedded-sql';

const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'documents-'));
const remove = (directory: string): void => rmSync(directory, { recursive: true });

documentStoreContract('SQLite', async () => {
  const directory = newDirectory();
  return {
    open: async ({ queryOnly } = {}) => openEmbeddedDocumentStore({ file: join(directory, 'documents.db'), queryOnly }),
    cleanUp: async () => remove(directory),
  };
});

describe('document store on SQLite', () => {
  let directory: string;
  let file: string;
  const stores: DocumentStore[] = [];

  const open = (options: Omit<EmbeddedDocumentStoreOptions, 'file'> = {}): DocumentStore => {
    const store = openEmbeddedDocumentStore({ file, ...options });
    stores.push(store);
    return store;
  };

  beforeEach(() => {
    directory = newDirectory();
    file = join(directory, 'documents.db');
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    remove(directory);
  });

  describe('declared indexes', () => {
    interface Claim {
      readonly eventId: string;
      readonly accountId: string;
      readonly status: string;
      readonly reason: string | null;
      readonly order: string;
    }
    const claims: CollectionSpec<Claim> = {
      name: 'claims_v1',
      indexes: [
        { fields: ['order'] },
        { fields: ['eventId', 'order'] },
        { fields: ['accountId', 'order'] },
        { fields: ['eventId', 'status', 'order'] },
        { fields: ['reason', 'order'], where: { status: 'FAILURE' } },
      ],
    };
    const planOf = ({ text, values }: Sql): string => {
      const database = openDatabase({ file, queryOnly: true });
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(values) as { readonly detail: string }[];
      database.close();
      return plan.map(({ detail }) => detail).join('; ');
    };
    const newest = { field: 'order', direction: 'descending' } as const;

    it.each<[string, Query<Claim>, string]>([
      ['no filter', { limit: 20, orderBy: newest }, 'claims_v1 (order)'],
      ['no filter, deep', { limit: 20, orderBy: newest, where: { order: { lt: 'x' } } }, 'claims_v1 (order)'],
      ['no filter, by offset', { limit: 20, offset: 10_000, orderBy: newest }, 'claims_v1 (order)'],
      ['one filter', { limit: 20, orderBy: newest, where: { eventId: 'e' } }, 'claims_v1 (eventId, order)'],
      [
        'one filter, deep',
        { limit: 20, orderBy: newest, where: { accountId: 'a', order: { lt: 'x' } } },
        'claims_v1 (accountId, order)',
      ],
      [
        'a range',
        { limit: 20, orderBy: newest, where: { eventId: 'e', order: { gte: 'a', lt: 'x' } } },
        'claims_v1 (eventId, order)',
      ],
      ['two filters', { limit: 20, orderBy: newest, where: { eventId: 'e', status: 's' } }, 'claims_v1 (eventId, status, order)'],
      [
        'ascending',
        { limit: 20, orderBy: { ...newest, direction: 'ascending' }, where: { eventId: 'e' } },
        'claims_v1 (eventId, order)',
      ],
      [
        'a filter with no index',
        { limit: 20, orderBy: newest, where: { eventId: 'e', reason: { notIn: ['r'] } } },
        'claims_v1 (eventId, order)',
      ],
      [
        'the condition of a partial index',
        { limit: 20, orderBy: newest, where: { status: 'FAILURE', reason: 'NO_SUCH_REWARD' } },
        `claims_v1 (reason, order) json_extract(document, '$.status') = 'FAILURE'`,
      ],
      [
        'null in a partial index',
        { limit: 20, orderBy: newest, where: { status: 'FAILURE', reason: null } },
        `claims_v1 (reason, order) json_extract(document, '$.status') = 'FAILURE'`,
      ],
    ])('serve a list with %s without a separate sort', async (_, query, index) => {
      await open().collection(claims);
      const plan = planOf(findSql(anySpec(claims), query));
      expect(plan).toContain(`INDEX ${index}`);
      expect(plan).not.toContain('TEMP B-TREE');
    });

    it('serve a lookup by a unique field', async () => {
      const accounts: CollectionSpec<{ readonly email: string; readonly open: boolean }> = {
        name: 'accounts',
        indexes: [{ fields: ['email'], unique: true, where: { open: true } }],
      };
      await open().collection(accounts);
      expect(planOf(findSql(anySpec(accounts), { where: { email: 'a', open: true }, limit: 1 }))).toMatch(
        /SEARCH accounts USING INDEX/,
      );
    });
  });

  it('creates no file for a query-only store', async () => {
    const reader = await open({ queryOnly: true }).collection({ name: 'items', indexes: [] });
    expect(await reader.get('a')).toBeNull();
    expect(existsSync(file)).toBe(false);
    await (await open().collection({ name: 'items', indexes: [] })).insert('a', {});
    expect(await reader.get('a')).not.toBeNull();
  });

  it('rejects an id that the driver would truncate', async () => {
    const collection = await open().collection({ name: 'items', indexes: [] });
    await expect(collection.insert('a\0b', {})).rejects.toThrow(TypeError);
    await expect(collection.writeNewer([{ id: 'a\0b', position: formatPosition(1), document: {} }])).rejects.toThrow(TypeError);
  });

  it('waits for a writer of another process, and is unavailable if that one does not finish', async () => {
    const store = open({ secureDelete: true });
    const collection = await store.collection({ name: 'items', indexes: [] });
    const other = openDatabase({ file });
    other.exec('BEGIN IMMEDIATE');
    const insert = collection.insert('a', {});
    expect(await collection.get('a')).toBeNull();
    other.exec('COMMIT');
    await insert;
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.allSettled([collection.insert('b', {}), store.scrub()]);
    other.exec('ROLLBACK');
    other.close();
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([
      expect.any(DocumentStoreUnavailable),
      expect.any(DocumentStoreUnavailable),
    ]);
    expect(await collection.count()).toBe(1);
  }, 15_000);

  it('is unavailable while its file cannot be opened', async () => {
    file = directory;
    await expect(open().ping()).rejects.toThrow(DocumentStoreUnavailable);
  });

  it('rejects every operation on a damaged file with its name and remedy', async () => {
    writeFileSync(file, 'something else entirely'.repeat(100));
    for (const queryOnly of [true, false]) {
      const store = open({ queryOnly, remedy: 'sing to it' });
      await expect(store.ping()).rejects.toThrow(DocumentStoreDamaged);
      const notes = openOnFirstUse(store, { name: 'notes', indexes: [] });
      await expect(notes.get('a')).rejects.toThrow(/documents\.db is damaged \(SQLITE_NOTADB.*sing to it/);
    }
  });

  it('rejects a file with tables of another owner by name', async () => {
    openDatabase({ file, schema: ['CREATE TABLE events (seq INTEGER)'] }).close();
    await expect(open().ping()).rejects.toThrow(/documents\.db is not a file of this kind \(it lacks events\.id/);
  });

  it('is unavailable for writing while its disk is full, and a query-only store still works', async () => {
    const store = open();
    await store.collection({ name: 'notes', indexes: [] });
    const fault = breakEngine({ code: 'SQLITE_FULL', on: /^COMMIT$/ });
    await expect(store.ping()).rejects.toThrow(/the disk of documents\.db is full/);
    await open({ queryOnly: true }).ping();
    fault.lift();
  });

  it('rejects a write to a dropped collection', async () => {
    const store = open();
    const collection = await store.collection({ name: 'items', indexes: [] });
    const other = await store.collection({ name: 'others', indexes: [] });
    await collection.drop();
    const outcomes = await Promise.allSettled([other.insert('a', {}), collection.insert('a', {}), other.insert('b', {})]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  describe('scrub', () => {
    interface Account {
      readonly accountId: string;
      readonly email: string | null;
      readonly note: string;
    }
    const accounts: CollectionSpec<Account> = {
      name: 'accounts',
      indexes: [{ fields: ['email'] }, { fields: ['accountId'], unique: true }],
    };
    const isOnDisk = (text: string): boolean =>
      readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(text));
    const secret = (n: number): string => `erase-me-${n}@example.com`;

    const fill = async (collection: Collection<Account>, count: number): Promise<void> => {
      const insertions = Array.from({ length: count }, (_, n) =>
        collection.insert(`account-${(n * 7919) % count}`, {
          accountId: `${n}`,
          email: secret(n),
          note: '*'.repeat((n * 37) % 900),
        }),
      );
      await Promise.all(insertions);
    };

    it('leaves no erased content in any file while readers are active', async () => {
      const store = open({ secureDelete: true });
      const collection = await store.collection(accounts);
      const reader = await open({ queryOnly: true }).collection(accounts);
      await fill(collection, 2_000);
      expect(isOnDisk('erase-me-')).toBe(true);
      const stored = await collection.find({ limit: 5_000 });
      await Promise.all(
        stored.map(async ({ id, version, document: { accountId } }, n) => {
          if (n % 3 === 0) await collection.delete(id, version);
          else await collection.replace(id, version, { accountId, email: null, note: 'erased' });
          await reader.count();
        }),
      );
      await store.scrub();
      expect(await reader.count()).toBe(1_333);
      expect(isOnDisk('erase-me-')).toBe(false);
    });

    it('leaves the file intact under concurrent writes', async () => {
      const store = open({ secureDelete: true });
      const collection = await store.collection(accounts);
      await fill(collection, 2_000);
      for (let round = 0; round < 5; round += 1) {
        const stored = await collection.find({ limit: 200, offset: round * 200 });
        const scrubbed = store.scrub();
        await Promise.all(
          stored.map(async ({ id, version, document }, n) => {
            if (n % 3 === 0) await collection.delete(id, version);
            else await collection.replace(id, version, { ...document, email: null, note: '*'.repeat((n * 97) % 3_000) });
            await collection.insert(`${round}-${n}`, {
              accountId: `${round}-${n}`,
              email: 'new@example.com',
              note: 'x'.repeat(n * 5),
            });
          }),
        );
        await scrubbed;
      }
      await store.scrub();
      const database = openDatabase({ file, queryOnly: true });
      expect(database.prepare('PRAGMA integrity_check').all([])).toEqual([{ integrity_check: 'ok' }]);
      database.close();
      expect(await collection.count()).toBe(2_000 - 5 * 67 + 1_000);
    });

    it('never blocks the event loop for long on a large file', async () => {
      const store = open({ secureDelete: true });
      const collection = await store.collection(accounts);
      const note = '*'.repeat(8_000);
      await Promise.all(
        Array.from({ length: 2_500 }, (_, n) => collection.insert(`${n}`, { accountId: `${n}`, email: secret(n), note })),
      );
      let isDone = false;
      const scrubbed = store.scrub().then(() => (isDone = true));
      let turns = 0;
      for (; !isDone; turns += 1) await new Promise(setImmediate);
      await scrubbed;
      // The file has at least 7,500 pages. A single statement over all of them would take one turn.
      expect(turns).toBeGreaterThan(100);
    });

    it('processes only the pages changed since the last scrub', async () => {
      const store = open({ secureDelete: true });
      const collection = await store.collection(accounts);
      const note = '*'.repeat(8_000);
      await Promise.all(
        Array.from({ length: 2_500 }, (_, n) => collection.insert(`${n}`, { accountId: `${n}`, email: secret(n), note })),
      );
      await store.scrub();
      await collection.delete('7', 1);
      let isDone = false;
      const scrubbed = store.scrub().then(() => (isDone = true));
      let turns = 0;
      for (; !isDone; turns += 1) await new Promise(setImmediate);
      await scrubbed;
      expect(turns).toBeLessThan(20);
      expect(isOnDisk(secret(7))).toBe(false);
    });

    it('waits for a reader of an older snapshot', async () => {
      const store = open({ secureDelete: true });
      const collection = await store.collection(accounts);
      await fill(collection, 10);
      const other = openDatabase({ file, queryOnly: true });
      other.exec('BEGIN');
      other.prepare('SELECT count(*) FROM accounts').all([]);
      await collection.delete('account-1', 1);
      const scrubbed = store.scrub();
      expect(isOnDisk(secret(9))).toBe(true);
      other.exec('COMMIT');
      other.close();
      await scrubbed;
      expect(isOnDisk(secret(9))).toBe(false);
    });
  });
});
