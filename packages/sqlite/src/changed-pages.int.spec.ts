import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangedPages } from './changed-pages';
import { openDatabase, truncateWal, type Database } from './database';

describe('the changed pages', () => {
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

  it('are unknown at first, then those of each commit', () => {
    expect(changed.take()).toBeNull();
    expect(changed.take()).toEqual([]);
    insert(own);
    expect(changed.take()).toEqual([pageOfItems()]);
    expect(changed.take()).toEqual([]);
  });

  it('are those of every commit since, across a restart of the log', () => {
    changed.take();
    insert(own, '*'.repeat(3_000));
    changed.note();
    truncateWal(own);
    insert(own, '*'.repeat(3_000));
    expect(changed.take()).toEqual(expect.arrayContaining([pageOfItems()]));
    expect(changed.isComplete).toBe(true);
  });

  it('do not include those of a transaction that was rolled back', () => {
    changed.take();
    own.exec('BEGIN IMMEDIATE');
    insert(own);
    own.exec('ROLLBACK');
    expect(changed.take()).toEqual([]);
  });

  it('include those of another connection', () => {
    changed.take();
    insert(other);
    expect(changed.take()).toEqual([pageOfItems()]);
  });

  it.each(['before this one writes again', 'and this one writes again'])(
    'are unknown after another connection wrote and emptied the log, %s',
    (when) => {
      changed.take();
      insert(other);
      truncateWal(other);
      if (when.startsWith('and')) insert(own);
      expect(changed.take()).toBeNull();
    },
  );
});
