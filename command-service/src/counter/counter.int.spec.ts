import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { COUNTER_CHECKPOINT, schemaVersionOf, streams, upcast, type DomainEvent } from '@rewards/contracts';
import { participation, rewardEvent } from '@rewards/domain';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { createLogger } from '@rewards/service-kit';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import { IANAZone } from 'luxon';
import { until } from '@rewards/testing/until';
import { Clock } from '@rewards/service-kit/clock';
import type { Commands } from '../stream-command';
import { Streams } from '../streams';
import { CHECKPOINTS, COUNTER_STATE, DEFERRED } from './checkpoint';
import { Counter } from './counter';
import { rebuildCounter } from './rebuild-counter';

const failures = new Failures(createLogger('command-service', 'silent'));
const UNKNOWN_ZONE = '+09:00';

describe('the counter', () => {
  let directory: string;
  let store: EventStore;
  let documents: DocumentStore;
  let counter: Counter;
  let stop: () => Promise<void>;
  /** Delays a command. @param at of the login that it counts */
  let beforeCommand: (stream: string, at: string) => Promise<void>;

  const openLog = (file: string): EventStore => openEmbeddedEventStore({ file: join(directory, file) });
  const record = async (stream: string, ...events: DomainEvent[]): Promise<void> => {
    const at = new Date().toISOString();
    const metadata = { correlationId: 'test', causationId: null, actor: { service: 'test' }, at };
    await store.append(
      stream,
      'any',
      events.map((event) => ({
        id: randomUUID(),
        ...event,
        metadata: { ...metadata, schemaVersion: schemaVersionOf(event.type) },
      })),
    );
  };

  const newEvent = async (timeZone = 'Asia/Seoul', publishedAt = '2026-10-01T00:00:00.000Z'): Promise<string> => {
    const eventId = randomUUID();
    const created = {
      eventId,
      name: 'event',
      description: '',
      startsAt: '2026-11-01T00:00:00.000Z',
      endsAt: '2026-12-01T00:00:00.000Z',
      claimsUntil: '2026-12-15T00:00:00.000Z',
      timeZone,
      condition: { type: 'LOGIN_COUNT', count: 100 },
      createdBy: randomUUID(),
      at: '2026-10-01T00:00:00.000Z',
    };
    await record(
      streams.rewardEvent(eventId),
      { type: 'RewardEventCreated', data: created },
      { type: 'RewardEventPublished', data: { eventId, at: publishedAt } },
    );
    return eventId;
  };
  const logIn = async (accountId: string, day = 2): Promise<void> => {
    const at = `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`;
    await record(streams.login(accountId, at), { type: 'LoggedIn', data: { loginId: randomUUID(), accountId, at } });
  };
  const counted = async (eventId: string, accountId: string): Promise<number> =>
    (await store.readStream(streams.participation(eventId, accountId))).filter(
      ({ type, data }) => type === 'LoginCounted' && data,
    ).length;
  const untilCounted = (eventId: string, accountId: string, logins: number) =>
    until(
      `${logins} counted logins`,
      async () => await counted(eventId, accountId),
      (value) => value === logins,
    );

  const start = async (): Promise<void> => {
    const loops = new Streams(store);
    const commands: Commands = {
      execute: async ({ fields: { aggregate, stream, decide, metadata } }) => {
        await beforeCommand(stream, metadata.at);
        return loops.of(aggregate).handle(stream, decide, metadata);
      },
    };
    const [checkpoints, deferred, state] = await Promise.all([
      documents.collection(CHECKPOINTS),
      documents.collection(DEFERRED),
      documents.collection(COUNTER_STATE),
    ]);
    const controller = new AbortController();
    const { signal } = controller;
    counter = new Counter({ store, checkpoints, deferred, state, upcast }, commands, new Clock(), failures);
    const running = counter;
    const run = retry(() => running.run(signal), { signal }).catch(() => undefined);
    stop = async () => {
      controller.abort();
      await run;
    };
  };
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };

  beforeEach(async () => {
    beforeCommand = async () => undefined;
    directory = mkdtempSync(join(tmpdir(), 'counter-'));
    store = openLog('events.db');
    documents = openEmbeddedDocumentStore({ file: join(directory, 'command.db') });
    await start();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await stop();
    await store.close();
    await documents.close();
    rmSync(directory, { recursive: true });
  });

  describe('for an event that is unpublished', () => {
    const reward = { name: 'potion', type: 'ITEM', amount: 1 };
    const change = (eventId: string, type: string, data: object) =>
      record(streams.rewardEvent(eventId), { type, data: { eventId, at: '2026-10-02T00:00:00.000Z', ...data } });
    const startOf = async (eventId: string, accountId: string) =>
      (await store.readStream(streams.participation(eventId, accountId)))[0]?.data;

    it('counts all logins since its start once it is published again with an earlier one', async () => {
      const [eventId, player] = [await newEvent(), randomUUID()];
      const early = (at: string) =>
        record(streams.login(player, at), { type: 'LoggedIn', data: { loginId: randomUUID(), accountId: player, at } });
      await early('2026-10-01T10:00:00.000Z');
      await change(eventId, 'RewardEventUnpublished', {});
      await early('2026-10-02T10:00:00.000Z');
      await change(eventId, 'RewardEventChanged', { startsAt: '2026-10-01T00:00:00.000Z' });
      await change(eventId, 'RewardEventPublished', { at: '2026-10-03T00:00:00.000Z' });
      await early('2026-10-03T10:00:00.000Z');
      await untilCounted(eventId, player, 3);
      expect(await startOf(eventId, player)).toMatchObject({ termsVersion: 2 });
    });

    it.each([true, false])(
      'keeps the terms of a login that it counted before, also if the counter was behind (%p)',
      async (isBehind) => {
        const [eventId, ahead] = [await newEvent(), randomUUID()];
        if (isBehind) await stop();
        // Gives a backfill that does not wait for this login every opportunity to count the other one first.
        beforeCommand = async (stream, at) => {
          if (!at.startsWith('2026-11')) return;
          for (let turns = 0; turns < 1_000 && (await store.readStream(stream)).length === 0; turns += 1) await setImmediate();
        };
        await record(streams.login(ahead, '2026-09-01T10:00:00.000Z'), {
          type: 'LoggedIn',
          data: { loginId: randomUUID(), accountId: ahead, at: '2026-09-01T10:00:00.000Z' },
        });
        // The clock of the instance that recorded it was ahead: the event was still scheduled for others.
        await logIn(ahead);
        if (!isBehind) await untilCounted(eventId, ahead, 1);
        await change(eventId, 'RewardEventUnpublished', {});
        await change(eventId, 'RewardEventChanged', { startsAt: '2026-09-01T00:00:00.000Z', rewards: [reward] });
        await change(eventId, 'RewardEventPublished', { at: '2026-10-03T00:00:00.000Z' });
        if (isBehind) await start();
        await untilCounted(eventId, ahead, 2);
        expect(await startOf(eventId, ahead)).toMatchObject({ termsVersion: 1 });
      },
    );
  });

  it('saves its checkpoint after each login, also when several follow one another', async () => {
    const checkpoints = await documents.collection(CHECKPOINTS);
    for (let login = 0; login < 3; login += 1) {
      await logIn(randomUUID());
      const head = await store.head();
      await until(
        'the checkpoint of the login',
        async () => (await checkpoints.get(COUNTER_CHECKPOINT))?.document.position ?? '',
        (position) => position >= head,
      );
    }
  });

  describe('on a log restored from an older copy', () => {
    it.each([0, 5])('stays stopped until it is rebuilt, even if the copy has grown by %i logins', async (logins) => {
      const [eventId, player] = [await newEvent(), randomUUID()];
      await logIn(player);
      await untilCounted(eventId, player, 1);
      await stop();
      await store.close();
      for (const file of readdirSync(directory).filter((name) => name.startsWith('events.db'))) {
        cpSync(join(directory, file), join(directory, file.replace('events', 'copy')));
      }

      store = openLog('events.db');
      await start();
      await logIn(player, 3);
      await untilCounted(eventId, player, 2);
      await stop();
      await store.close();

      store = openLog('copy.db');
      const late = randomUUID();
      for (let login = 0; login < logins; login += 1) await logIn(late, 4 + login);
      await start();
      await until('the counter to fail', () => counter.failure !== null);
      expect(counter.failure).toMatch(/checkpoint does not match the log.*npm run rebuild -- counter$/);
      await logIn(late, 20);
      await restart();
      await until('the counter to fail', () => counter.failure !== null);
      expect(await counted(eventId, late)).toBe(0);

      await rebuildCounter(documents);
      await untilCounted(eventId, late, logins + 1);
      expect(counter.failure).toBeNull();
      expect(await counted(eventId, player)).toBe(1);
    });
  });

  describe('with logins that it cannot count', () => {
    it('reports an event of an unknown time zone, counts all others, and counts it once the zone is known', async () => {
      const [unknown, known, player] = [await newEvent(UNKNOWN_ZONE), await newEvent(), randomUUID()];
      for (const day of [2, 3]) await logIn(player, day);
      await untilCounted(known, player, 2);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(counter.uncounted()).toEqual([{ scope: { eventId: unknown }, reason: expect.stringContaining(UNKNOWN_ZONE) }]);
      expect(counter.failure).toBeNull();

      await restart();
      await logIn(player, 4);
      await untilCounted(known, player, 3);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(await counted(unknown, player)).toBe(0);

      const isValid = IANAZone.isValidZone.bind(IANAZone);
      jest.spyOn(IANAZone, 'isValidZone').mockImplementation((zone) => zone === UNKNOWN_ZONE || isValid(zone));
      jest.spyOn(IANAZone.prototype, 'offset').mockReturnValue(540);
      jest.spyOn(IANAZone.prototype, 'isValid', 'get').mockReturnValue(true);
      IANAZone.resetCache();
      await restart();
      await untilCounted(unknown, player, 3);
      await until(
        'no uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length === 0,
      );
      await logIn(player, 5);
      await untilCounted(unknown, player, 4);
      await untilCounted(known, player, 4);
      IANAZone.resetCache();
    });

    it('reports an event of an unknown time zone during its backfill', async () => {
      const player = randomUUID();
      await logIn(player, 7);
      const [unknown, known] = [
        await newEvent(UNKNOWN_ZONE, '2026-11-20T00:00:00.000Z'),
        await newEvent('Asia/Seoul', '2026-11-20T00:00:00.000Z'),
      ];
      await untilCounted(known, player, 1);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { eventId: unknown } }]);
    });

    it('skips a reward event with an unreadable history, and counts it once the history is readable', async () => {
      const [broken, sound, player] = [await newEvent(), await newEvent(), randomUUID()];
      await logIn(player, 2);
      await untilCounted(broken, player, 1);
      await record(streams.rewardEvent(broken), { type: 'RewardAdded', data: null });
      await logIn(player, 3);
      await untilCounted(sound, player, 2);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { eventId: broken } }]);
      expect(await counted(broken, player)).toBe(1);

      const evolve = rewardEvent.evolve.bind(rewardEvent);
      jest.spyOn(rewardEvent, 'evolve').mockImplementation((state, event) => (event.data ? evolve(state, event) : state));
      await restart();
      await untilCounted(broken, player, 2);
      await until(
        'no uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length === 0,
      );
      await logIn(player, 4);
      await untilCounted(broken, player, 3);
    });

    it('skips a participation with an unreadable history, and counts it once the history is readable', async () => {
      const [eventId, broken, sound] = [await newEvent(), randomUUID(), randomUUID()];
      await logIn(broken, 2);
      await untilCounted(eventId, broken, 1);
      await record(streams.participation(eventId, broken), { type: 'LoginCounted', data: null });
      await restart();
      await logIn(broken, 3);
      await logIn(sound, 3);
      await untilCounted(eventId, sound, 1);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { eventId, accountId: broken } }]);

      const evolve = participation.evolve.bind(participation);
      jest.spyOn(participation, 'evolve').mockImplementation((state, event) => (event.data ? evolve(state, event) : state));
      await restart();
      await untilCounted(eventId, broken, 2);
      await until(
        'no uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length === 0,
      );
    });

    it.each<[string, (stream: string) => Promise<void>]>([
      ['has no data', (stream) => record(stream, { type: 'LoggedIn', data: null })],
      ['is not complete', (stream) => record(stream, { type: 'LoggedIn', data: {} })],
      [
        'has no time',
        (stream) => record(stream, { type: 'LoggedIn', data: { loginId: randomUUID(), accountId: randomUUID(), at: 'noon' } }),
      ],
    ])('skips the stream of a login that %s, and counts all others', async (_, recordLogin) => {
      const [eventId, broken, sound] = [await newEvent(), randomUUID(), randomUUID()];
      const stream = streams.login(broken, '2026-11-02T00:00:00.000Z');
      await recordLogin(stream);
      await logIn(sound);
      await untilCounted(eventId, sound, 1);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { loginStream: stream } }]);
      await restart();
      await logIn(sound, 3);
      await untilCounted(eventId, sound, 2);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );

      // Published after its window began, so that a backfill reads the log from its start.
      const late = await newEvent('Asia/Seoul', '2026-11-20T00:00:00.000Z');
      await untilCounted(late, sound, 2);
      await until(
        'a backfill',
        async () => (await store.readStream(streams.backfill(late))).length,
        (value) => value > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { loginStream: stream } }]);
    });

    it('skips an unreadable login from before the first event, and still backfills events', async () => {
      const sound = randomUUID();
      const stream = streams.login(randomUUID(), '2026-11-02T00:00:00.000Z');
      await record(stream, { type: 'LoggedIn', data: {} });
      await logIn(sound);
      await until(
        'an uncounted login',
        () => counter.uncounted(),
        (logins) => logins.length > 0,
      );
      const eventId = await newEvent('Asia/Seoul', '2026-11-20T00:00:00.000Z');
      await untilCounted(eventId, sound, 1);
      await until(
        'a backfill',
        async () => (await store.readStream(streams.backfill(eventId))).length,
        (value) => value > 0,
      );
      expect(counter.uncounted()).toMatchObject([{ scope: { loginStream: stream } }]);
    });
  });
});
