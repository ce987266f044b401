import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  schemaVersionOf,
  START,
  streams,
  upcast,
  type Checkpoint,
  type DomainEvent,
  type RecordedEvent,
} from '@rewards/contracts';
import { rewardEvent } from '@rewards/domain';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore, SubscribeOptions } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { createLogger } from '@rewards/service-kit';
import { Clock } from '@rewards/service-kit/clock';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import { until } from '@rewards/testing/until';
import fc from 'fast-check';
import { Catalogue, CATALOGUE_STATE } from '../reward-event/catalogue';
import type { Commands } from '../stream-command';
import { Streams } from '../streams';
import { CHECKPOINTS, COUNTER_STATE, DEFERRED } from './checkpoint';
import { Counter } from './counter';
import { LoginHours } from './login-hours';
import { rebuildCounter } from './rebuild-counter';

const failures = new Failures(createLogger('command-service', 'silent'));
const HOUR = 3_600_000;
const timeOf = (hours: number): string => new Date(Date.UTC(2026, 10, 1) + hours * HOUR).toISOString();

interface Login {
  readonly account: number;
  /** Its own time, in hours. */
  readonly hour: number;
  /** Whether it repeats the login before it, as a redelivery into another month's stream would. */
  readonly isRepeated: boolean;
}

interface Schedule {
  readonly before: readonly Login[];
  readonly after: readonly Login[];
  /** Start of the event's window, in hours. */
  readonly startsAt: number;
  readonly isRestarted: boolean;
}

describe('a start of the counter and the catalogue', () => {
  let directory: string;
  let store: EventStore;
  let documents: DocumentStore;
  let places: (SubscribeOptions['after'] | string)[];
  let delivered: number;
  /** How far the counter has handled the log. */
  let handled: Checkpoint['position'];

  const record = async (stream: string, ...events: DomainEvent[]): Promise<void> => {
    const metadata = { correlationId: 'test', causationId: null, actor: { service: 'test' }, at: timeOf(0) };
    const news = events.map((event) => ({
      id: randomUUID(),
      ...event,
      metadata: { ...metadata, schemaVersion: schemaVersionOf(event.type) },
    }));
    await store.append(stream, 'any', news);
  };
  const publish = async (startsAt: number, endsAt: number, publishedAt: number): Promise<string> => {
    const eventId = randomUUID();
    const created = {
      eventId,
      name: 'event',
      description: '',
      startsAt: timeOf(startsAt),
      endsAt: timeOf(endsAt),
      claimsUntil: timeOf(endsAt),
      timeZone: 'Asia/Seoul',
      condition: { type: 'LOGIN_COUNT', count: 100 },
      createdBy: randomUUID(),
      at: timeOf(0),
    };
    await record(
      streams.rewardEvent(eventId),
      { type: 'RewardEventCreated', data: created },
      { type: 'RewardEventPublished', data: { eventId, at: timeOf(publishedAt) } },
    );
    return eventId;
  };
  const logIn = (accountId: string, at: string, loginId: string = randomUUID()): Promise<void> =>
    record(streams.login(accountId, at), { type: 'LoggedIn', data: { loginId, accountId, at } });
  const countedLogins = async (eventId: string, accountId: string): Promise<readonly unknown[]> =>
    (await store.readStream(streams.participation(eventId, accountId)))
      .filter(({ type }) => type === 'LoginCounted')
      .map(({ data }) => (data as { readonly loginId: string }).loginId);

  /** Notes where each subscription begins and how many events it delivers. */
  const watched = (): EventStore => {
    const subscribe: EventStore['subscribe'] = async function* (options) {
      places.push(typeof options.after === 'string' ? options.after : options.after.position);
      for await (const batch of store.subscribe(options)) {
        delivered += batch.events.length;
        yield batch;
        if (options.prefixes?.join() === 'rewardEvent-,login-') handled = batch.checkpoint.position;
      }
    };
    return Object.create(store, { subscribe: { value: subscribe } }) as EventStore;
  };
  const startCounter = async (): Promise<() => Promise<void>> => {
    const loops = new Streams(store);
    const commands: Commands = {
      execute: ({ fields: { aggregate, stream, decide, metadata } }) => loops.of(aggregate).handle(stream, decide, metadata),
    };
    const [checkpoints, deferred, state] = await Promise.all([
      documents.collection(CHECKPOINTS),
      documents.collection(DEFERRED),
      documents.collection(COUNTER_STATE),
    ]);
    const controller = new AbortController();
    const { signal } = controller;
    const engines = { store: watched(), checkpoints, deferred, state, upcast };
    const counter = new Counter(engines, commands, new Clock(), failures);
    const run = retry(() => counter.run(signal), { signal }).catch(() => undefined);
    return async () => {
      controller.abort();
      await run;
    };
  };
  const untilCaughtUp = () => until('the counter to catch up', async () => handled >= (await store.head()));
  const untilBackfilled = (eventId: string) =>
    until('the backfill', async () => (await store.readStream(streams.backfill(eventId))).length > 0);
  const startCatalogue = async (): Promise<Catalogue> => {
    const loops = new Streams(store);
    const catalogue = new Catalogue(watched(), loops.of(rewardEvent), failures, upcast, () =>
      documents.collection(CATALOGUE_STATE),
    );
    catalogue.start();
    await until('the catalogue to be live', () => catalogue.staleness === null);
    return catalogue;
  };
  const stopCatalogue = async (catalogue: Catalogue): Promise<void> => {
    const saving = new AbortController();
    const saved = catalogue.keepSaved(saving.signal);
    saving.abort();
    await saved;
    await catalogue.stop();
  };

  const open = (): void => {
    directory = mkdtempSync(join(tmpdir(), 'flat-'));
    store = openEmbeddedEventStore({ file: join(directory, 'events.db') });
    documents = openEmbeddedDocumentStore({ file: join(directory, 'command.db') });
    places = [];
    delivered = 0;
    handled = START;
  };
  const close = async (): Promise<void> => {
    await Promise.all([store.close(), documents.close()]);
    rmSync(directory, { recursive: true });
  };
  beforeEach(open);
  afterEach(async () => {
    jest.restoreAllMocks();
    await close();
  });

  it('reads nothing again, however long the log is, and judges logins by the restored reward events', async () => {
    const eventId = await publish(0, 1_000, 0);
    for (let login = 0; login < 300; login += 1) await logIn(randomUUID(), timeOf(1));
    let stop = await startCounter();
    await untilCaughtUp();
    await stop();
    await stopCatalogue(await startCatalogue());

    [places, delivered] = [[], 0];
    stop = await startCounter();
    const catalogue = await startCatalogue();
    const player = randomUUID();
    await logIn(player, timeOf(2));
    await until('a counted login', async () => (await countedLogins(eventId, player)).length === 1);
    expect(await catalogue.find(eventId)).toMatchObject({ eventId, publishedAt: timeOf(0) });
    expect(places).not.toContain(START);
    // The login, which the counter reads. The first domain events of its participation match no prefix.
    expect(delivered).toBe(1);
    await stop();
    await catalogue.stop();
  });

  it('resumes an unfinished backfill, and finishes it once', async () => {
    const [player, stranger] = [randomUUID(), randomUUID()];
    await logIn(player, timeOf(5));
    let stop = await startCounter();
    await untilCaughtUp();
    const eventId = await publish(0, 100, 10);
    await untilBackfilled(eventId);
    await untilCaughtUp();
    await stop();
    stop = await startCounter();
    await logIn(stranger, timeOf(11));
    await until('a counted login', async () => (await countedLogins(eventId, stranger)).length === 1);
    expect(await countedLogins(eventId, player)).toHaveLength(1);
    expect(await store.readStream(streams.backfill(eventId))).toHaveLength(1);
    await stop();
  });

  it('reads only the hours of an event that is published ten minutes late', async () => {
    const old = Array.from({ length: 200 }, () => randomUUID());
    const stop = await startCounter();
    for (const [index, accountId] of old.entries()) await logIn(accountId, timeOf(index / 10));
    await untilCaughtUp();
    const recent = randomUUID();
    // Its message was delayed by 20 hours: it is recorded among logins of a later time, and counts for no recent event.
    const delayed = randomUUID();
    for (const [accountId, hour] of [
      [recent, 40],
      [delayed, 20],
      [randomUUID(), 40.1],
    ] as const)
      await logIn(accountId, timeOf(hour));
    await untilCaughtUp();
    [places, delivered] = [[], 0];
    const eventId = await publish(40, 80, 40 + 1 / 6);
    await untilBackfilled(eventId);
    await untilCaughtUp();
    expect(await countedLogins(eventId, recent)).toHaveLength(1);
    expect(await countedLogins(eventId, delayed)).toEqual([]);
    expect(places).not.toContain(START);
    // Three logins and the publication, read by the backfill, and the publication, read by the counter.
    expect(delivered).toBeLessThanOrEqual(3 + 2 + 2 + 10);
    await stop();
  });

  it('counts exactly as a full read does, in whatever order logins are recorded', async () => {
    await close();
    const login = fc.record({ account: fc.nat(2), hour: fc.integer({ min: 0, max: 60 }), isRepeated: fc.boolean() });
    const schedule = fc.record({
      before: fc.array(login, { maxLength: 12 }),
      after: fc.array(login, { maxLength: 6 }),
      startsAt: fc.integer({ min: 0, max: 50 }),
      isRestarted: fc.boolean(),
    });
    const run = async ({ before, after, startsAt, isRestarted }: Schedule) => {
      const accounts = [0, 1, 2].map(() => randomUUID());
      let lastId = '';
      const recordAll = async (logins: readonly Login[]): Promise<void> => {
        for (const { account, hour, isRepeated } of logins) {
          const loginId = isRepeated && lastId ? lastId : randomUUID();
          await logIn(accounts[account] ?? '', timeOf(hour), loginId);
          lastId = loginId;
        }
      };
      let stop = await startCounter();
      for (const each of before) {
        await recordAll([each]);
        await untilCaughtUp();
      }
      if (isRestarted) {
        await stop();
        stop = await startCounter();
      }
      const eventId = await publish(startsAt, startsAt + 20, startsAt + 15);
      await recordAll(after);
      await untilBackfilled(eventId);
      await untilCaughtUp();
      await stop();
      const counted = await Promise.all(accounts.map((accountId) => countedLogins(eventId, accountId)));

      // The same log, read from its start into other participations: those of this run are hidden.
      const copy = openEmbeddedEventStore({ file: join(directory, 'copy.db') });
      for await (const batch of store.subscribe({ after: START, prefixes: ['login-', 'rewardEvent-'] })) {
        for (const { stream, id, type, data, metadata } of batch.events as readonly RecordedEvent[])
          await copy.append(stream, 'any', [{ id, type, data, metadata }]);
        if (batch.caughtUp) break;
      }
      const indexed = store;
      store = copy;
      await rebuildCounter(documents);
      handled = START;
      jest.spyOn(LoginHours.prototype, 'before').mockReturnValue({ logId: await copy.logId(), position: START, eventId: null });
      stop = await startCounter();
      await untilBackfilled(eventId);
      await untilCaughtUp();
      await stop();
      const expected = await Promise.all(accounts.map((accountId) => countedLogins(eventId, accountId)));
      jest.restoreAllMocks();
      store = indexed;
      await copy.close();
      expect(counted).toEqual(expected);
    };
    await fc.assert(
      fc.asyncProperty(schedule, async (given) => {
        open();
        try {
          await run(given);
        } finally {
          await close();
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
    open();
  }, 120_000);
});
