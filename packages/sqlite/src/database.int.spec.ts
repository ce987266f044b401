import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDatabase, type Database, type OpenOptions } from './database';
import { EngineUnavailable } from './engine-error';

const pragma = (database: Database, name: string): unknown =>
  Object.values((database.prepare(`PRAGMA ${name}`).all() as [Record<string, unknown>])[0])[0];

describe('openDatabase', () => {
  let directory: string;
  let file: string;
  const databases: Database[] = [];

  const schema = ['CREATE TABLE IF NOT EXISTS notes (text TEXT)'];

  const open = (options: Omit<OpenOptions, 'file'> = {}): Database => {
    const database = openDatabase({ file, ...options });
    databases.push(database);
    return database;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sqlite-'));
    file = join(directory, 'deep', 'down', 'notes.db');
  });

  afterEach(() => {
    for (const database of databases.splice(0)) database.close();
    rmSync(directory, { recursive: true });
  });

  it('makes the folder for its owner alone, the file and the schema', () => {
    const database = open({ schema });
    expect(statSync(join(directory, 'deep')).mode & 0o777).toBe(0o700);
    database.exec(`INSERT INTO notes VALUES ('극한성장의 비약')`);
    expect(open({ schema }).prepare('SELECT text FROM notes').all()).toEqual([{ text: '극한성장의 비약' }]);
  });

  const modes = () => ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix).mode & 0o777);

  it.each([
    ['a new file', undefined],
    ['a file of an earlier version', 0o644],
  ])('makes %s private, with its log and its index, although the umask and the folder allow more', (_, before) => {
    const umask = process.umask(0o022);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      if (before !== undefined) {
        const earlier = open({ schema });
        for (const suffix of ['', '-wal', '-shm']) chmodSync(file + suffix, before);
        earlier.exec(`INSERT INTO notes VALUES ('one')`);
      }
      open({ schema }).exec(`INSERT INTO notes VALUES ('two')`);
      expect(modes()).toEqual([0o600, 0o600, 0o600]);
    } finally {
      process.umask(umask);
    }
  });

  it('makes each commit wait for the disk', () => {
    const database = open();
    expect(pragma(database, 'journal_mode')).toBe('wal');
    expect(pragma(database, 'synchronous')).toBe(2);
  });

  it('overwrites what is erased where that is wanted', () => {
    expect(pragma(open({ secureDelete: true }), 'secure_delete')).toBe(1);
  });

  it('gives a writer a cache for large transactions and a reader none', () => {
    expect(pragma(open({ schema }), 'cache_size')).toBe(-32_768);
    expect(pragma(open({ queryOnly: true }), 'cache_size')).not.toBe(-32_768);
  });

  it('lets a reader read, and nothing else', () => {
    open({ schema }).exec(`INSERT INTO notes VALUES ('one')`);
    const reader = open({ schema: ['CREATE TABLE more (text TEXT)'], queryOnly: true });
    expect(reader.prepare('SELECT * FROM notes').all()).toHaveLength(1);
    expect(() => reader.exec(`INSERT INTO notes VALUES ('two')`)).toThrow(expect.objectContaining({ code: 'SQLITE_READONLY' }));
    expect(() => reader.prepare('SELECT * FROM more')).toThrow(expect.objectContaining({ code: 'SQLITE_ERROR' }));
  });

  it('refuses a file that is none of its own', () => {
    open();
    writeFileSync(file, 'something else entirely'.repeat(100));
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    expect(() => open()).toThrow(EngineUnavailable);
  });

  it('waits for another process that is making the same file', async () => {
    const holder = join(directory, 'holder.cjs');
    writeFileSync(
      holder,
      `const database = new (require(process.argv[2]))(process.argv[3]);
       database.exec('BEGIN EXCLUSIVE');
       database.exec('CREATE TABLE theirs (text TEXT)');
       process.send('held');
       setTimeout(() => { database.exec('COMMIT'); database.close(); process.disconnect(); }, 300);`,
    );
    file = join(directory, 'notes.db');
    const child = fork(holder, [require.resolve('libsql'), file], { execArgv: [] });
    const exit = once(child, 'exit');
    await once(child, 'message');
    expect(existsSync(file)).toBe(true);
    const database = open({ schema });
    expect(pragma(database, 'journal_mode')).toBe('wal');
    expect(database.prepare('SELECT name FROM sqlite_schema ORDER BY name').all()).toEqual([
      { name: 'notes' },
      { name: 'theirs' },
    ]);
    await exit;
  });
});
