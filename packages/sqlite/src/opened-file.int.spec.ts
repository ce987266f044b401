import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from './database';
import { EngineUnavailable } from './engine-error';
import { GroupCommit } from './group-commit';
import { OpenedFile } from './opened-file';

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

describe('OpenedFile', () => {
  it('is not replaced after a write', () => {
    const database = open();
    const opened = new OpenedFile(file);
    database.exec('INSERT INTO t VALUES (1)');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(opened.isReplaced()).toBe(false);
    opened.removeLeftovers();
    expect(existsSync(`${file}-wal`)).toBe(true);
  });

  it('is replaced after the file or its folder was deleted', () => {
    open();
    const opened = new OpenedFile(file);
    rmSync(file);
    expect(opened.isReplaced()).toBe(true);
    rmSync(directory, { recursive: true });
    expect(opened.isReplaced()).toBe(true);
  });

  it('is replaced after a copy was moved to its path', () => {
    open();
    const opened = new OpenedFile(file);
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
    expect(opened.isReplaced()).toBe(true);
  });

  it('removes the write-ahead log of a deleted file, and keeps that of a new file at its path', () => {
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

  it('closes a replaced database without changing the write-ahead log of the new file', () => {
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
  ])('after the file was %s', (_, replace) => {
    const insert = (database: Database) => database.exec('INSERT INTO t VALUES (1)');

    it('rejects writes and probes', async () => {
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

    it('rejects the write during which it happened', async () => {
      const commits = new GroupCommit(open());
      const interrupted = commits.write((database) => {
        insert(database);
        replace();
      });
      await expect(interrupted).rejects.toThrow(EngineUnavailable);
    });

    it('rejects reads from the next check on', () => {
      const database = open();
      const now = jest.spyOn(performance, 'now');
      replace();
      now.mockReturnValue(performance.now() + 1_000);
      expect(() => rows(database)).toThrow(EngineUnavailable);
      now.mockRestore();
    });
  });

  it('accepts writes again after the file was moved back', async () => {
    const commits = new GroupCommit(open());
    renameSync(file, `${file}.moved`);
    await expect(commits.write(() => 1)).rejects.toThrow(EngineUnavailable);
    renameSync(`${file}.moved`, file);
    await expect(commits.write(() => 2)).resolves.toBe(2);
  });
});
