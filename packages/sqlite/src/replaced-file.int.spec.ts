import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from './database';
import { OpenedFile } from './replaced-file';

const schema = ['CREATE TABLE IF NOT EXISTS t (n INTEGER)'];
let directory: string;
let file: string;
let databases: Database[];

const open = (): Database => {
  const database = openDatabase({ file, schema });
  databases.push(database);
  return database;
};
const rows = (database: Database): number => database.prepare('SELECT n FROM t').all([]).length;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'replaced-'));
  file = join(directory, 'a.db');
  databases = [];
});
afterEach(() => {
  for (const database of databases) database.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the file of an open database', () => {
  it('is not replaced by what is written to it', () => {
    const database = open();
    const opened = new OpenedFile(file);
    database.exec('INSERT INTO t VALUES (1)');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(opened.isReplaced()).toBe(false);
    opened.removeLeftovers();
    expect(existsSync(`${file}-wal`)).toBe(true);
  });

  it('is replaced when it is deleted, alone or with its folder', () => {
    open();
    const opened = new OpenedFile(file);
    rmSync(file);
    expect(opened.isReplaced()).toBe(true);
    rmSync(directory, { recursive: true });
    expect(opened.isReplaced()).toBe(true);
  });

  it('is replaced when a copy is moved to its path', () => {
    open();
    const opened = new OpenedFile(file);
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
    expect(opened.isReplaced()).toBe(true);
  });

  it('leaves no log behind that another file would take for its own', () => {
    open().exec('INSERT INTO t VALUES (1)');
    const opened = new OpenedFile(file);
    rmSync(file);
    opened.removeLeftovers();
    const next = open();
    expect(rows(next)).toBe(0);
    next.exec('INSERT INTO t VALUES (2)');
    opened.removeLeftovers();
    for (const database of databases.splice(0)) database.close();
    expect(rows(open())).toBe(1);
  });

  it('closes without touching the log of the file that took its place', () => {
    const old = open();
    old.exec('INSERT INTO t VALUES (1)');
    rmSync(file);
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    const next = open();
    next.exec('INSERT INTO t VALUES (2)');
    databases.shift();
    old.close();
    expect(existsSync(`${file}-wal`)).toBe(true);
    expect(rows(open())).toBe(1);
  });
});
