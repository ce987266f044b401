import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemaVersionOf, START, type Checkpoint } from '@rewards/contracts';
import * as domain from '@rewards/domain';
import type { Collection, DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { clearSavedState, SavedState, UnusableState, type Lists, type Row, type SavedDocument } from './saved-state';

describe('a saved state', () => {
  let directory: string;
  let documents: DocumentStore;
  let collection: Collection<SavedDocument>;
  let log: EventStore;
  const opened: EventStore[] = [];

  const openLog = (): EventStore => {
    const store = openEmbeddedEventStore({ file: join(directory, `${randomUUID()}.db`) });
    opened.push(store);
    return store;
  };
  /** Appends one event. @returns the checkpoint at it */
  const grow = async (store: EventStore = log): Promise<Checkpoint> => {
    const metadata = { correlationId: 'test', causationId: null, actor: { service: 'test' }, at: '2026-11-01T00:00:00.000Z' };
    const event = {
      id: randomUUID(),
      type: 'LoggedIn',
      data: {},
      metadata: { ...metadata, schemaVersion: schemaVersionOf('LoggedIn') },
    };
    const { position, eventId } = await store.append('login-a', 'any', [event]);
    return { logId: await store.logId(), position, eventId };
  };
  const lists = (rows: number, from = 0): Lists => ({
    events: Array.from({ length: rows }, (_, row): Row => [`stream ${row}`, { value: row + from }]),
    hours: [['2026-11-01T00', { from }]],
  });
  const open = (store: EventStore = log) => new SavedState(collection, store);

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'saved-'));
    documents = openEmbeddedDocumentStore({ file: join(directory, 'command.db') });
    collection = await documents.collection<SavedDocument>({ name: 'state', indexes: [] });
    log = openLog();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all([documents.close(), ...opened.splice(0).map((store) => store.close())]);
    rmSync(directory, { recursive: true });
  });

  it('is loaded as it was saved last', async () => {
    expect(await open().load()).toBeNull();
    const state = open();
    await state.save(await grow(), lists(120));
    const checkpoint = await grow();
    await state.save(checkpoint, lists(130, 5));
    expect(await open().load()).toEqual({ checkpoint, lists: lists(130, 5) });
  });

  it('writes only the parts that changed, and the header', async () => {
    const state = open();
    const rows = [...(lists(120).events ?? [])];
    await state.save(await grow(), { events: rows });
    const written: string[] = [];
    for (const method of ['insert', 'replace'] as const) {
      const original = collection[method].bind(collection) as (...parameters: unknown[]) => Promise<boolean>;
      jest.spyOn(collection, method).mockImplementation(((id: string, ...rest: unknown[]) => {
        written.push(id);
        return original(id, ...rest);
      }) as never);
    }
    rows[60] = ['stream 60', { value: 'changed' }];
    await state.save(await grow(), { events: rows });
    expect(written).toEqual(['events-1-1', 'header']);
    expect((await open().load())?.lists.events).toEqual(rows);
  });

  it('is not used with another log, a shorter log, or another log of the same length', async () => {
    for (let event = 0; event < 3; event += 1) await grow();
    await open().save(await grow(), lists(3));

    const shorter = openLog();
    await grow(shorter);
    const same = openLog();
    for (let event = 0; event < 4; event += 1) await grow(same);
    for (const store of [openLog(), shorter, same]) await expect(open(store).load()).rejects.toThrow(UnusableState);
    // The id of a restored log is the same, but its end or the event at the position is not.
    const logId = await log.logId();
    const restored = (store: EventStore): EventStore =>
      ({ logId: async () => logId, head: () => store.head(), eventIdAt: (at) => store.eventIdAt(at) }) as EventStore;
    await expect(open(restored(shorter)).load()).rejects.toThrow('It is past the end of the log');
    await expect(open(restored(same)).load()).rejects.toThrow('a different event at its position');
    expect((await open().load())?.lists).toEqual(lists(3));

    const checkpoint = { ...(await grow(shorter)), logId };
    await open(restored(shorter)).save(checkpoint, lists(2, 9));
    expect(await open(restored(shorter)).load()).toEqual({ checkpoint, lists: lists(2, 9) });
  });

  it('is not used by a release with another fold, which replaces it even if the log has not grown', async () => {
    const checkpoint = await grow();
    await open().save(checkpoint, lists(3));
    const current = domain.REWARD_EVENTS_FOLD;
    const header = await collection.get('header');
    await collection.replace('header', header?.version ?? 0, { ...header?.document, fold: current + 1 } as SavedDocument);
    await expect(open().load()).rejects.toThrow('Another version of the services saved it.');
    await open().save(checkpoint, lists(3, 1));
    expect((await open().load())?.lists).toEqual(lists(3, 1));
  });

  it('is the previous or the new one after a crash at any write', async () => {
    const state = open();
    const before = await grow();
    await state.save(before, lists(120));
    for (let crashAt = 0; crashAt <= 5; crashAt += 1) {
      const after = await grow();
      let writes = 0;
      const crashing = new Proxy(collection, {
        get: (target, name) => {
          const member = (target as unknown as Record<string | symbol, (...parameters: unknown[]) => Promise<unknown>>)[name];
          return async (...parameters: unknown[]) => {
            if ((name === 'replace' || name === 'insert') && (writes += 1) > crashAt) throw new Error('crash');
            return member?.apply(target, parameters);
          };
        },
      });
      const saving = new SavedState(crashing, log);
      await saving.load();
      const isSaved = await saving.save(after, lists(120, 1 + crashAt)).then(
        () => true,
        () => false,
      );
      expect(isSaved).toBe(crashAt === 5);
      expect(await open().load()).toEqual(
        isSaved ? { checkpoint: after, lists: lists(120, 6) } : { checkpoint: before, lists: lists(120) },
      );
    }
  });

  it('never goes back, and stays usable when two processes save in turn or at the same time', async () => {
    const [one, two] = [open(), open()];
    const [first, second, third] = [await grow(), await grow(), await grow()];
    await one.save(first, lists(60));
    await two.save(third, lists(60, 2));
    await one.save(second, lists(60, 1));
    expect(await open().load()).toEqual({ checkpoint: third, lists: lists(60, 2) });
    const [fourth, fifth] = [await grow(), await grow()];
    await Promise.all([one.save(fourth, lists(60, 3)), two.save(fifth, lists(60, 4))]);
    await one.save(await grow(), lists(60, 5));
    expect((await open().load())?.lists).toEqual(lists(60, 5));
  });

  it('is unusable if a part is missing', async () => {
    await open().save(await grow(), lists(60));
    const part = await collection.get('events-1-0');
    await collection.delete('events-1-0', part?.version ?? 0);
    await expect(open().load()).rejects.toThrow('A part of it is missing');
    await clearSavedState(collection);
    expect(await open().load()).toBeNull();
    expect(await log.head()).not.toBe(START);
  });
});
