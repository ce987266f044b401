import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangedPages } from './changed-pages';
import { openDatabase, truncateWal, type Database } from './database';

describe('ChangedPages', () => {
  let directory: string;
  let own: Database;
  let other: Database;
  let changed: ChangedPages;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'changed-pages-'));
    const file = join(directory, 'a.db');
    own = openDatabase({ file, schema: ['CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, text TEXT)'] });
    other = openDatabase({ file });
    changed = new ChangedPages(file, own);
  });
  afterEach(() => {
    changed.close();
    other.close();
    own.close();
    rmSync(directory, { recursive: true });
  });

  const insert = (database: Database, text = '') => database.prepare('INSERT INTO items (text) VALUES (?)').run([text]);
  const pageOfItems = () =>
    (own.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'items'").all() as { rootpage: number }[])[0]?.rootpage;

  it('returns null at first, then the pages of each commit', () => {
    expect(changed.take()).toBeNull();
    expect(changed.take()).toEqual([]);
    insert(own);
    expect(changed.take()).toEqual([pageOfItems()]);
    expect(changed.take()).toEqual([]);
  });

  it('returns the pages of all commits since the last call, across a restart of the write-ahead log', () => {
    changed.take();
    insert(own, '*'.repeat(3_000));
    changed.readCommitted();
    truncateWal(own);
    insert(own, '*'.repeat(3_000));
    expect(changed.take()).toEqual(expect.arrayContaining([pageOfItems()]));
    expect(changed.isComplete).toBe(true);
  });

  it('omits the pages of a transaction that was rolled back', () => {
    changed.take();
    own.exec('BEGIN IMMEDIATE');
    insert(own);
    own.exec('ROLLBACK');
    expect(changed.take()).toEqual([]);
  });

  it('includes the pages that another connection changed', () => {
    changed.take();
    insert(other);
    expect(changed.take()).toEqual([pageOfItems()]);
  });

  it.each(['with no later write on this connection', 'with a later write on this connection'])(
    'returns null after another connection wrote and truncated the write-ahead log, %s',
    (when) => {
      changed.take();
      insert(other);
      truncateWal(other);
      if (when.startsWith('with a')) insert(own);
      expect(changed.take()).toBeNull();
    },
  );
});
