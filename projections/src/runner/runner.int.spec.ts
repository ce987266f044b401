import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  READ_MODEL_STATES,
  readModelCollection,
  START,
  streams,
  type DeliveryView,
  type ReadModelState,
  formatPosition,
  type Position,
  upcast,
} from '@rewards/contracts';
import { DocumentStoreUnavailable, type Collection, type DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { createLogger } from '@rewards/service-kit';
import { until } from '@rewards/testing/until';
import { claimsProjection } from '../claims/claims.projection';
import { deliveriesProjection } from '../deliveries/deliveries.projection';
import { eventsProjection } from '../events/events.projection';
import { participationsProjection } from '../participations/participations.projection';
import { PROJECTIONS } from '../read-models';
import { statisticsProjection } from '../statistics/statistics.projection';
import { factsOfEndpoint } from '@rewards/contracts/testing/sample-deliveries';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import type { FreezeMessage } from '../testing/freezing-runners.process';
import { history } from '@rewards/contracts/testing/sample-history';
import { Checkpoints } from './checkpoints';
import { fillNext } from '../rebuild/fill-next';
import { keepReadModels } from './keep-read-models';
import type { AnyProjection } from './projection';
import { ProjectionRunner, type RunnerOptions } from './runner';
import { VersionFiller } from './version-filler';

const EVERYTHING = 10_000;
const PAST_END = formatPosition(2n ** 64n - 1n);
const logger = createLogger('projections', 'silent');
const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const event = factsOfEvent(eventId);
const one = factsOfParticipation(eventId, accountId);

describe('projection runner', () => {
  let directory: string;
  let store: EventStore;
  let views: DocumentStore;
  const toClose: { close(): Promise<void> }[] = [];
  const running: { readonly controller: AbortController; readonly ended: Promise<void> }[] = [];

  const openViews = (file = 'views.db'): DocumentStore => {
    const store = openEmbeddedDocumentStore({ file: join(directory, file) });
    toClose.push(store);
    return store;
  };
  const openLog = (file = 'events.db'): EventStore => {
    const store = openEmbeddedEventStore({ file: join(directory, file) });
    toClose.push(store);
    return store;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'projections-'));
    store = openLog();
    views = openViews();
  });

  afterEach(async () => {
    for (const { controller } of running) controller.abort();
    await Promise.all(running.splice(0).map(({ ended }) => ended));
    for (const store of toClose.splice(0)) await store.close();
    rmSync(directory, { recursive: true });
  });

  interface OtherEngines {
    readonly store?: EventStore;
    readonly views?: DocumentStore;
  }
  const enginesOf = ({ store: ownStore, views: ownViews }: OtherEngines) => {
    const documents = ownViews ?? views;
    return { store: ownStore ?? store, views: documents, checkpoints: new Checkpoints(documents), upcast };
  };

  /** @returns stops the runner */
  const start = (projection: AnyProjection, engines: OtherEngines = {}, options: Partial<RunnerOptions> = {}) => {
    const runner = new ProjectionRunner(projection, enginesOf(engines), { logger, ...options });
    const controller = new AbortController();
    const run = { controller, ended: runner.run(controller.signal) };
    running.push(run);
    return {
      stop: async () => {
        controller.abort();
        await run.ended;
      },
    };
  };

  /** Fills the version of this table until the filler stops. */
  const fillUntilStopped = async (projection: AnyProjection, engines: OtherEngines = {}) => {
    const own = enginesOf(engines);
    const { name, tableVersion: table } = projection;
    const { live, building } = await own.checkpoints.begin(name, { table, logId: await own.store.logId() });
    const { version } = live.table !== table && building ? building : live;
    await new VersionFiller(projection, version, own, { logger }).run(new AbortController().signal);
  };

  const checkpointAt = async (position: Position) => ({
    logId: await store.logId(),
    position,
    eventId: await store.eventIdAt(position),
  });
  const stateOf = async (name: string, documents = views) =>
    (await (await documents.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] })).get(name))?.document.live;
  const reached = (name: string, position: Position, documents = views) =>
    until(
      `${name} at ${position}`,
      () => stateOf(name, documents),
      (live) => (live?.position ?? START) >= position,
    );
  const documentsOf = async ({ name }: AnyProjection, documents = views, version = 1) => {
    const collection = await documents.collection<object>({ name: readModelCollection(name, version), indexes: [] });
    return (await collection.find({ limit: EVERYTHING })).map(({ id, position, document }) => ({ id, position, document }));
  };
  /** Fills all read models with one runner each, up to the head of the log. */
  const fill = async (documents: DocumentStore) => {
    const position = await store.head();
    const runners = PROJECTIONS.map((projection) => start(projection, { views: documents }));
    for (const { name } of PROJECTIONS) await reached(name, position, documents);
    for (const runner of runners) await runner.stop();
    return Promise.all(PROJECTIONS.map((projection) => documentsOf(projection, documents)));
  };

  it('fills a read model from history and then follows the log', async () => {
    await appendFacts(store, [event.created(), event.added(ELIXIR)]);
    start(eventsProjection);
    await reached('events', await store.head());
    const position = await appendFacts(store, [event.added(SAUNA), event.published()]);
    await reached('events', position);
    expect(await documentsOf(eventsProjection)).toEqual([
      {
        id: streams.rewardEvent(eventId),
        position,
        document: expect.objectContaining({ eventId, rewards: [ELIXIR, SAUNA], revision: 3 }) as object,
      },
    ]);
  });

  it('resumes from its checkpoint, which contains the id of the log', async () => {
    await appendFacts(store, [event.created()]);
    const first = start(eventsProjection);
    await reached('events', await store.head());
    await first.stop();
    const position = await appendFacts(store, [event.added(ELIXIR)]);
    start(eventsProjection);
    await reached('events', position);
    expect(await stateOf('events')).toEqual({
      version: 1,
      table: eventsProjection.tableVersion,
      events: 2,
      logId: await store.logId(),
      position,
      eventId: await store.eventIdAt(position),
      upToDateAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      failure: null,
    });
  });

  it('moves the checkpoint past events that the projection does not read', async () => {
    start(eventsProjection);
    const position = await appendFacts(store, [one.started(), one.counted(1)]);
    await reached('events', position);
    expect(await documentsOf(eventsProjection)).toEqual([]);
  });

  it('ignores unknown types of domain events', async () => {
    const unknown: Fact = { stream: streams.rewardEvent(eventId), event: { type: 'FactOfALaterVersion', data: { eventId } } };
    const position = await appendFacts(store, [event.created(), unknown, event.added(ELIXIR)]);
    start(eventsProjection);
    await reached('events', position);
    expect(await documentsOf(eventsProjection)).toMatchObject([{ document: { rewards: [ELIXIR], revision: 2 } }]);
  });

  it('builds equal read models from the same log', async () => {
    await appendFacts(store, history(3, 40));
    const first = await fill(views);
    const second = await fill(openViews('second.db'));
    const counts = Object.fromEntries(PROJECTIONS.map(({ name }, index) => [name, first[index]?.length]));
    expect(counts).toMatchObject({ events: 3, participations: 120, claims: 480 });
    expect(second).toEqual(first);
  });

  it('changes nothing when all events are redelivered after a crash before the checkpoint', async () => {
    await appendFacts(store, history(2, 20));
    const expected = await fill(views);
    const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    for (const { name } of PROJECTIONS) {
      const stored = await states.get(name);
      if (!stored) throw new Error('no state');
      await states.replace(name, stored.version, { ...stored.document, live: { ...stored.document.live, position: START } });
    }
    expect(await fill(views)).toEqual(expected);
  });

  describe('with a context', () => {
    const [items, rest] = ['00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000e2'] as const;
    const facts = history(2, 20);
    const [claimsOfOne, claimsOfTwo, claimsOfThree] = [facts.slice(0, 150), facts.slice(150, 300), facts.slice(300)];
    /** Returns the documents that one runner writes without a break. */
    const expected = async () => {
      const alone = openViews('alone.db');
      const runner = start(deliveriesProjection, { views: alone });
      await reached('deliveries', await store.head(), alone);
      await runner.stop();
      const documents = await documentsOf(deliveriesProjection, alone);
      const endpoints = new Set(documents.map(({ document }) => (document as DeliveryView).endpointId));
      expect(endpoints).toEqual(new Set([items, rest]));
      return documents;
    };

    it('restores it at its checkpoint after a restart', async () => {
      await appendFacts(store, [factsOfEndpoint(items).added({ rewardTypes: ['ITEM'] }), ...claimsOfOne]);
      const first = start(deliveriesProjection);
      await reached('deliveries', await store.head());
      await first.stop();
      await appendFacts(store, claimsOfTwo);
      const next = start(deliveriesProjection);
      await reached('deliveries', await store.head());
      await next.stop();
      await appendFacts(store, [factsOfEndpoint(rest).added(), ...claimsOfThree]);
      start(deliveriesProjection);
      await reached('deliveries', await store.head());
      expect(await documentsOf(deliveriesProjection)).toEqual(await expected());
    });

    it('builds it again from the first event in a rebuild', async () => {
      await appendFacts(store, [factsOfEndpoint(items).added({ rewardTypes: ['ITEM'] }), ...claimsOfOne]);
      await appendFacts(store, [factsOfEndpoint(rest).added(), ...claimsOfTwo, factsOfEndpoint(items).removed()]);
      start(deliveriesProjection);
      await reached('deliveries', await store.head());
      await new Checkpoints(views).rebuild('deliveries', deliveriesProjection.tableVersion, store);
      const position = await appendFacts(store, claimsOfThree);
      const versionOf = async () => (await stateOf('deliveries'))?.version;
      await until('the next version', versionOf, (version) => version === 2);
      await reached('deliveries', position);
      expect(await documentsOf(deliveriesProjection, views, 2)).toEqual(await expected());
    });
  });

  it('repeats the batch when the store fails between the documents and the checkpoint', async () => {
    let failures = 0;
    const flaky = override<ReadModelState>(views, READ_MODEL_STATES, (collection) => ({
      replace: async (id, version, document) => {
        if ((failures += 1) <= 3) throw new DocumentStoreUnavailable('unavailable for a moment');
        return collection.replace(id, version, document);
      },
    }));
    await appendFacts(store, [one.started(), one.counted(1), one.counted(2)]);
    start(participationsProjection, { views: flaky });
    await reached('participations', await store.head());
    expect(failures).toBeGreaterThan(3);
    expect(await documentsOf(participationsProjection)).toMatchObject([{ document: { progress: 2 } }]);
  });

  it('builds the same read models with two concurrent runners', async () => {
    const facts = history(3, 40);
    await appendFacts(store, facts.slice(0, 600));
    const other = openViews();
    for (const projection of PROJECTIONS) {
      start(projection);
      start(projection, { views: other });
    }
    const position = await appendFacts(store, facts.slice(600));
    for (const { name } of PROJECTIONS) await reached(name, position);
    for (const { controller } of running) controller.abort();
    await Promise.all(running.map(({ ended }) => ended));
    const both = await Promise.all(PROJECTIONS.map((projection) => documentsOf(projection)));
    expect(both).toEqual(await fill(openViews('alone.db')));
  });

  it('keeps the documents right when a runner stalls between load and write while another continues', async () => {
    const name = readModelCollection('participations', 1);
    let resume = () => {};
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    let stall = () => {};
    const loaded = new Promise<void>((resolve) => (stall = resolve));
    const written: string[] = [];
    const stalling = override<object>(openViews(), name, (collection) => ({
      writeNewer: async (documents) => {
        stall();
        await resumed;
        await collection.writeNewer(documents);
        written.push(...documents.map(({ position }) => position));
      },
    }));
    await appendFacts(store, [one.started(), one.counted(1)]);
    start(participationsProjection, { views: stalling });
    await loaded;

    start(participationsProjection);
    const position = await appendFacts(store, [one.counted(2), one.counted(3)]);
    await reached('participations', position);
    resume();
    await until(
      'a write',
      () => written.length,
      (count) => count > 0,
    );
    expect(written[0]).not.toBe(position);
    const last = await appendFacts(store, [one.completed()]);
    await reached('participations', last);
    expect(await documentsOf(participationsProjection)).toMatchObject([
      { position: last, document: { progress: 3, status: 'COMPLETED' } },
    ]);
    expect((await stateOf('participations'))?.position).toBe(last);
  });

  it('counts nothing twice when a runner stalls between load and write', async () => {
    const name = readModelCollection('statistics', 1);
    let resume = () => {};
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    let stall = () => {};
    const loaded = new Promise<void>((resolve) => (stall = resolve));
    const stalling = override<object>(openViews(), name, (collection) => ({
      writeNewer: async (documents) => {
        stall();
        await resumed;
        await collection.writeNewer(documents);
      },
    }));
    const facts = history(2, 30);
    await appendFacts(store, facts.slice(0, 300));
    start(statisticsProjection, { views: stalling });
    await loaded;
    start(statisticsProjection);
    await reached('statistics', await appendFacts(store, facts.slice(300)));
    resume();
    const position = await appendFacts(store, [one.started()]);
    await reached('statistics', position);
    for (const { controller } of running) controller.abort();
    await Promise.all(running.map(({ ended }) => ended));
    const alone = openViews('alone.db');
    start(statisticsProjection, { views: alone });
    await reached('statistics', position, alone);
    expect(await documentsOf(statisticsProjection)).toEqual(await documentsOf(statisticsProjection, alone));
  });

  it('keeps the documents right when another process is frozen between load and write and resumes later', async () => {
    const facts = history(3, 40);
    const endpoint = factsOfEndpoint('00000000-0000-4000-8000-0000000000e1').added();
    await appendFacts(store, [endpoint, ...facts.slice(0, 600)]);
    // All but the dead letters, of which there are none.
    const changing = PROJECTIONS.length - 1;
    const frozen = fork(
      require.resolve('../../../packages/testing/src/run-typescript.cjs'),
      [
        require.resolve('../testing/freezing-runners.process'),
        join(directory, 'events.db'),
        join(directory, 'views.db'),
        String(changing),
      ],
      { execArgv: [] },
    );
    const messages: FreezeMessage[] = [];
    frozen.on('message', (message) => messages.push(message as FreezeMessage));
    const reports = (message: FreezeMessage) =>
      until(
        `the process to report ${message}`,
        () => messages,
        (all) => all.includes(message),
      );
    try {
      await reports('loaded');
      for (const projection of PROJECTIONS) start(projection);
      const position = await appendFacts(store, facts.slice(600, 1_100));
      for (const { name } of PROJECTIONS) await reached(name, position);
      expect(messages).toEqual(['loaded']);

      frozen.kill('SIGCONT');
      await reports('written');
      // Both continue from here.
      const last = await appendFacts(store, facts.slice(1_100));
      for (const { name } of PROJECTIONS) await reached(name, last);
    } finally {
      const exited = once(frozen, 'exit');
      frozen.kill('SIGCONT');
      frozen.disconnect();
      await exited;
    }
    for (const { controller } of running) controller.abort();
    await Promise.all(running.map(({ ended }) => ended));
    const both = await Promise.all(PROJECTIONS.map((projection) => documentsOf(projection)));
    expect(both).toEqual(await fill(openViews('alone.db')));
  });

  it('never moves a checkpoint back', async () => {
    const first = await appendFacts(store, [event.created()]);
    const last = await appendFacts(store, [event.added(ELIXIR)]);
    start(eventsProjection);
    await reached('events', last);
    await new Checkpoints(views).advance('events', 1, { checkpoint: await checkpointAt(first), failure: null });
    const failure = { position: first, message: 'late' };
    await new Checkpoints(views).advance('events', 1, { checkpoint: await checkpointAt(first), failure });
    expect(await stateOf('events')).toMatchObject({ position: last, failure: null });
  });

  it('continues when another runner moves the checkpoint while it starts', async () => {
    await appendFacts(store, [event.created()]);
    const first = start(eventsProjection);
    await reached('events', await store.head());
    await first.stop();
    let hasStarted = false;
    let moved = false;
    const racing = override<ReadModelState>(views, READ_MODEL_STATES, (collection) => ({
      getMany: async (ids) => {
        if (!hasStarted) {
          hasStarted = true;
          const other = start(eventsProjection);
          await reached('events', await appendFacts(store, [event.added(ELIXIR)]));
          await other.stop();
          moved = true;
        }
        return collection.getMany(ids);
      },
    }));
    start(eventsProjection, { views: racing });
    await until('the position to move', () => moved);
    await reached('events', await appendFacts(store, [event.added(SAUNA)]));
  });

  it('stops and stores the failure when the store rejects a document', async () => {
    const refusing = override<object>(views, readModelCollection('events', 1), () => ({
      writeNewer: async () => {
        throw new RangeError('the document is too large');
      },
    }));
    const position = await appendFacts(store, [event.created()]);
    await fillUntilStopped(eventsProjection, { views: refusing });
    expect(await stateOf('events')).toMatchObject({
      position: START,
      failure: { position, message: 'RewardEventCreated: the document is too large' },
    });
  });

  describe('at a domain event that the projection cannot handle', () => {
    const poisoned: AnyProjection = {
      ...participationsProjection,
      on: {
        ...participationsProjection.on,
        EventCompleted: () => {
          throw new TypeError('cannot read this');
        },
      },
    };

    it('stops only that projection, before the event, and stores the position and the error', async () => {
      const before = await appendFacts(store, [one.started(), one.counted(1), one.counted(2), one.counted(3)]);
      const failed = await appendFacts(store, [one.completed()]);
      const last = await appendFacts(store, [one.claimed(20, ELIXIR, { claimed: 20, remaining: 80 })]);
      start(claimsProjection);
      await fillUntilStopped(poisoned);
      await reached('claims', last);
      expect(await stateOf('participations')).toMatchObject({
        position: before,
        failure: { position: failed, message: 'EventCompleted: cannot read this' },
      });
      expect(await documentsOf(participationsProjection)).toMatchObject([{ document: { progress: 3, status: 'ELIGIBLE' } }]);
      expect(await documentsOf(claimsProjection)).toHaveLength(1);
    });

    it('stops at the first event of the log too, and again after a restart', async () => {
      await appendFacts(store, [one.completed()]);
      await fillUntilStopped(poisoned);
      await fillUntilStopped(poisoned);
      expect(await stateOf('participations')).toMatchObject({
        position: START,
        failure: { message: expect.any(String) as string },
      });
    });

    it('continues with a table that can handle it, and clears the failure', async () => {
      await appendFacts(store, [one.started(), one.counted(1), one.counted(2), one.counted(3), one.completed()]);
      await fillUntilStopped(poisoned);
      start(participationsProjection);
      await reached('participations', await store.head());
      expect((await stateOf('participations'))?.failure).toBeNull();
      expect(await documentsOf(participationsProjection)).toMatchObject([{ document: { status: 'COMPLETED' } }]);
    });
  });

  describe('stops and changes nothing', () => {
    const fillEvents = async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      const runner = start(eventsProjection);
      await reached('events', await store.head());
      await runner.stop();
      return { state: await stateOf('events'), documents: await documentsOf(eventsProjection) };
    };

    it('if the log is not the one that filled the read model', async () => {
      const before = await fillEvents();
      const foreign = openLog('foreign.db');
      await appendFacts(foreign, [event.created(), event.added(SAUNA), event.published()]);
      await fillUntilStopped(eventsProjection, { store: foreign });
      expect({ state: await stateOf('events'), documents: await documentsOf(eventsProjection) }).toEqual(before);
    });

    it('if an older copy of the log was restored and has grown past the checkpoint', async () => {
      await appendFacts(store, [event.created()]);
      await store.close();
      cpSync(join(directory, 'events.db'), join(directory, 'copy.db'));
      store = openLog();
      await appendFacts(store, [event.added(ELIXIR)]);
      const before = await fillEvents();

      const restored = openLog('copy.db');
      await appendFacts(restored, [event.added(SAUNA), event.published()]);
      await fillUntilStopped(eventsProjection, { store: restored });
      expect({ state: await stateOf('events'), documents: await documentsOf(eventsProjection) }).toEqual(before);
    });

    it('if the checkpoint is past the end of the log', async () => {
      const { state } = await fillEvents();
      const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
      const stored = await states.get('events');
      if (!stored || !state) throw new Error('no state');
      const live = { ...state, position: PAST_END };
      await states.replace('events', stored.version, { ...stored.document, live });
      await fillUntilStopped(eventsProjection);
      expect(await stateOf('events')).toEqual(live);
    });
  });

  describe('when another version of its table filled the read model', () => {
    const newer: AnyProjection = {
      ...eventsProjection,
      tableVersion: eventsProjection.tableVersion + 1,
      on: { ...eventsProjection.on, RewardAdded: (view: object | null) => view && { ...view, hasRewards: true } },
    };

    /** Views in which the next version waits until it is released. */
    const stalledNext = () => {
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const stalled = override<object>(openViews(), readModelCollection('events', 2), (collection) => ({
        writeNewer: async (documents) => {
          await released;
          await collection.writeNewer(documents);
        },
      }));
      return { stalled, release };
    };
    const replaced = (version: number) =>
      until(
        `version ${version} to be live`,
        () => stateOf('events'),
        (state) => state?.version === version,
      );
    const keep = (projection: AnyProjection, engines: OtherEngines = {}, options: Partial<RunnerOptions> = {}) => {
      const controller = new AbortController();
      const ended = keepReadModels([projection], enginesOf(engines), { logger, ...options }, controller.signal);
      running.push({ controller, ended });
      return {
        stop: async () => {
          controller.abort();
          await ended;
        },
      };
    };
    const events = () => documentsOf(eventsProjection);
    const added = (number: number) => event.added({ ...ELIXIR, name: `reward ${number}` });

    it('fills the next version, which replaces the live one when it has caught up with it', async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      const older = start(eventsProjection);
      const previous = await reached('events', await store.head());
      await older.stop();

      const position = await appendFacts(store, [event.published()]);
      start(newer);
      const live = await until(
        'version 2 to catch up',
        () => stateOf('events'),
        (state) => state?.version === 2 && state.position >= position,
      );
      expect(previous).toMatchObject({ version: 1, table: eventsProjection.tableVersion });
      expect(live).toMatchObject({ table: newer.tableVersion, position, failure: null });
      expect(await documentsOf(newer, views, 2)).toMatchObject([{ document: { hasRewards: true, revision: 2 } }]);
    });

    it.each([
      ['the previous release, until a process of the new one has', true],
      ['its earlier table, if the release still has its code', false],
    ])('is kept up to date under load by %s filled the next version', async (_by, isRolling) => {
      await appendFacts(store, [event.created()]);
      const older = keep(eventsProjection);
      await reached('events', await store.head());
      if (!isRolling) await older.stop();
      const { stalled, release } = stalledNext();
      keep(isRolling ? newer : { ...newer, previous: [eventsProjection] }, { views: stalled });
      await until(
        'the next version to be started',
        async () => (await new Checkpoints(views).loadAll(['events'])).get('events')?.building,
        (building) => building?.table === newer.tableVersion,
      );
      // Each write is visible in the live version before the next one: its lag does not grow while the next version is filled.
      let position = START;
      for (let number = 0; number < 20; number += 1) {
        position = await appendFacts(store, [added(number)]);
        expect((await reached('events', position))?.version).toBe(1);
      }
      expect(await events()).toMatchObject([{ position, document: { revision: 20 } }]);
      release();
      await replaced(2);
      expect((await reached('events', await appendFacts(store, [event.published()])))?.version).toBe(2);
      expect(await documentsOf(newer, views, 2)).toMatchObject([{ document: { hasRewards: true, revision: 21 } }]);
    });

    it('is not replaced by the earlier release that still runs, but by it after a rollback', async () => {
      await appendFacts(store, [event.created()]);
      const later = keep(newer);
      const position = await store.head();
      await reached('events', position);
      let laterVersions = 0;
      const older = keep(eventsProjection, {}, { rollBackAfterMs: 2_000 });
      for (; laterVersions < 10; laterVersions += 1) await reached('events', await appendFacts(store, [added(laterVersions)]));
      expect(await stateOf('events')).toMatchObject({ version: 1, table: newer.tableVersion });
      await later.stop();
      expect(await replaced(2)).toMatchObject({ table: eventsProjection.tableVersion });
      await older.stop();
    });

    it('is kept by a process that only fills the next version before the upgrade, and replaced by the new release', async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      const older = keep(eventsProjection);
      await reached('events', await store.head());
      const options = { projections: [newer], logger, onProgress: () => undefined, signal: new AbortController().signal };
      expect(await fillNext(enginesOf({}), options)).toEqual(['events']);
      const position = await appendFacts(store, [event.published()]);
      expect((await reached('events', position))?.version).toBe(1);
      await older.stop();
      const { building } = (await new Checkpoints(views).loadAll(['events'])).get('events') ?? {};
      expect(building).toMatchObject({ version: 2, table: newer.tableVersion });
      expect(building?.position).not.toBe(START);
      keep(newer);
      await replaced(2);
      expect((await reached('events', position))?.version).toBe(2);
    });

    it('is filled by that process if the earlier release does not have it, but not in a new system', async () => {
      const options = {
        projections: [deliveriesProjection],
        logger,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      };
      expect(await fillNext(enginesOf({}), options)).toEqual([]);
      await appendFacts(store, [factsOfEndpoint(eventId).added(), ...history(1, 5)]);
      start(eventsProjection);
      await reached('events', await store.head());
      // The process knows about the read models of the earlier release.
      const both = { ...options, projections: [eventsProjection, deliveriesProjection] };
      expect(await fillNext(enginesOf({}), both)).toEqual(['deliveries']);
      expect((await stateOf('deliveries'))?.position).toBe(await store.head());
      expect(await documentsOf(deliveriesProjection)).toHaveLength(15);
    });

    it('keeps the live version when the next one stops, and continues the next one with a fixed table', async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      const older = start(eventsProjection);
      const live = await reached('events', await store.head());
      await older.stop();
      const poisoned: AnyProjection = {
        ...newer,
        on: {
          ...newer.on,
          RewardAdded: () => {
            throw new TypeError('cannot read this');
          },
        },
      };
      await fillUntilStopped(poisoned);
      expect(await stateOf('events')).toEqual(live);
      start(newer);
      await until(
        'version 2',
        () => stateOf('events'),
        (state) => state?.version === 2,
      );
    });
  });

  describe('when a rebuild is requested', () => {
    const states = () => views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    const whole = async (name: string) => (await (await states()).get(name))?.document;
    const rebuild = async ({ name, tableVersion: version }: AnyProjection, log = store) =>
      new Checkpoints(views).rebuild(name, version, log);
    const rebuilt = (name: string, version: number) =>
      until(
        `version ${version} of ${name}`,
        () => whole(name),
        (state) => state?.live.version === version && state.building === null,
      );

    it.each(PROJECTIONS)('fills $name from the first event while the live version follows the log', async (projection) => {
      const facts = history(3, 40);
      await appendFacts(store, facts.slice(0, 900));
      start(projection);
      await reached(projection.name, await store.head());
      await rebuild(projection);
      const position = await appendFacts(store, facts.slice(900));
      await rebuilt(projection.name, 2);
      await reached(projection.name, position);
      start(projection, { views: openViews('alone.db') });
      await reached(projection.name, position, toClose.at(-1) as DocumentStore);
      expect(await documentsOf(projection, views, 2)).toEqual(await documentsOf(projection, toClose.at(-1) as DocumentStore));
    });

    it('starts one rebuild however often it is requested', async () => {
      await appendFacts(store, [event.created()]);
      const first = await rebuild(eventsProjection);
      expect(await rebuild(eventsProjection)).toEqual(first);
      expect(first).toMatchObject({ version: 2, position: START });
      start(eventsProjection);
      await rebuilt('events', 2);
      expect(await rebuild(eventsProjection)).toMatchObject({ version: 3 });
    });

    it('keeps the live version up to date while the next one stalls', async () => {
      await appendFacts(store, [event.created()]);
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const slow = override<object>(views, readModelCollection('events', 2), (collection) => ({
        writeNewer: async (documents) => {
          await released;
          await collection.writeNewer(documents);
        },
      }));
      start(eventsProjection, { views: slow });
      await reached('events', await store.head());
      await rebuild(eventsProjection);
      const position = await appendFacts(store, [event.added(ELIXIR)]);
      expect(await reached('events', position)).toMatchObject({ version: 1 });
      release();
      await rebuilt('events', 2);
      await reached('events', await appendFacts(store, [event.published()]));
      expect(await documentsOf(eventsProjection, views, 2)).toMatchObject([{ document: { rewards: [ELIXIR], revision: 2 } }]);
    });

    it('drops a retired version after the retention time', async () => {
      let now = Date.now();
      await appendFacts(store, [event.created()]);
      start(eventsProjection, {}, { now: () => now, keepRetiredMs: 60_000 });
      await reached('events', await store.head());
      await rebuild(eventsProjection);
      await rebuilt('events', 2);
      await rebuild(eventsProjection);
      await rebuilt('events', 3);
      expect((await whole('events'))?.retired).toMatchObject([{ version: 1 }, { version: 2 }]);
      expect(await documentsOf(eventsProjection, views, 1)).toHaveLength(1);
      now += 120_000;
      await until(
        'the retired collections to be removed',
        () => whole('events'),
        (state) => state?.retired?.length === 0,
      );
      expect(await documentsOf(eventsProjection, openViews(), 1)).toEqual([]);
      expect(await documentsOf(eventsProjection, views, 3)).toHaveLength(1);
    });

    it('starts another version after a failed rebuild', async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      start(eventsProjection);
      await reached('events', await store.head());
      const { version } = await rebuild(eventsProjection);
      const failure = { position: await store.head(), message: 'RewardAdded: cannot read this' };
      await new Checkpoints(views)
        .advance('events', version, { checkpoint: await checkpointAt(START), failure })
        .catch(() => undefined);
      await rebuild(eventsProjection);
      await until(
        'the rebuild to end',
        () => whole('events'),
        (state) => state !== undefined && state.live.version > 1 && state.building === null,
      );
      expect((await whole('events'))?.live.failure).toBeNull();
    });

    it('repairs a version that stopped at an event, once its table can handle it', async () => {
      await appendFacts(store, [event.created()]);
      const broken: AnyProjection = {
        ...eventsProjection,
        on: {
          RewardEventCreated: () => {
            throw new TypeError('cannot read this');
          },
        },
      };
      await fillUntilStopped(broken);
      await rebuild(eventsProjection);
      start(eventsProjection);
      expect((await rebuilt('events', 2))?.live).toMatchObject({ failure: null, position: await store.head() });
    });

    it('repairs a read model that was filled from another log', async () => {
      await appendFacts(store, [event.created(), event.added(ELIXIR), event.published()]);
      const first = start(eventsProjection);
      await reached('events', await store.head());
      await first.stop();
      const foreign = openLog('foreign.db');
      const position = await appendFacts(foreign, [factsOfEvent(accountId).created()]);
      start(eventsProjection, { store: foreign });
      await rebuild(eventsProjection, foreign);
      expect((await rebuilt('events', 2))?.live).toMatchObject({ logId: await foreign.logId(), position });
      expect(await documentsOf(eventsProjection, views, 2)).toMatchObject([{ document: { eventId: accountId } }]);
    });

    it('repairs a read model whose checkpoint is past the end of the log', async () => {
      await appendFacts(store, [event.created()]);
      const first = start(eventsProjection);
      const state = await reached('events', await store.head());
      await first.stop();
      const stored = await (await states()).get('events');
      if (!stored || !state) throw new Error('no state');
      const live = { ...state, position: PAST_END };
      await (await states()).replace('events', stored.version, { ...stored.document, live });
      start(eventsProjection);
      await rebuild(eventsProjection);
      expect((await rebuilt('events', 2))?.live.position).toBe(await store.head());
    });
  });

  it('waits for a log that does not exist yet', async () => {
    const reader = openEmbeddedEventStore({ file: join(directory, 'later.db'), queryOnly: true });
    toClose.push(reader);
    start(eventsProjection, { store: reader });
    const position = await appendFacts(openLog('later.db'), [event.created()]);
    await reached('events', position);
  });
});

/** Returns the store with some methods of one collection replaced. */
const override = <T extends object>(
  store: DocumentStore,
  name: string,
  change: (collection: Collection<T>) => Partial<Collection<T>>,
): DocumentStore => ({
  collection: async (spec) => {
    const collection = await store.collection(spec);
    if (spec.name !== name) return collection;
    return Object.assign(Object.create(collection) as typeof collection, change(collection as unknown as Collection<T>));
  },
  scrub: () => store.scrub(),
  ping: () => store.ping(),
  close: () => store.close(),
});
