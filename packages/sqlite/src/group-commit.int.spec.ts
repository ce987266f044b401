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

  it('commits concurrent writes in one transaction, in order of arrival', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `note ${index}`);
    const commits = await countCommits(async () => {
      expect(await Promise.all(texts.map((text) => writes.write(note(text))))).toEqual(texts.map(() => 1));
    });
    expect(commits).toBe(1);
    expect(notes(other)).toEqual(texts);
  });

  it('begins each group with interactive writes, and bounds its background writes', async () => {
    const settled: string[] = [];
    const write = async (text: string, priority: 'interactive' | 'background'): Promise<void> => {
      await writes.write(note(text), priority);
      settled.push(priority);
    };
    const background = Array.from({ length: 130 }, (_, index) => write(`background ${index}`, 'background'));
    const interactive = [write('interactive 0', 'interactive'), write('interactive 1', 'interactive')];
    const commits = await countCommits(() => Promise.all([...background, ...interactive]));
    expect(commits).toBe(3);
    expect(notes(other).slice(0, 3)).toEqual(['interactive 0', 'interactive 1', 'background 0']);
    expect(settled.slice(0, 3)).toEqual(['interactive', 'interactive', 'background']);
  });

  it('returns a result only after other connections can read the write', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await writes.write(note(`note ${turn}`));
      expect(notes(other)).toHaveLength(turn + 1);
    }
  });

  it('hides uncommitted writes from reads on its own connection', async () => {
    const counts: number[] = [];
    const writing = Promise.all(Array.from({ length: 50 }, (_, index) => writes.write(note(`note ${index}`))));
    let isWriting = true;
    const watching = (async () => {
      while (isWriting) {
        await new Promise(setImmediate);
        counts.push(notes(database).length);
      }
    })();
    await writing;
    isWriting = false;
    await watching;
    expect(counts.filter((count) => count !== 0 && count !== 50)).toEqual([]);
  });

  it('rolls back only the job that throws', async () => {
    const failing = (on: Database): never => {
      note('half done')(on);
      throw new RangeError('invalid');
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

  it('rejects only the job with an invalid statement', async () => {
    const outcomes = await Promise.allSettled([
      writes.write((on) => on.exec('INSERT INTO nowhere VALUES (1)')),
      writes.write(note('kept')),
    ]);
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code: 'SQLITE_ERROR' } }, { status: 'fulfilled' }]);
    expect(notes(other)).toEqual(['kept']);
  });

  it.each(['SQLITE_FULL', 'SQLITE_IOERR'])(
    'rejects the whole group if its commit fails with %s, and accepts later writes',
    async (code) => {
      const fault = breakEngine({ code, on: /^COMMIT$/, times: 1 });
      const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((text) => writes.write(note(text))));
      fault.lift();
      expect(outcomes).toMatchObject([unavailable, unavailable, unavailable]);
      expect(notes(database)).toEqual([]);
      await writes.write(note('later'));
      expect(notes(other)).toEqual(['later']);
    },
  );

  it('rejects the whole group if the file becomes full during it, and accepts later writes', async () => {
    database.exec('PRAGMA max_page_count = 20');
    const outcomes = await Promise.allSettled(['small', 'x'.repeat(200_000), 'tiny'].map((text) => writes.write(note(text))));
    expect(outcomes).toMatchObject([unavailable, unavailable, unavailable]);
    expect(notes(other)).toEqual([]);
    await writes.write(note('later'));
    expect(notes(other)).toEqual(['later']);
  });

  it('waits until another connection releases its lock', async () => {
    other.exec('BEGIN IMMEDIATE');
    note('first')(other);
    const exec = jest.spyOn(database, 'exec');
    const writing = writes.write(note('second'));
    await until('three attempts', () => exec.mock.calls.length >= 3);
    other.exec('COMMIT');
    expect(await writing).toBe(1);
    expect(notes(other)).toEqual(['first', 'second']);
  });

  it('rejects a write after waiting too long for a lock, and accepts later writes', async () => {
    other.exec('BEGIN IMMEDIATE');
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 2_000));
    await expect(writes.write(note('never'))).rejects.toThrow(EngineUnavailable);
    other.exec('ROLLBACK');
    await writes.write(note('later'));
    expect(notes(other)).toEqual(['later']);
  });

  it('writes a probe at most once a second', async () => {
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

  it('completes pending writes when it is closed, and rejects later ones', async () => {
    const writing = writes.write(note('last'));
    await writes.close();
    expect(await writing).toBe(1);
    await expect(writes.write(note('too late'))).rejects.toThrow(EngineUnavailable);
    expect(notes(other)).toEqual(['last']);
  });
});
