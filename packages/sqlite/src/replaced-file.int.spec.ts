import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from './database';
import { EngineUnavailable } from './engine-error';
import { GroupCommit } from './group-commit';
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

  describe.each([
    ['deleted', () => rmSync(file)],
    [
      'replaced by a copy',
      () => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
  ])('that was %s', (_, replace) => {
    const insert = (database: Database) => database.exec('INSERT INTO t VALUES (1)');

    it('accepts no write, and no probe', async () => {
      const commits = new GroupCommit(open());
      await commits.write(insert);
      replace();
      const outcomes = await Promise.allSettled([commits.write(insert), commits.probe()]);
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as unknown))).toEqual([
        expect.any(EngineUnavailable),
        expect.any(EngineUnavailable),
      ]);
      await expect(commits.write(insert)).rejects.toThrow(/a\.db was deleted or replaced while in use\. Move it back/);
    });

    it('acknowledges no write that it interrupts', async () => {
      const commits = new GroupCommit(open());
      const interrupted = commits.write((database) => {
        insert(database);
        replace();
      });
      await expect(interrupted).rejects.toThrow(EngineUnavailable);
    });

    it('is not read for longer than a moment', () => {
      const database = open();
      const now = jest.spyOn(performance, 'now');
      replace();
      now.mockReturnValue(performance.now() + 1_000);
      expect(() => rows(database)).toThrow(EngineUnavailable);
      now.mockRestore();
    });
  });

  it('is used again when it is back at its path', async () => {
    const commits = new GroupCommit(open());
    renameSync(file, `${file}.away`);
    await expect(commits.write(() => 1)).rejects.toThrow(EngineUnavailable);
    renameSync(`${file}.away`, file);
    await expect(commits.write(() => 2)).resolves.toBe(2);
  });
});
