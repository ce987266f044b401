import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MAX_IDLE_WAL_BYTES, openDatabase, type Database, type OpenOptions } from './database';
import { EngineDamaged, EngineUnavailable } from './engine-error';
import { GroupCommit } from './group-commit';

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

  it('creates the file and the schema, and a folder that only its owner can access', () => {
    const database = open({ schema });
    expect(statSync(join(directory, 'deep')).mode & 0o777).toBe(0o700);
    database.exec(`INSERT INTO notes VALUES ('극한성장의 비약')`);
    expect(open({ schema }).prepare('SELECT text FROM notes').all()).toEqual([{ text: '극한성장의 비약' }]);
  });

  const modes = () => ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix).mode & 0o777);

  it.each([
    ['a new file', undefined],
    ['an existing file', 0o644],
  ])('restricts %s, its write-ahead log and its index to the owner, whatever the umask and the folder allow', (_, before) => {
    const umask = process.umask(0o022);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      if (before !== undefined) {
        const existing = open({ schema });
        for (const suffix of ['', '-wal', '-shm']) chmodSync(file + suffix, before);
        existing.exec(`INSERT INTO notes VALUES ('one')`);
      }
      open({ schema }).exec(`INSERT INTO notes VALUES ('two')`);
      expect(modes()).toEqual([0o600, 0o600, 0o600]);
    } finally {
      process.umask(umask);
    }
  });

  it('syncs each commit to disk', () => {
    const database = open();
    expect(pragma(database, 'journal_mode')).toBe('wal');
    expect(pragma(database, 'synchronous')).toBe(2);
  });

  it('overwrites deleted content if secureDelete is set', () => {
    expect(pragma(open({ secureDelete: true }), 'secure_delete')).toBe(1);
  });

  it('sets a large page cache for a writer, not for a reader', () => {
    expect(pragma(open({ schema }), 'cache_size')).toBe(-32_768);
    expect(pragma(open({ queryOnly: true }), 'cache_size')).not.toBe(-32_768);
  });

  it('rejects writes by a reader, and does not create its tables', () => {
    open({ schema }).exec(`INSERT INTO notes VALUES ('one')`);
    const reader = open({ schema: [...schema, 'CREATE TABLE more (text TEXT)'], queryOnly: true });
    expect(reader.prepare('SELECT * FROM notes').all()).toHaveLength(1);
    expect(() => reader.exec(`INSERT INTO notes VALUES ('two')`)).toThrow(/SQLITE_READONLY/);
    expect(() => reader.prepare('SELECT * FROM more')).toThrow(expect.objectContaining({ code: 'SQLITE_ERROR' }));
  });

  describe('with a damaged file', () => {
    const PAGE = 4_096;
    const remedy = 'delete it';

    /** Creates a table of many pages, then overwrites one page. */
    const damage = (): void => {
      const database = open({ schema });
      database.exec('BEGIN');
      const insert = database.prepare('INSERT INTO notes VALUES (?)');
      for (let row = 0; row < 2_000; row += 1) insert.run('x'.repeat(200));
      database.exec('COMMIT');
      database.close();
      overwrite(60);
    };
    const overwrite = (page: number): void => {
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, Buffer.alloc(PAGE, 0xab), 0, PAGE, page * PAGE);
      closeSync(descriptor);
    };
    /** Asymmetric matcher for an error with the file, the damage and the remedy. */
    const damagedBy = (what: RegExp): unknown => ({
      asymmetricMatch: (error: unknown) =>
        error instanceof EngineDamaged &&
        [file, remedy].every((part) => error.message.includes(part)) &&
        what.test(error.message),
      toString: () => `EngineDamaged ${what.source}`,
    });
    const caught = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    };

    it.each([true, false])(
      'throws an error with the file and the remedy if the file is not a database (queryOnly %s)',
      (queryOnly) => {
        open();
        writeFileSync(file, 'something else entirely'.repeat(100));
        for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
        expect(caught(() => open({ queryOnly, remedy }))).toEqual(damagedBy(/SQLITE_NOTADB/));
      },
    );

    it('rejects all further calls after reading a damaged page, even for intact pages', () => {
      damage();
      const database = open({ schema, remedy });
      const first = database.prepare('SELECT min(rowid) FROM notes');
      expect(first.all()).toHaveLength(1);
      expect(caught(() => database.prepare('SELECT text FROM notes').all())).toEqual(damagedBy(/SQLITE_CORRUPT/));
      expect(caught(() => first.all())).toEqual(damagedBy(/SQLITE_CORRUPT/));
      expect(caught(() => database.exec(`INSERT INTO notes VALUES ('more')`))).toEqual(damagedBy(/SQLITE_CORRUPT/));
      expect(caught(() => open({ schema, remedy }))).toEqual(damagedBy(/SQLITE_CORRUPT/));
    });

    it('rejects the whole group commit, and leaves no transaction open', async () => {
      damage();
      const database = open({ schema, remedy });
      const writes = new GroupCommit(database);
      const outcomes = await Promise.allSettled([
        writes.write((on) => on.exec(`INSERT INTO notes VALUES ('before')`)),
        writes.write((on) => on.exec(`UPDATE notes SET text = text || '!'`)),
        writes.write((on) => on.exec(`INSERT INTO notes VALUES ('after')`)),
      ]);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: damagedBy(/SQLITE_CORRUPT/) });
      expect(database.inTransaction).toBe(false);
    });

    it('checks for damage only after an unclean stop, and only for a writer', () => {
      damage();
      open({ schema }).close();
      // A process that was killed leaves its write-ahead log.
      const killed = `const database = new (require(process.argv[1]))(process.argv[2]);
        database.exec("INSERT INTO notes VALUES ('last')");
        process.kill(process.pid, 'SIGKILL');`;
      spawnSync(process.execPath, ['-e', killed, require.resolve('libsql'), file]);
      expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
      expect(open({ schema, queryOnly: true }).prepare('SELECT min(rowid) FROM notes').all()).toHaveLength(1);
      expect(caught(() => open({ schema, remedy }))).toEqual(damagedBy(/SQLITE_CORRUPT|quick_check/));
    });

    it.each([true, false])('rejects a file with other tables, and does not change it (queryOnly %s)', (queryOnly) => {
      open({ schema });
      const other = { schema: ['CREATE TABLE IF NOT EXISTS events (id TEXT)'], queryOnly, remedy };
      expect(caught(() => open(other))).toEqual(damagedBy(/its tables are notes/));
      expect(open().prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notes' }]);
    });

    it('rejects a file that lacks columns, and accepts additional columns', () => {
      open({ schema: ['CREATE TABLE notes (text TEXT, colour TEXT)'] });
      expect(caught(() => open({ schema: ['CREATE TABLE IF NOT EXISTS notes (size TEXT)'], remedy }))).toEqual(
        damagedBy(/it lacks notes\.size/),
      );
      expect(caught(() => open({ columns: ['text', 'size'], remedy }))).toEqual(damagedBy(/it lacks notes\.size/));
      open({ schema, columns: ['text'] });
    });
  });

  it('throws EngineUnavailable if the folder cannot be created', () => {
    writeFileSync(join(directory, 'deep'), 'a file');
    expect(() => open()).toThrow(EngineUnavailable);
  });

  describe('the write-ahead log', () => {
    const walSize = (): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const note = (database: Database, text: string) => database.prepare('INSERT INTO notes VALUES (?)').run(text);

    it('is empty after its writer closes the file, so that a copy of the file alone is complete', () => {
      const database = open({ schema });
      const reader = open({ queryOnly: true });
      note(database, 'one');
      expect(reader.prepare('SELECT * FROM notes').all()).toHaveLength(1);
      expect(walSize()).toBeGreaterThan(0);
      database.close();
      expect(walSize()).toBe(0);
      copyFileSync(file, join(directory, 'copy.db'));
      const copy = openDatabase({ file: join(directory, 'copy.db'), queryOnly: true });
      databases.push(copy);
      expect(copy.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'one' }]);
    });

    it('shrinks after a long read transaction has ended', () => {
      const database = open({ schema });
      note(database, 'one');
      const reader = open({ queryOnly: true });
      reader.exec('BEGIN');
      expect(reader.prepare('SELECT * FROM notes').all()).toHaveLength(1);
      const insert = database.prepare('UPDATE notes SET text = ?');
      const texts = ['x', 'y'].map((letter) => letter.repeat(4 * 1_024 * 1_024));
      for (let turn = 0; walSize() < 1.5 * MAX_IDLE_WAL_BYTES; turn += 1) insert.run(texts[turn % 2]);
      reader.exec('COMMIT');
      for (let turn = 0; turn < 3; turn += 1) note(database, 'small');
      expect(walSize()).toBeLessThanOrEqual(MAX_IDLE_WAL_BYTES);
    });
  });

  it('keeps the locks of other connections, so that another process does not delete the write-ahead log', () => {
    open({ schema });
    open();
    const log = statSync(`${file}-wal`).ino;
    const program =
      "const file = new (require('libsql'))(process.argv[1]); file.exec('INSERT INTO notes VALUES (1)'); file.close();";
    expect(spawnSync(process.execPath, ['-e', program, file]).status).toBe(0);
    // The last process to close a file deletes its write-ahead log.
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.ino).toBe(log);
  });

  it('waits for another process that is creating the same file', async () => {
    const holder = join(directory, 'holder.cjs');
    writeFileSync(
      holder,
      `const database = new (require(process.argv[2]))(process.argv[3]);
       database.exec('BEGIN EXCLUSIVE');
       database.exec('CREATE TABLE notes (text TEXT)');
       database.exec('CREATE TABLE other (text TEXT)');
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
      { name: 'other' },
    ]);
    await exit;
  });
});
