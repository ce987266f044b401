import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@rewards/testing/until';
import { openDatabase, type Database } from './database';
import { EngineUnavailable } from './engine-error';
import { GroupCommit } from './group-commit';
import { breakEngine, countCommits } from './testing/engine-fault';

describe('GroupCommit', () => {
  let directory: string;
  let database: Database;
  let other: Database;
  let writes: GroupCommit;

  const schema = ['CREATE TABLE IF NOT EXISTS notes (text TEXT UNIQUE)'];
  const note = (text: string) => (on: Database) => on.prepare('INSERT INTO notes (text) VALUES (?)').run(text).changes;
  const notes = (on: Database): string[] =>
    (on.prepare('SELECT text FROM notes ORDER BY rowid').all() as { readonly text: string }[]).map(({ text }) => text);
  const unavailable = { status: 'rejected', reason: expect.any(EngineUnavailable) as unknown };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sqlite-'));
    database = openDatabase({ file: join(directory, 'notes.db'), schema });
    other = openDatabase({ file: join(directory, 'notes.db') });
    writes = new GroupCommit(database);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await writes.close();
    database.close();
    other.close();
    rmSync(directory, { recursive: true });
  });

  it('commits at once what waits at the same moment, in the order in which it came', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `note ${index}`);
    const commits = await countCommits(async () => {
      expect(await Promise.all(texts.map((text) => writes.write(note(text))))).toEqual(texts.map(() => 1));
    });
    expect(commits).toBe(1);
    expect(notes(other)).toEqual(texts);
  });

  it('hands a result out only when others can see it', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await writes.write(note(`note ${turn}`));
      expect(notes(other)).toHaveLength(turn + 1);
    }
  });

  it('shows a read on its own connection nothing that is not committed', async () => {
    const seen: number[] = [];
    const writing = Promise.all(Array.from({ length: 50 }, (_, index) => writes.write(note(`note ${index}`))));
    let isWriting = true;
    const watching = (async () => {
      while (isWriting) {
        await new Promise(setImmediate);
        seen.push(notes(database).length);
      }
    })();
    await writing;
    isWriting = false;
    await watching;
    expect(seen.filter((count) => count !== 0 && count !== 50)).toEqual([]);
  });

  it('undoes a job that throws, and it alone', async () => {
    const failing = (on: Database): never => {
      note('half done')(on);
      throw new RangeError('refused');
    };
    const outcomes = await Promise.allSettled(
      [note('before'), failing, note('before'), note('after')].map((run) => writes.write(run)),
    );
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: expect.any(RangeError) as unknown },
      { status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } },
      { status: 'fulfilled' },
    ]);
    expect(notes(other)).toEqual(['before', 'after']);
  });

  it('lets a mistaken statement fail alone', async () => {
    const outcomes = await Promise.allSettled([
      writes.write((on) => on.exec('INSERT INTO nowhere VALUES (1)')),
      writes.write(note('kept')),
    ]);
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code: 'SQLITE_ERROR' } }, { status: 'fulfilled' }]);
    expect(notes(other)).toEqual(['kept']);
  });

  it.each(['SQLITE_FULL', 'SQLITE_IOERR'])('rejects the whole group when the commit meets %s, and goes on', async (code) => {
    const fault = breakEngine({ code, on: /^COMMIT$/, times: 1 });
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((text) => writes.write(note(text))));
    fault.lift();
    expect(outcomes).toMatchObject([unavailable, unavailable, unavailable]);
    expect(notes(database)).toEqual([]);
    await writes.write(note('later'));
    expect(notes(other)).toEqual(['later']);
  });

  it('rejects the whole group when the file is full in the middle of it, and goes on', async () => {
    database.exec('PRAGMA max_page_count = 20');
    const outcomes = await Promise.allSettled(['small', 'x'.repeat(200_000), 'tiny'].map((text) => writes.write(note(text))));
    expect(outcomes).toMatchObject([unavailable, unavailable, unavailable]);
    expect(notes(other)).toEqual([]);
    await writes.write(note('later'));
    expect(notes(other)).toEqual(['later']);
  });

  it('waits out the lock of another connection', async () => {
    other.exec('BEGIN IMMEDIATE');
    note('first')(other);
    const begun = jest.spyOn(database, 'exec');
    const writing = writes.write(note('second'));
    await until('three attempts', () => begun.mock.calls.length >= 3);
    other.exec('COMMIT');
    expect(await writing).toBe(1);
    expect(notes(other)).toEqual(['first', 'second']);
  });

  it('gives a lock up that is held too long, and goes on', async () => {
    other.exec('BEGIN IMMEDIATE');
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 2_000));
    await expect(writes.write(note('never'))).rejects.toThrow(EngineUnavailable);
    other.exec('ROLLBACK');
    await writes.write(note('later'));
    expect(notes(other)).toEqual(['later']);
  });

  it('probes whether a write succeeds, at most once a second', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    expect(await countCommits(() => Promise.all([writes.probe(), writes.probe()]))).toBe(1);
    const fault = breakEngine({ code: 'SQLITE_FULL', on: /^COMMIT$/ });
    await writes.probe();
    now += 1_000;
    await expect(writes.probe()).rejects.toThrow(/notes\.db: the disk of notes\.db is full \(SQLITE_FULL/);
    fault.lift();
    now += 1_000;
    await writes.probe();
    expect(notes(other)).toEqual([]);
  });

  it('finishes what waits when it is closed, and takes no more', async () => {
    const writing = writes.write(note('last'));
    await writes.close();
    expect(await writing).toBe(1);
    await expect(writes.write(note('too late'))).rejects.toThrow(EngineUnavailable);
    expect(notes(other)).toEqual(['last']);
  });
});
