import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { START } from '@rewards/contracts';
import { until } from '@rewards/testing/until';
import { NO_STREAM, StreamDeleted, WrongExpectedRevision, type EventStore, type NewEvent } from '../event-store';
import type { EventStoreHarness } from './event-store.contract';
import { readAll } from './follower';
import { newEvent, newEvents } from './new-event';

const newStream = (): string => `facts-${randomUUID()}`;

/**
 * Tests the behaviour of EventStoreDB beyond the port that its adapter depends on. The services may use the same server, so the
 * tests append only well-formed events: a projection stops at an event that it cannot handle.
 * @param name name of the server
 * @param prepare starts or finds a server
 */
export const eventStoreDbFacts = (name: string, prepare: () => Promise<EventStoreHarness & { readonly url: string }>): void => {
  describe(`facts of EventStoreDB: ${name}`, () => {
    let harness: EventStoreHarness & { readonly url: string };
    let store: EventStore;
    let client: EventStoreDBClient;

    beforeAll(async () => {
      harness = await prepare();
      store = await harness.open();
      client = EventStoreDBClient.connectionString(harness.url);
    });

    afterAll(async () => {
      await store.close();
      await client.dispose();
      await harness.cleanUp();
    });

    describe('event ids', () => {
      it('deduplicate an append at its original revision or at any revision', async () => {
        const stream = newStream();
        const event = newEvent();
        const first = await store.append(stream, NO_STREAM, [event]);
        await store.append(stream, 0, [newEvent()]);
        expect(await store.append(stream, NO_STREAM, [event])).toEqual(first);
        expect(await store.append(stream, 'any', [event])).toEqual(first);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('do not deduplicate at the current revision or in another stream', async () => {
        const [stream, other] = [newStream(), newStream()];
        const event = newEvent();
        await store.append(stream, NO_STREAM, [event]);
        expect(await store.append(stream, 0, [event])).toMatchObject({ revision: 1 });
        expect(await store.append(other, NO_STREAM, [event])).toMatchObject({ revision: 0 });
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('conflict if one append has both old and new ones', async () => {
        const stream = newStream();
        const event = newEvent();
        await store.append(stream, NO_STREAM, [event]);
        const conflict = { name: 'WrongExpectedRevision', stream, expected: NO_STREAM, actual: 0 };
        await expect(store.append(stream, NO_STREAM, [event, newEvent()])).rejects.toMatchObject(conflict);
        await expect(store.append(stream, 'any', [event, newEvent()])).rejects.toThrow(WrongExpectedRevision);
        expect(await store.readStream(stream)).toHaveLength(1);
      });
    });

    it('accepts an empty append of the client, and writes nothing', async () => {
      const stream = newStream();
      expect(await client.appendToStream(stream, [], { expectedRevision: 'no_stream' })).toMatchObject({
        success: true,
        nextExpectedRevision: 0n,
      });
      expect(await store.readStream(stream)).toEqual([]);
    });

    it("stores correlation and causation ids under the server's names", async () => {
      const stream = newStream();
      const event = newEvent();
      await store.append(stream, NO_STREAM, [{ ...event, metadata: { ...event.metadata, causationId: 'cause' } }]);
      for await (const { event: stored } of client.readStream(stream)) {
        expect(stored?.metadata).toMatchObject({ $correlationId: event.metadata.correlationId, $causationId: 'cause' });
        expect(stored?.metadata).not.toHaveProperty('correlationId');
        expect(stored?.isJson).toBe(true);
      }
    });

    it('accepts NO_STREAM after a soft delete, and continues the revisions', async () => {
      const stream = newStream();
      await store.append(stream, NO_STREAM, newEvents(3));
      await client.deleteStream(stream);
      expect(await store.readStream(stream)).toEqual([]);
      const event = newEvent();
      expect(await store.append(stream, NO_STREAM, [event])).toMatchObject({ revision: 3 });
      // The server needs a moment to show a recreated stream.
      const found = await until(
        'the recreated stream',
        () => store.readStream(stream),
        ({ length }) => length > 0,
      );
      expect(found.map(({ id, revision, type, data }) => ({ id, revision, type, data }))).toEqual([
        { id: event.id, revision: 3, type: event.type, data: event.data },
      ]);
    });

    it('rejects reads and appends on a tombstoned stream, and delivers no event for the tombstone', async () => {
      const stream = newStream();
      const event = newEvent();
      await store.append(stream, NO_STREAM, [event]);
      await client.tombstoneStream(stream);
      await expect(store.readStream(stream)).rejects.toThrow(StreamDeleted);
      await expect(store.append(stream, 0, [newEvent()])).rejects.toThrow(StreamDeleted);
      const found = await readAll(store, { after: START, prefixes: [stream] });
      expect(found.every(({ id }) => id === event.id)).toBe(true);
    });

    it('delivers no internal events of the server or the adapter', async () => {
      const after = await store.head();
      await store.logId();
      const stream = newStream();
      const [event] = newEvents(1) as [NewEvent];
      await store.append(stream, NO_STREAM, [event]);
      await client.setStreamMetadata(stream, { owner: 'test' });
      const found = await readAll(store, { after: START });
      expect(found.filter((recorded) => /^(\$|eventLog$)/.test(recorded.stream) || recorded.type.startsWith('$'))).toEqual([]);
      expect(found.at(-1)?.id).toBe(event.id);
      expect((await store.head()) > after).toBe(true);
      expect((await store.head()) > (found.at(-1)?.position as string)).toBe(true);
    });

    it('creates one log id for concurrent first callers', async () => {
      const others = await Promise.all([harness.open(), harness.open(), harness.open()]);
      const ids = await Promise.all(others.map((other) => other.logId()));
      expect(new Set(ids).size).toBe(1);
      expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
      for (const other of others) await other.close();
    });
  });
};
