import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '@rewards/contracts';
import { NO_STREAM, type EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { moveLog, OtherLog } from './move-log';

let directory: string;
let from: EventStore;
let to: EventStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'move-'));
  from = openEmbeddedEventStore({ file: join(directory, 'from.db') });
  to = openEmbeddedEventStore({ file: join(directory, 'to.db') });
});
afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(directory, { recursive: true });
});

const metadata = {
  schemaVersion: 1,
  correlationId: 'c',
  causationId: null,
  actor: { service: 'spec' },
  at: '2026-01-01T00:00:00.000Z',
};
const append = (store: EventStore, stream: string, expected: number) =>
  store.append(stream, expected, [{ id: randomUUID(), type: 'Noted', data: { text: '극한성장의 비약' }, metadata }]);

const fill = async (): Promise<void> => {
  await append(from, 'a', NO_STREAM);
  await append(from, 'b', NO_STREAM);
  await append(from, 'a', 0);
};
const move = (onMoved: (events: number) => void = () => undefined) => moveLog(from, to, onMoved);

describe('moving the log', () => {
  it('keeps streams, revisions, ids and order', async () => {
    await fill();
    expect(await move()).toBe(3);
    for (const stream of ['a', 'b']) expect(await to.readStream(stream)).toEqual(await from.readStream(stream));
    for await (const { events } of to.subscribe({ after: START })) {
      expect(events.map(({ stream, revision }) => `${stream}${revision}`)).toEqual(['a0', 'b0', 'a1']);
      break;
    }
  });

  it('finishes what was interrupted, and changes nothing when it is done', async () => {
    await fill();
    await expect(
      move(() => {
        throw new Error('interrupted');
      }),
    ).rejects.toThrow('interrupted');
    expect(await move()).toBe(3);
    expect(await move()).toBe(3);
    expect(await to.readStream('a')).toHaveLength(2);
  });

  it('takes an empty log', async () => expect(await move()).toBe(0));

  it('refuses a target that holds something else', async () => {
    await fill();
    await append(to, 'a', NO_STREAM);
    await expect(move()).rejects.toThrow(OtherLog);
    expect(await to.readStream('b')).toEqual([]);
  });

  it('refuses a target that goes on where the source ends', async () => {
    await fill();
    await move();
    await append(to, 'c', NO_STREAM);
    await expect(move()).rejects.toThrow(OtherLog);
  });
});
