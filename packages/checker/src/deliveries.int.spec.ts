import { randomUUID } from 'node:crypto';
import { START, streams, upcast, type EarlierDelivery, type Position, type Reward } from '@rewards/contracts';
import type { Fact } from '@rewards/contracts/testing/sample-events';
import type { EventStore } from '@rewards/event-store';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { deliveryIdOf, deliveryTo, type Grant, type GrantDelivery } from '@rewards/service-kit/deliveries';
import { openEventStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import type { Settings } from '@rewards/service-kit';
import { checkLog } from './check-log';
import type { LoggedDelivery } from './delivery-books';
import { Findings } from './findings';
import { AT, factsOfDeliveryEndpoint } from './testing/delivery-facts';
import { World } from './testing/world';

const ITEM: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 10 };
const COUPON: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 4 };

/** An account that may claim items and coupons. */
const player = () =>
  new World({ condition: { type: 'LOGIN_COUNT', count: 1 } })
    .operator(({ added }) => added(ITEM))
    .operator(({ added }) => added(COUPON))
    .operator(({ published }) => published())
    .login('2026-11-02T00:00:00.000Z')
    .complete('2026-11-02T01:00:00.000Z');

describe('the check of deliveries', () => {
  let settings: Settings;
  let store: EventStore;
  let world: World;
  /** How many facts of the world are in the log. */
  let recorded: number;

  beforeEach(() => {
    [world, recorded] = [player(), 0];
    settings = testSettings();
    store = openEventStore(settings, 'write');
  });
  afterEach(async () => {
    await store.close();
    removeData(settings);
  });

  const check = async () => {
    const [findings, deliveries] = [new Findings(), [] as LoggedDelivery[]];
    const result = await checkLog(store, findings, {
      ...{ upcast, signal: new AbortController().signal, patienceMs: 0 },
      onDeliveries: async (some) => void deliveries.push(...some),
    });
    expect(result.deliveries).toBe(deliveries.length);
    return { findings: findings.first, deliveries };
  };
  /** @returns each finding as its rule and stream */
  const findings = async () => (await check()).findings.map(({ rule, stream }) => [rule, stream]);
  const appendWorld = async () => {
    await appendFacts(store, world.facts.slice(recorded));
    recorded = world.facts.length;
  };
  /** Claims units. @returns the grants in the order of the log */
  const claim = async (...rewards: readonly Reward[]): Promise<readonly Grant[]> => {
    for (const { name } of rewards) world.claim('2026-11-03T00:00:00.000Z', name, 1);
    const before = await store.head();
    await appendWorld();
    const grants: Grant[] = [];
    for await (const { events, caughtUp } of store.subscribe({ after: before, prefixes: ['participation-'] })) {
      grants.push(...events.filter(({ type }) => type === 'RewardClaimed').map((claimed) => upcast(claimed) as Grant));
      if (caughtUp) return grants;
    }
    return grants;
  };
  const append = (...facts: readonly Fact[]) => appendFacts(store, facts);
  const to = (endpointId: string, grant: Grant | undefined): GrantDelivery => deliveryTo(endpointId, grant as Grant);
  const [first, second] = [randomUUID(), randomUUID()];
  const [one, other] = [factsOfDeliveryEndpoint(first), factsOfDeliveryEndpoint(second)];
  const LISTED = streams.earlierDeliveries(first);

  describe('finds nothing', () => {
    it('without endpoints', async () => {
      await claim(ITEM);
      expect(await check()).toEqual({ findings: [], deliveries: [] });
    });

    it('in the outcomes of each kind, to the endpoints that accepted the types when they were granted', async () => {
      await append(one.added());
      const [item, coupon] = await claim(ITEM, COUPON);
      await append(other.added(['COUPON']), one.deliveredAtOnce(to(first, item)), one.failed(to(first, coupon)));
      const [laterItem, laterCoupon] = await claim(ITEM, COUPON);
      await append(one.delivered(to(first, coupon)), other.deliveredAtOnce(to(second, laterCoupon)));
      await append(other.removed(), one.changed(['ITEM']), one.abandoned(to(first, laterItem)));
      const [, undelivered] = await claim(ITEM, COUPON);
      expect(undelivered).toBeDefined();
      const { findings: none, deliveries } = await check();
      expect(none).toEqual([]);
      expect(deliveries.map(({ type, endpointId, status }) => [type, endpointId === first ? 1 : 2, status]).sort()).toEqual([
        ['COUPON', 1, 'DELIVERED'],
        ['COUPON', 2, 'DELIVERED'],
        ['ITEM', 1, 'ABANDONED'],
        ['ITEM', 1, 'DELIVERED'],
        ['ITEM', 1, 'PENDING'],
      ]);
    });

    it('in a success that is recorded twice, and in a delivery that is sent again after it', async () => {
      await append(one.added());
      const [grant] = await claim(ITEM);
      const delivery = to(first, grant);
      await append(one.deliveredAtOnce(delivery), one.deliveredAtOnce(delivery), one.delivered(delivery));
      expect(await findings()).toEqual([]);
    });

    it('in earlier deliveries of the grants that had none, also while they are being listed', async () => {
      const [ignored] = await claim(ITEM);
      const from = ignored?.position as Position;
      const [item, coupon] = await claim(ITEM, COUPON);
      await append(other.added(['COUPON']));
      const [laterItem, laterCoupon] = await claim(ITEM, COUPON);
      await append(one.added(['ITEM'], from));
      await append(one.listed(item?.position as Position, to(first, item)));
      expect(await findings()).toEqual([]);
      await append(one.listed(laterItem?.position as Position, to(first, laterItem)), one.deliveredAtOnce(to(first, item)));
      await append(other.deliveredAtOnce(to(second, laterCoupon)));
      const { findings: none, deliveries } = await check();
      expect(none).toEqual([]);
      expect(deliveries.map(({ position }) => position)).not.toContain(coupon?.position);
    });

    it('in earlier deliveries that another endpoint goes on with, after one that was removed halfway', async () => {
      const [item, laterItem] = [...(await claim(ITEM)), ...(await claim(ITEM))];
      const upTo = item?.position as Position;
      await append(other.added(['ITEM'], START), other.listed(upTo, to(second, item)), other.removed(), other.listed(upTo));
      const addedAt = await append(one.added(['ITEM'], START));
      await append(other.abandoned(to(second, item)), one.listed(addedAt, to(first, laterItem)));
      const { findings: none, deliveries } = await check();
      expect(none).toEqual([]);
      expect(deliveries.map(({ endpointId }) => endpointId).sort()).toEqual([first, second].sort());
    });
  });

  it('finds two endpoints that accept one type, or both every other type', async () => {
    await append(one.added(['ITEM', 'COUPON']), other.added(['COUPON']));
    expect(await findings()).toEqual([['ENDPOINTS_OVERLAP', 'deliveryEndpoints-all']]);
    await append(other.changed(null), one.changed(null));
    expect(await findings()).toHaveLength(2);
  });

  it('finds a grant of an accepted type that the earlier deliveries leave out', async () => {
    const [item, coupon] = await claim(ITEM, COUPON);
    await append(one.added(undefined, START));
    await append(one.listed(coupon?.position as Position, to(first, coupon)));
    expect(await findings()).toEqual([['DELIVERY_MISSING', item?.stream]]);
  });

  it('finds an earlier delivery of a grant that had one', async () => {
    await append(other.added(['ITEM']));
    const [item] = await claim(ITEM);
    await append(other.removed(), one.added(undefined, START));
    await append(one.listed(item?.position as Position, to(first, item)));
    expect(await findings()).toEqual([['TWO_DELIVERIES', LISTED]]);
  });

  it('finds an earlier delivery that another endpoint has too', async () => {
    const [item] = await claim(ITEM);
    await append(other.added(['ITEM'], START), other.listed(item?.position as Position, to(second, item)), other.removed());
    await append(one.added(['ITEM'], START), one.listed(item?.position as Position, to(first, item)));
    expect(await findings()).toEqual([['TWO_DELIVERIES', LISTED]]);
  });

  it.each<[string, () => Fact]>([
    ['of a type that it does not accept', () => one.added(['COUPON'], START)],
    ['although it delivers only grants after its addition', () => one.added(['ITEM'])],
  ])('finds an earlier delivery to an endpoint %s', async (_name, added) => {
    const [item] = await claim(ITEM);
    await append(added(), one.listed(item?.position as Position, to(first, item)));
    expect(await findings()).toEqual([['DELIVERY_SURPLUS', LISTED]]);
  });

  it('finds an earlier delivery of a grant from before the place where its endpoint begins', async () => {
    const [item] = await claim(ITEM);
    const [later] = await claim(ITEM);
    await append(one.added(['ITEM'], item?.position));
    await append(one.listed(later?.position as Position, to(first, item), to(first, later)));
    expect(await findings()).toEqual([['DELIVERY_SURPLUS', LISTED]]);
  });

  it.each<[string, Partial<EarlierDelivery>]>([
    ['amount', { amount: 2 }],
    ['type', { type: 'POINT' }],
    ['reward', { rewardName: '왕관' }],
    ['time', { at: AT }],
    ['claim', { claimId: randomUUID() }],
    ['id', { deliveryId: randomUUID() }],
  ])('finds an earlier delivery with another %s than its grant', async (_name, change) => {
    const [item] = await claim(ITEM);
    await append(one.added(['ITEM'], START), one.listed(item?.position as Position, { ...to(first, item), ...change }));
    expect(await findings()).toEqual([['WRONG_DELIVERY', LISTED]]);
  });

  it('finds an earlier delivery and outcomes without a grant', async () => {
    const [item] = await claim(ITEM);
    const nothing = { ...to(first, item), deliveryId: randomUUID() };
    await append(one.added(['ITEM']), one.deliveredAtOnce(nothing), one.failed(nothing));
    await append(one.listed(START, { ...nothing, position: 'f'.repeat(32) as Position }));
    const WITHOUT_GRANT = 'DELIVERY_WITHOUT_GRANT';
    expect((await findings()).sort()).toEqual([
      [WITHOUT_GRANT, streams.deliveries(first, AT)],
      [WITHOUT_GRANT, streams.delivery(nothing.deliveryId)],
      [WITHOUT_GRANT, LISTED],
    ]);
  });

  it('finds outcomes of a grant that no endpoint, or another one, accepted', async () => {
    const [before] = await claim(ITEM);
    await append(one.added(['ITEM']), other.added(['COUPON']));
    const [after] = await claim(ITEM);
    await append(one.deliveredAtOnce(to(first, before)), other.delivered(to(second, after)));
    expect((await findings()).sort()).toEqual([
      ['DELIVERY_WITHOUT_GRANT', streams.deliveries(first, AT)],
      ['DELIVERY_WITHOUT_GRANT', streams.delivery(to(second, after).deliveryId)],
    ]);
  });

  it('finds an outcome of another account', async () => {
    await append(one.added(['ITEM']));
    const [item] = await claim(ITEM);
    await append(one.deliveredAtOnce({ ...to(first, item), accountId: randomUUID() }));
    expect(await findings()).toEqual([['DELIVERY_WITHOUT_GRANT', streams.deliveries(first, AT)]]);
  });

  it('finds an outcome from before the grant, or from before the earlier delivery', async () => {
    const [earlier] = await claim(ITEM);
    await append(one.added(['ITEM'], START), one.delivered(to(first, earlier)));
    await append(one.listed(earlier?.position as Position, to(first, earlier)));
    const claimed = world.claim('2026-11-03T00:00:00.000Z', ITEM.name, 1).facts.at(-1);
    const grant = { ...claimed?.event, stream: claimed?.stream, position: START } as unknown as Grant;
    await append(one.deliveredAtOnce(to(first, grant)));
    await appendWorld();
    expect((await findings()).sort()).toEqual([
      ['DELIVERED_BEFORE_GRANT', streams.deliveries(first, AT)],
      ['DELIVERED_BEFORE_GRANT', streams.delivery(to(first, earlier).deliveryId)],
    ]);
  });

  it('finds an outcome with another endpoint than its delivery, or in the stream of another delivery', async () => {
    await append(one.added(['ITEM']), other.added(['COUPON']));
    const [item] = await claim(ITEM);
    const { event } = one.delivered(to(first, item));
    const stream = streams.delivery(deliveryIdOf('CLAIM', randomUUID(), first));
    await append(other.deliveredAtOnce(to(first, item)), { stream, event });
    expect((await findings()).sort()).toEqual(
      [
        ['WRONG_DELIVERY', streams.deliveries(second, AT)],
        ['WRONG_DELIVERY', stream],
      ].sort(),
    );
  });

  it('finds a resent delivery of another grant', async () => {
    await append(one.added(['ITEM']));
    const [item] = await claim(ITEM);
    const delivery = to(first, item);
    await append(one.resent(delivery), one.resent(delivery, START));
    expect(await findings()).toEqual([['WRONG_DELIVERY', streams.delivery(delivery.deliveryId)]]);
  });

  it('checks no deliveries if an event of the endpoints is unreadable, and reports that event', async () => {
    await append(one.added(['ITEM']));
    await append({ ...one.removed(), event: { type: 'DeliveryEndpointRemoved', data: null } });
    const [item] = await claim(ITEM);
    await append(other.delivered(to(second, item)));
    expect(await findings()).toEqual([['EVENT_UNREADABLE', 'deliveryEndpoints-all']]);
  });
});
