import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { START, streams, upcast, type EarlierDelivery, type Position } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { EventStoreUnavailable, type EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { until } from '@rewards/testing/until';
import type { DispatcherEngines } from './dispatcher';
import { addEarlierDeliveries } from './earlier-deliveries';
import { OPEN_DELIVERIES, OpenDeliveries } from './open-deliveries';
import type { OpenDeliveryDocument } from './open-delivery';
import { DELIVERED, failed, openWorld, refusedBy, type Running, type World } from './testing/delivery-world';

describe('the dispatcher, restarted', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  /** Engines that a crash separates from the process after some writes. @param isLast decides whether a write is the last one */
  const crashing = (isLast: (write: string) => boolean) => {
    let hasCrashed = false;
    const write = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      if (hasCrashed) throw new EventStoreUnavailable('crashed');
      hasCrashed = isLast(name);
      const result = await run();
      if (hasCrashed) throw new EventStoreUnavailable('crashed');
      return result;
    };
    const append: EventStore['append'] = (stream, ...rest) => write(stream, () => world.store.append(stream, ...rest));
    const index = new OpenDeliveries(world.documents);
    const plain = new OpenDeliveries(world.documents);
    index.write = (...parameters) => write('documents', () => plain.write(...parameters));
    index.markEnded = (...parameters) => write('removal', () => plain.markEnded(...parameters));
    index.saveCheckpoint = (...parameters) => write('checkpoint', () => plain.saveCheckpoint(...parameters));
    const engines: Partial<DispatcherEngines> = {
      store: Object.create(world.store, { append: { value: append } }) as EventStore,
      index,
    };
    return { engines, hasCrashed: () => hasCrashed };
  };

  it('after any write, loses nothing and records nothing twice', async () => {
    const endpointId = await world.addEndpoint();
    const tries = new Map<string, number>();
    world.sender.answer = ({ id }) => {
      tries.set(id, (tries.get(id) ?? 0) + 1);
      // Every second delivery fails once.
      return Number.parseInt(id.slice(0, 1), 16) % 2 === 0 && tries.get(id) === 1 ? failed() : DELIVERED;
    };
    const all: string[] = [];
    const stops: Promise<void>[] = [];
    for (let last = 1; last <= 24; last += 1) {
      let writes = 0;
      const { engines, hasCrashed } = crashing(() => (writes += 1) >= last);
      all.push(...(await world.grant(endpointId, 12)));
      const { stop } = world.start({ window: 5 }, engines);
      // A few rounds make fewer writes than the last one.
      await until('the crash', async () => {
        world.advance(1_000);
        return hasCrashed() || all.every((id) => delivered.has(id)) || ((delivered = new Set(await world.deliveredIds())), false);
      });
      stops.push(stop());
    }
    await Promise.all(stops);
    const { dispatcher } = world.start({ window: 5 });
    await until('every delivery', async () => {
      world.advance(1_000);
      delivered = new Set(await world.deliveredIds());
      return all.every((id) => delivered.has(id));
    });
    expect([...(await world.deliveredIds())].sort()).toEqual([...all].sort());
    await until('an empty index', async () => (await world.countOf(endpointId, 'PENDING')) === 0 && dispatcher.inMemory === 0);
  }, 60_000);
  let delivered: ReadonlySet<string> = new Set();

  it('stays within the limit of messages per second', async () => {
    const endpointId = await world.addEndpoint({ maxPerSecond: 1 });
    const ids = await world.grant(endpointId, 2);
    const first = world.start({ sendAfterMs: 0 });
    await until('a message', () => world.sender.sent.length > 0);
    await first.stop();
    world.start({ sendAfterMs: undefined });
    await world.untilDelivered(ids);
    const times = world.sender.sent.map(({ at }) => at);
    expect(times.slice(1).every((at, index) => at - (times[index] ?? 0) >= 1_000)).toBe(true);
  });

  it('twice at the same time, records one outcome of each delivery', async () => {
    const endpointId = await world.addEndpoint();
    const tries = new Map<string, number>();
    world.sender.answer = async ({ id }) => {
      tries.set(id, (tries.get(id) ?? 0) + 1);
      await new Promise((resolve) => setImmediate(resolve));
      return Number.parseInt(id.slice(0, 1), 16) % 4 === 0 && (tries.get(id) ?? 0) <= 2 ? failed() : DELIVERED;
    };
    const running = [world.start(), world.start()];
    for (const each of running) await world.untilCaughtUp(each);
    const ids = await world.grant(endpointId, 400);
    await until('every delivery', async () => {
      world.advance(1_000);
      return new Set(await world.deliveredIds()).size === ids.length;
    });
    for (const each of running) await world.untilCaughtUp(each);
    expect([...(await world.deliveredIds())].sort()).toEqual([...ids].sort());
    for (const id of ids) {
      const failures = (await world.factsOf(id)).filter(({ type }) => type === 'DeliveryAttemptFailed');
      expect(failures.map((fact) => (fact as unknown as { readonly attempt: number }).attempt)).toEqual(
        failures.map((_, index) => index + 1),
      );
    }
    expect(world.sender.sent.length).toBeGreaterThan(ids.length);
  });

  it('after a suspension, leaves no document of a delivery that another one has ended', async () => {
    const endpointId = await world.addEndpoint();
    const accountId = randomUUID();
    world.sender.answer = ({ id }) => (id === parked ? refusedBy('rejected', 400) : failed());
    const [parked = '', pending = ''] = await world.grant(endpointId, 2, { accountId });
    const index = new OpenDeliveries(world.documents);
    const plain = new OpenDeliveries(world.documents);
    let isSuspended = false;
    let wake: () => void = () => undefined;
    const awake = new Promise<void>((resolve) => (wake = resolve));
    index.write = async (documents, position) => {
      // The next save writes them together.
      if (documents.filter(({ attempts }) => attempts > 0).length < 2) throw new Error('not yet');
      isSuspended = true;
      await awake;
      await plain.write(documents, position);
    };
    const old = world.start({}, { index });
    await until('a write of both', () => isSuspended);

    const { dispatcher } = world.start();
    await until('both documents', async () => (await plain.get([parked, pending])).length === 2);
    for (const deliveryId of [parked, pending]) {
      const data = { deliveryId, endpointId, accountId, reason: 'given by hand', by: randomUUID(), at: world.clock.iso() };
      await world.record({ stream: streams.delivery(deliveryId), event: { type: 'DeliveryAbandoned', data } });
    }
    await until('their end', async () => (await plain.get([parked, pending])).length === 0);
    const stopped = old.stop();
    wake();
    await stopped;
    expect(await plain.get([parked, pending])).toEqual([]);
    expect([await world.countOf(endpointId, 'PENDING'), await world.countOf(endpointId, 'PARKED')]).toEqual([0, 0]);
    const attempts = world.sender.countOf(pending);
    world.advance(30 * 60_000);
    world.sender.answer = () => DELIVERED;
    await world.untilDelivered(await world.grant(endpointId));
    expect(world.sender.countOf(pending)).toBe(attempts);
    expect(dispatcher.failure).toBeNull();

    // What prevented it is removed at last.
    world.advance(60 * 60_000);
    const stored = await world.documents.collection(OPEN_DELIVERIES);
    await until('an empty index', async () => (await stored.count()) === 0);
  });

  it('counts the open deliveries of an endpoint once, and then only what changes', async () => {
    const endpointId = await world.addEndpoint();
    world.sender.answer = ({ body }) => (body.includes('"amount":2') ? refusedBy('rejected', 400) : failed());
    const parked = await world.grant(endpointId, 30, { amount: 2 });
    const pending = await world.grant(endpointId, 2_100);
    const figures = async ({ dispatcher }: Running) => {
      const [figure] = await dispatcher.receivers();
      return figure && [figure.pending, figure.parked];
    };
    const untilFigures = (running: Running, ...expected: number[]) =>
      until(`the figures ${expected.join()}`, async () => (await figures(running))?.join() === expected.join());
    const first = world.start({ window: 100 });
    await untilFigures(first, pending.length, parked.length);
    await world.untilSaved();
    await first.stop();

    const index = new OpenDeliveries(world.documents);
    const countAfter = jest.spyOn(index, 'countAfter');
    const running = world.start({ window: 100 }, { index });
    await untilFigures(running, pending.length, parked.length);
    const counted = countAfter.mock.calls.length;
    expect(counted).toBe(3);
    world.sender.answer = () => DELIVERED;
    world.advance(25 * 60 * 60_000);
    await untilFigures(running, 0, parked.length);
    const [document] = await world.index.get([parked[0] ?? '']);
    const { deliveryId, accountId, position } = document as OpenDeliveryDocument;
    const data = { deliveryId, endpointId, accountId, position, by: randomUUID(), at: world.clock.iso() };
    await world.record({ stream: streams.delivery(deliveryId), event: { type: 'DeliveryResent', data } });
    await untilFigures(running, 0, parked.length - 1);
    await world.record({ stream: streams.delivery(deliveryId), event: { type: 'DeliveryResent', data } });
    await world.recordEndpoint('DeliveryEndpointPaused', { endpointId });
    await world.grant(endpointId, 150);
    await world.untilCaughtUp(running);
    await until('the figures of the index', async () => {
      const actual = [await world.countOf(endpointId, 'PENDING'), await world.countOf(endpointId, 'PARKED')];
      return actual[0] !== 0 && actual.join() === (await figures(running))?.join();
    });
    expect(countAfter).toHaveBeenCalledTimes(counted);
  }, 60_000);

  it('ends its run after a suspension of half an hour, and begins another one', async () => {
    const endpointId = await world.addEndpoint();
    let ahead = 0;
    const index = new OpenDeliveries(world.documents);
    const runs = jest.spyOn(index, 'accountsWithFullInventory');
    world.start({ systemTime: () => performance.now() + ahead }, { index });
    await world.untilDelivered(await world.grant(endpointId));
    expect(runs).toHaveBeenCalledTimes(1);
    ahead = 31 * 60_000;
    await until('another run', () => runs.mock.calls.length === 2);
    await world.untilDelivered(await world.grant(endpointId));
  });

  it('on another log, builds the index again from that log', async () => {
    const old = await world.addEndpoint();
    world.sender.answer = () => failed();
    const [stale = ''] = await world.grant(old);
    const { stop } = world.start();
    await until('a document', async () => (await world.index.get([stale])).length === 1);
    await world.untilSaved();
    await stop();

    const store = openEmbeddedEventStore({ file: join(world.directory, 'restored.db') });
    const endpointId = randomUUID();
    const eventId = randomUUID();
    const details = {
      name: 'game',
      kind: 'WEBHOOK',
      maxPerSecond: 500,
      timeoutMs: 1_000,
      by: randomUUID(),
      at: world.clock.iso(),
    };
    const accountId = randomUUID();
    await appendFacts(store, [
      factsOfEvent(eventId).created(),
      { stream: streams.deliveryEndpoints(), event: { type: 'DeliveryEndpointAdded', data: { endpointId, ...details } } },
      factsOfParticipation(eventId, accountId).claimed(1, ELIXIR, { claimed: 1, remaining: 99 }),
    ]);
    world.sender.answer = () => DELIVERED;
    const attempts = world.sender.countOf(stale);
    const running = world.start({}, { store });
    await until(
      'a delivery of the new log',
      async () => (await store.readStream(streams.deliveries(endpointId, world.clock.iso()))).length === 1,
    );
    expect(await world.index.get([stale])).toEqual([]);
    expect(world.sender.countOf(stale)).toBe(attempts);
    await running.stop();
    await store.close();
  });

  describe('adds earlier deliveries', () => {
    const earlier = async (endpointId: string) =>
      (await world.store.readStream(streams.earlierDeliveries(endpointId))).map(
        ({ data }) => data as { readonly upTo: Position; readonly deliveries: readonly EarlierDelivery[] },
      );

    it('of grants after `from` that had no endpoint, each once, across a crash', async () => {
      const points = await world.addEndpoint({ rewardTypes: ['POINT'] });
      await world.grant('', 3);
      const from = await world.store.head();
      const endpointId = randomUUID();
      const expected = await world.grant(endpointId, 450);
      await world.grant(points, 5, { type: 'POINT' });
      const added = await world.recordEndpoint('DeliveryEndpointAdded', {
        endpointId,
        name: 'late',
        kind: 'BUS',
        maxPerSecond: 10_000,
        timeoutMs: 1_000,
        from,
      });
      const later = await world.grant(endpointId, 2);

      const { engines, hasCrashed } = crashing((write) => write === streams.earlierDeliveries(endpointId));
      const { stop } = world.start({}, engines);
      await until('the crash', hasCrashed);
      await stop();
      expect((await earlier(endpointId)).map(({ deliveries }) => deliveries.length)).toEqual([200]);

      const running = world.start();
      await world.untilDelivered([...expected, ...later]);
      const facts = await earlier(endpointId);
      expect(facts.map(({ deliveries }) => deliveries.length)).toEqual([200, 200, 50]);
      expect(facts.at(-1)?.upTo).toBe(added);
      expect(facts.flatMap(({ deliveries }) => deliveries.map((one) => one.deliveryId)).sort()).toEqual([...expected].sort());
      expect(facts[0]?.deliveries[0]).toEqual({
        deliveryId: expect.any(String) as string,
        kind: 'CLAIM',
        claimId: expect.any(String) as string,
        accountId: expect.any(String) as string,
        eventId: world.eventId,
        rewardName: ELIXIR.name,
        type: 'ITEM',
        amount: 1,
        at: expect.any(String) as string,
        position: expect.any(String) as string,
      });
      await running.stop();

      // Another start adds nothing, and neither does another endpoint for the same grants.
      await world.recordEndpoint('DeliveryEndpointRemoved', { endpointId });
      const next = await world.addEndpoint({ rewardTypes: ['ITEM'], from: START });
      world.start();
      await until('the end of the additions', async () => (await earlier(next)).length > 0);
      expect(await earlier(endpointId)).toHaveLength(3);
      // Only the three grants before `from` had no delivery.
      expect((await earlier(next)).map(({ deliveries }) => deliveries.length)).toEqual([3]);
    }, 60_000);

    it('of an endpoint that was removed halfway to the next one, from where it ended', async () => {
      const ids = await world.grant('', 450);
      const halfway = await world.addEndpoint({ from: START });
      const halfwayAt = await world.store.head();
      const { engines, hasCrashed } = crashing((write) => write === streams.earlierDeliveries(halfway));
      const { stop } = world.start({}, engines);
      await until('the crash', hasCrashed);
      await stop();
      await world.recordEndpoint('DeliveryEndpointRemoved', { endpointId: halfway });
      const unused = await world.addEndpoint({ rewardTypes: ['POINT'], from: START });
      const next = await world.addEndpoint({ from: START });
      const addedAt = await world.store.head();
      const { dispatcher } = world.start();
      await until('the end of the additions', async () => (await earlier(next)).at(-1)?.upTo === addedAt);
      const claims = async (endpointId: string) =>
        (await earlier(endpointId)).flatMap(({ deliveries }) => deliveries.map(({ claimId }) => claimId));
      expect([await claims(halfway), await claims(unused), await claims(next)].map(({ length }) => length)).toEqual([
        200, 0, 250,
      ]);
      expect(new Set([...(await claims(halfway)), ...(await claims(next))]).size).toBe(ids.length);
      // Nothing can be added to the one that was removed.
      expect((await earlier(halfway)).at(-1)).toMatchObject({ deliveries: [], upTo: (await earlier(halfway))[0]?.upTo });
      const late = { endpointId: halfway, addedAt: halfwayAt };
      const { store, clock } = world;
      await addEarlierDeliveries({ store, upcast, clock, isWanted: () => true }, late, new AbortController().signal);
      expect(await earlier(halfway)).toHaveLength(2);
      await until('an empty memory', () => dispatcher.inMemory === 0);
    }, 60_000);

    it('without reading the complete ones again after a restart', async () => {
      const ids = await world.grant('', 250);
      const endpointId = await world.addEndpoint({ from: START });
      const first = world.start();
      await until('the additions', async () => (await earlier(endpointId)).length === 2);
      await until('all deliveries', async () => (await world.deliveredIds()).length === ids.length);
      await world.untilSaved();
      await first.stop();
      const whole: string[] = [];
      const last: string[] = [];
      const readStream: EventStore['readStream'] = (stream, from) => (whole.push(stream), world.store.readStream(stream, from));
      const readLast: EventStore['readLast'] = (stream) => (last.push(stream), world.store.readLast(stream));
      const store = Object.create(world.store, {
        readStream: { value: readStream },
        readLast: { value: readLast },
      }) as EventStore;
      world.start({}, { store });
      await until('the check', () => last.length > 0);
      await world.untilDelivered(await world.grant(endpointId));
      expect(last).toEqual([streams.earlierDeliveries(endpointId)]);
      expect(whole.filter((stream) => stream.startsWith('earlier') || stream === streams.deliveryEndpoints())).toEqual([
        streams.deliveryEndpoints(),
      ]);
    }, 60_000);
  });
});
