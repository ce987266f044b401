import { randomUUID } from 'node:crypto';
import { streams, type Position } from '@rewards/contracts';
import { deliveredAtOnce, earlierDeliveries } from '@rewards/contracts/testing/sample-deliveries';
import { ELIXIR, factsOfEvent } from '@rewards/contracts/testing/sample-events';
import { EventStoreUnavailable, type EventStore } from '@rewards/event-store';
import { until } from '@rewards/testing/until';
import type { Outcome } from '../sender';
import { OpenDeliveries } from './open-deliveries';
import { DELIVERED, down, failed, openWorld, refusedBy, type World } from './testing/delivery-world';

const MINUTE = 60_000;
const idOf = ({ deliveryId }: { readonly deliveryId: string }): string => deliveryId;

describe('the dispatcher', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const untilFacts = (deliveryId: string, ...types: string[]) =>
    until(
      `${types.join()} of a delivery`,
      async () => world.factsOf(deliveryId),
      (facts) => facts.map(({ type }) => type).join() === types.join(),
    );
  const untilSent = (deliveryId: string, times = 1) =>
    until(
      `attempt ${times}`,
      () => world.sender.countOf(deliveryId),
      (count) => count >= times,
    );
  const one = async (endpointId: string, options: Parameters<World['grant']>[2] = {}): Promise<string> =>
    (await world.grant(endpointId, 1, options))[0] ?? '';
  /** A gate that attempts wait for. */
  const gate = () => {
    let open: (outcome: Outcome) => void = () => undefined;
    const opened = new Promise<Outcome>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  };

  describe('sends a message', () => {
    it('with exactly the fields of the contract, as of the position of the grant', async () => {
      const endpointId = await world.addEndpoint();
      const accountId = randomUUID();
      const at = '2026-11-06T00:00:00.000Z';
      const first = await one(endpointId, {
        accountId,
        at,
        target: 'character-7',
        itemCode: 'elixir',
        milestone: 1,
        requestId: 'one',
      });
      await world.record(factsOfEvent(world.eventId).changed({ name: 'another name' }));
      const second = await one(endpointId, { accountId, at, requestId: 'two' });
      world.start();
      await world.untilDelivered([first, second]);
      const bodies = new Map(world.sender.sent.map(({ id, body }) => [id, JSON.parse(body) as { readonly data: object }]));
      expect(bodies.get(first)).toEqual({
        type: 'reward.claimed',
        timestamp: at,
        data: {
          deliveryId: first,
          claimId: expect.any(String) as string,
          eventId: world.eventId,
          eventName: '접속 이벤트',
          cycle: null,
          milestone: 1,
          accountId,
          target: 'character-7',
          rewardName: '극한성장의 비약',
          type: 'ITEM',
          itemCode: 'elixir',
          amount: 1,
          claimedAt: at,
          position: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        },
      });
      expect(bodies.get(second)?.data).toMatchObject({ eventName: 'another name', milestone: 3, target: null, itemCode: null });
    });

    it('to the endpoint that accepted the type at the grant, and none without one', async () => {
      await world.grant('', 1);
      const items = await world.addEndpoint({ rewardTypes: ['ITEM'] });
      const others = await world.addEndpoint();
      await world.grant(items, 1);
      await world.grant(others, 1, { type: 'POINT' });
      world.start();
      await until('two messages', () => world.sender.sent.length === 2);
      expect(world.sender.sent.map(({ endpointId }) => endpointId).sort()).toEqual([items, others].sort());
    });
  });

  describe('records', () => {
    it('successes at the first attempt together, and nothing in streams of their own', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => ({ ...DELIVERED, reference: 'mail-8' }) as Outcome;
      const ids = await world.grant(endpointId, 300);
      const { dispatcher } = world.start();
      await world.untilDelivered(ids);
      const facts = await world.facts();
      expect(facts.map(({ type }) => type)).toEqual(facts.map(() => 'RewardsDelivered'));
      expect(facts.length).toBeLessThan(60);
      expect(facts[0]?.data).toMatchObject({ endpointId, deliveries: { 0: { tookMs: 3, reference: 'mail-8' } } });
      await until('an empty memory', () => dispatcher.inMemory === 0);
      expect(await world.deliveredIds()).toHaveLength(300);
    });

    it('a failed attempt, and sends the same message again when it is due', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => failed();
      const id = await one(endpointId);
      world.start();
      const [attempt] = await untilFacts(id, 'DeliveryAttemptFailed');
      expect(attempt).toMatchObject({
        attempt: 1,
        status: 503,
        error: 'The receiver answered 503.',
        nextAttemptAt: expect.any(String) as string,
      });
      expect(await world.countOf(endpointId, 'PENDING').then(() => world.sender.countOf(id))).toBe(1);
      world.advance(5_000);
      await untilFacts(id, 'DeliveryAttemptFailed', 'DeliveryAttemptFailed');
      world.sender.answer = () => DELIVERED;
      world.advance(5 * MINUTE);
      const facts = await untilFacts(id, 'DeliveryAttemptFailed', 'DeliveryAttemptFailed', 'RewardDelivered');
      expect(facts[2]).toMatchObject({ attempt: 3, endpointId, tookMs: 3 });
      expect(new Set(world.sender.sent.map(({ body }) => body)).size).toBe(1);
    });

    it('the end of the attempts, after ten', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => failed();
      const id = await one(endpointId);
      world.start();
      for (let attempt = 1; attempt <= 10; attempt += 1) {
        await until(`attempt ${attempt}`, async () => (await world.factsOf(id)).length === attempt);
        world.advance(25 * 60 * MINUTE);
      }
      expect((await world.factsOf(id)).at(-1)).toMatchObject({
        type: 'DeliveryParked',
        reason: 'ATTEMPTS_EXHAUSTED',
        attempt: 10,
      });
    });

    it('a rejection at once', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => refusedBy('rejected', 400);
      const id = await one(endpointId);
      world.start();
      const [parked] = await untilFacts(id, 'DeliveryParked');
      expect(parked).toMatchObject({ reason: 'REJECTED', attempt: 1, status: 400 });
      await until('a document', async () => (await world.countOf(endpointId, 'PARKED')) === 1);
    });

    it('that the receiver no longer exists, and keeps the delivery until the endpoint is resumed', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => refusedBy('gone', 410);
      const id = await one(endpointId);
      const { dispatcher } = world.start();
      await until('a disabled endpoint', () => dispatcher.disabledEndpoints().length === 1);
      expect(world.sender.countOf(id)).toBe(1);
      world.sender.answer = () => DELIVERED;
      await world.recordEndpoint('DeliveryEndpointResumed', { endpointId });
      await world.untilDelivered([id]);
      expect(await world.factsOf(id)).toEqual([]);
    });

    it('an outcome once the event store is available again, without sending meanwhile', async () => {
      const endpointId = await world.addEndpoint();
      let failures = 0;
      const append: EventStore['append'] = (stream, ...rest) => {
        const isOutcome = stream.startsWith('deliver');
        if (isOutcome && failures < 5) {
          failures += 1;
          return Promise.reject(new EventStoreUnavailable('not now'));
        }
        return world.store.append(stream, ...rest);
      };
      const store = Object.create(world.store, { append: { value: append } }) as EventStore;
      world.sender.answer = (message) => (message.id === second ? failed() : DELIVERED);
      const first = await one(endpointId);
      const second = await one(endpointId);
      world.start({}, { store });
      await world.untilDelivered([first]);
      await untilFacts(second, 'DeliveryAttemptFailed');
      expect(failures).toBe(5);
      expect([first, second].map((id) => world.sender.countOf(id))).toEqual([1, 1]);
    });
  });

  describe('obeys the log', () => {
    it('sends a parked delivery again after DeliveryResent, with a new count of attempts', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => refusedBy('rejected', 400);
      const accountId = randomUUID();
      const id = await one(endpointId, { accountId });
      world.start();
      await untilFacts(id, 'DeliveryParked');
      await until('a document', async () => (await world.countOf(endpointId, 'PARKED')) === 1);
      const [parked] = await world.index.get([id]);
      world.sender.answer = () => failed();
      const data = {
        deliveryId: id,
        endpointId,
        accountId,
        position: parked?.position as Position,
        by: randomUUID(),
        at: world.clock.iso(),
      };
      await world.record({ stream: streams.delivery(id), event: { type: 'DeliveryResent', data } });
      const facts = await untilFacts(id, 'DeliveryParked', 'DeliveryResent', 'DeliveryAttemptFailed');
      expect(facts[2]).toMatchObject({ attempt: 1 });
    });

    it('sends a delivery again that had been delivered', async () => {
      const endpointId = await world.addEndpoint();
      const accountId = randomUUID();
      const id = await one(endpointId, { accountId });
      const position = await world.store.head();
      const { dispatcher } = world.start();
      await world.untilDelivered([id]);
      await until('an empty memory', () => dispatcher.inMemory === 0);
      const data = { deliveryId: id, endpointId, accountId, position, by: randomUUID(), reason: 'lost', at: world.clock.iso() };
      await world.record({ stream: streams.delivery(id), event: { type: 'DeliveryResent', data } });
      await untilFacts(id, 'DeliveryResent', 'RewardDelivered');
      expect(new Set(world.sender.sent.map(({ body }) => body)).size).toBe(1);
      expect(world.sender.countOf(id)).toBe(2);
    });

    it('does not send an abandoned delivery', async () => {
      const endpointId = await world.addEndpoint();
      const accountId = randomUUID();
      world.sender.answer = () => failed();
      const id = await one(endpointId, { accountId });
      const running = world.start();
      await untilFacts(id, 'DeliveryAttemptFailed');
      const data = { deliveryId: id, endpointId, accountId, reason: 'given by hand', by: randomUUID(), at: world.clock.iso() };
      await world.record({ stream: streams.delivery(id), event: { type: 'DeliveryAbandoned', data } });
      await world.untilCaughtUp(running);
      world.advance(60 * MINUTE);
      await until('an index without it', async () => (await world.index.get([id])).length === 0);
      const other = await one(endpointId);
      await untilSent(other);
      expect(world.sender.countOf(id)).toBe(1);
    });

    it('sends nothing while an endpoint is paused, and everything once it is resumed', async () => {
      const endpointId = await world.addEndpoint();
      await world.recordEndpoint('DeliveryEndpointPaused', { endpointId });
      const ids = await world.grant(endpointId, 5);
      const running = world.start();
      await world.untilCaughtUp(running);
      expect(world.sender.sent).toEqual([]);
      await world.recordEndpoint('DeliveryEndpointChanged', { endpointId, url: 'https://new.example/' });
      await world.recordEndpoint('DeliveryEndpointResumed', { endpointId });
      await world.untilDelivered(ids);
      expect(new Set(world.sender.sent.map(({ url }) => url))).toEqual(new Set(['https://new.example/']));
    });

    it('abandons the open deliveries of an endpoint that was removed, parked ones too', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = ({ id }) => (id === parked ? refusedBy('rejected', 400) : failed());
      const parked = await one(endpointId);
      const ids = await world.grant(endpointId, 30);
      let running = world.start({ window: 10 });
      await untilFacts(parked, 'DeliveryParked');
      await running.stop();
      await world.recordEndpoint('DeliveryEndpointRemoved', { endpointId });
      const later = await one(endpointId);
      running = world.start({ window: 10 });
      for (const id of [parked, ...ids])
        await until('an abandoned delivery', async () => (await world.factsOf(id)).at(-1)?.type === 'DeliveryAbandoned');
      expect((await world.factsOf(parked)).at(-1)).toMatchObject({ reason: 'The endpoint was removed.' });
      await until('an empty index', async () => (await world.index.get([parked, ...ids])).length === 0);
      expect(await world.factsOf(later)).toEqual([]);
      expect(world.sender.released).toEqual([endpointId]);
      expect(running.dispatcher.inMemory).toBe(0);
    });
  });

  describe('keeps endpoints apart', () => {
    it('delivers to one while the other does not respond, and probes that one', async () => {
      const dead = await world.addEndpoint({ rewardTypes: ['ITEM'] });
      const alive = await world.addEndpoint({ rewardTypes: ['POINT'] });
      let isDead = true;
      let inFlight = 0;
      let most = 0;
      world.sender.answer = async (_message, { endpointId }) => {
        if (endpointId === alive || !isDead) return DELIVERED;
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        return down;
      };
      const stuck = await world.grant(dead, 200);
      const { dispatcher } = world.start();
      await until('an open circuit', () => dispatcher.openCircuits().length === 1);
      await until('no attempt in flight', () => inFlight === 0);
      const attempts = world.sender.sent.length;
      const ids = await world.grant(alive, 200, { type: 'POINT' });
      await world.untilDelivered(ids);
      const failedAttempts = (await world.facts()).filter(({ type }) => type === 'DeliveryAttemptFailed');
      expect(failedAttempts).toHaveLength(5);
      expect(dispatcher.openCircuits()[0]).toMatchObject({
        endpoint: { endpointId: dead },
        error: 'The receiver did not answer.',
      });
      most = 0;
      world.advance(1_000);
      await until('a probe', () => world.sender.sent.length > attempts + 200);
      expect(most).toBe(1);
      expect((await world.facts()).filter(({ type }) => type === 'DeliveryAttemptFailed')).toHaveLength(5);
      isDead = false;
      world.advance(30_000);
      await world.untilDelivered(stuck);
      expect(dispatcher.openCircuits()).toEqual([]);
    });

    it('does not count a full inventory against the endpoint', async () => {
      const endpointId = await world.addEndpoint();
      world.sender.answer = () => refusedBy('inventoryFull', 409);
      const ids = await world.grant(endpointId, 20);
      const { dispatcher } = world.start();
      for (const id of ids) await untilFacts(id, 'DeliveryParked');
      expect(dispatcher.openCircuits()).toEqual([]);
    });

    it('never sends faster than the endpoint allows, also after a change', async () => {
      const endpointId = await world.addEndpoint({ maxPerSecond: 50 });
      const ids = await world.grant(endpointId, 120);
      world.start();
      await until('40 messages', () => world.sender.sent.length >= 40);
      await world.recordEndpoint('DeliveryEndpointChanged', { endpointId, maxPerSecond: 100 });
      await world.untilDelivered(ids);
      const times = world.sender.sent.map(({ at }) => at);
      const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
      expect(most).toBeLessThanOrEqual(100);
      const firstSecond = times.filter((at) => at < (times[0] ?? 0) + 500).length;
      expect(firstSecond).toBeLessThanOrEqual(30);
    });
  });

  describe('after a full inventory', () => {
    it('sends again after the next login of the player, and once for each login', async () => {
      const endpointId = await world.addEndpoint();
      const [accountId, stranger] = [randomUUID(), randomUUID()];
      world.sender.answer = () => refusedBy('inventoryFull', 422);
      const id = await one(endpointId, { accountId });
      const other = await one(endpointId, { accountId: stranger });
      let running = world.start();
      await untilFacts(id, 'DeliveryParked');
      await untilFacts(other, 'DeliveryParked');
      await world.logIn(randomUUID());
      const loginId = randomUUID();
      await world.logIn(accountId, loginId);
      const facts = await untilFacts(id, 'DeliveryParked', 'DeliveryResent', 'DeliveryParked');
      expect(facts[1]).toMatchObject({ loginId, position: expect.any(String) as string });
      expect(facts[2]).toMatchObject({ attempt: 1, reason: 'INVENTORY_FULL' });
      await running.stop();
      // A login while no dispatcher runs counts too.
      world.sender.answer = () => DELIVERED;
      await world.logIn(accountId);
      running = world.start();
      await untilFacts(id, 'DeliveryParked', 'DeliveryResent', 'DeliveryParked', 'DeliveryResent', 'RewardDelivered');
      await world.untilCaughtUp(running);
      expect(await world.factsOf(other)).toHaveLength(1);
    });
  });

  describe('keeps memory bounded', () => {
    it('with 3,000 deliveries and a window of 100', async () => {
      const endpointId = await world.addEndpoint();
      const ids = await world.grant(endpointId, 3_000);
      let most = 0;
      let running = world.start({ window: 100 });
      world.sender.answer = () => {
        most = Math.max(most, running.dispatcher.inMemory);
        return DELIVERED;
      };
      await world.untilDelivered(ids);
      expect(most).toBeLessThanOrEqual(100);
      expect(await world.deliveredIds()).toHaveLength(3_000);
      expect(world.sender.sent).toHaveLength(3_000);
      await world.untilSaved();
      await until('an empty index', async () => (await world.countOf(endpointId, 'PENDING')) === 0);
      await running.stop();
      running = world.start({ window: 100 });
      await world.untilCaughtUp(running);
      const last = await one(endpointId);
      await world.untilDelivered([last]);
      expect(world.sender.sent).toHaveLength(3_001);
    }, 60_000);

    it('while a page of the log adds 6,000 earlier deliveries, of which half have ended', async () => {
      const endpointId = await world.addEndpoint();
      await world.recordEndpoint('DeliveryEndpointPaused', { endpointId });
      const source = { kind: 'CLAIM', eventId: world.eventId, rewardName: ELIXIR.name, type: 'ITEM', amount: 1 } as const;
      const listed = Array.from({ length: 6_000 }, (_, number) => ({
        ...{ ...source, deliveryId: randomUUID(), claimId: randomUUID(), accountId: randomUUID(), at: world.clock.iso() },
        position: number.toString(16).padStart(32, '0') as Position,
      }));
      const parts = Array.from({ length: 30 }, (_, part) => listed.slice(part * 200, (part + 1) * 200));
      for (const part of parts) await world.record(earlierDeliveries(endpointId, part));
      for (const part of parts.slice(15)) await world.record(deliveredAtOnce(endpointId, ...part));
      const index = new OpenDeliveries(world.documents);
      const sizes: number[] = [];
      const [write, get] = [index.write.bind(index), index.get.bind(index)];
      index.write = (documents, position) => (sizes.push(documents.length), write(documents, position));
      index.get = (ids) => (sizes.push(ids.length), get(ids));
      const { dispatcher } = world.start({ window: 100 }, { index });
      await until('the end of half of them', async () => (await world.index.get(listed.map(idOf))).length === 3_000);
      await world.untilSaved();
      expect((await world.index.get(listed.map(idOf))).map(idOf).sort()).toEqual(listed.slice(0, 3_000).map(idOf).sort());
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1_200);
      expect(dispatcher.inMemory).toBeLessThanOrEqual(100);
    }, 60_000);
  });

  it('stops while an attempt is in flight, and sends it again after the start', async () => {
    const endpointId = await world.addEndpoint();
    const { opened } = gate();
    let isEnded = false;
    world.sender.answer = (_message, _endpoint, signal) => {
      signal.addEventListener('abort', () => (isEnded = true));
      return opened;
    };
    const id = await one(endpointId);
    const { stop } = world.start();
    await untilSent(id);
    await stop();
    expect(isEnded).toBe(true);
    world.sender.answer = () => DELIVERED;
    world.start();
    await world.untilDelivered([id]);
    expect(await world.factsOf(id)).toEqual([]);
  });
});
