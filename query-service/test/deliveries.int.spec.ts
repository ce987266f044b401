import { randomUUID } from 'node:crypto';
import type { EndpointDetails } from '@rewards/contracts';
import { deliveredAtOnce, factsOfDelivery, factsOfEndpoint, SAMPLE_ENDPOINT } from '@rewards/contracts/testing/sample-deliveries';
import { ELIXIR, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { deliveryIdOf } from '@rewards/service-kit/deliveries';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

interface Row {
  readonly deliveryId: string;
  readonly [field: string]: unknown;
}

const operatorId = '00000000-0000-4000-8000-00000000000a';

describe('deliveries', () => {
  let world: QueryWorld;
  let auditor: Caller;
  /** Accepts items. Only one endpoint may, so all specs of this file share it. */
  const endpointId = randomUUID();

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
    await world.record(factsOfEndpoint(endpointId).added({ rewardTypes: ['ITEM'] }));
  });

  afterAll(() => world.close());

  /** A granted claim of 20 elixirs and its delivery. */
  const grant = (eventId: string, accountId: string, requestId: string, at = '2026-11-06T00:00:00.000Z') => {
    const claimId = claimIdOf({ eventId, accountId, requestId });
    const ids = { deliveryId: deliveryIdOf('CLAIM', claimId, endpointId), endpointId, accountId };
    const claimed = factsOfParticipation(eventId, accountId).claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId, at });
    const shown = {
      ...{ deliveryId: ids.deliveryId, claimId, kind: 'CLAIM', endpointId, accountId, eventId },
      ...{ rewardName: ELIXIR.name, type: 'ITEM', amount: 20, status: 'PENDING', attempts: 0 },
      ...{ nextAttemptAt: null, lastError: null, parkedFor: null, at, deliveredAt: null, reference: null },
    };
    return { ...ids, claimId, claimed, shown, facts: factsOfDelivery(ids) };
  };
  type Granted = ReturnType<typeof grant>;

  const list = async (query: string, as = auditor) => {
    const { data, body } = await world.get(`/deliveries?${query}`, as);
    return { rows: data as readonly Row[], next: body.page?.next as string | null };
  };
  const idsOf = async (query: string) => (await list(query)).rows.map(({ deliveryId }) => deliveryId);

  describe('GET /deliveries', () => {
    const [eventId, otherEventId] = [randomUUID(), randomUUID()];
    const [anna, bora] = [randomUUID(), randomUUID()];
    const pending = grant(eventId, anna, 'pending', '2026-11-06T01:00:00.000Z');
    const retried = grant(eventId, bora, 'retried', '2026-11-06T02:00:00.000Z');
    const parked = grant(otherEventId, anna, 'parked', '2026-11-06T03:00:00.000Z');
    const delivered = grant(otherEventId, bora, 'delivered', '2026-11-06T04:00:00.000Z');
    const abandoned = grant(otherEventId, bora, 'abandoned', '2026-11-06T05:00:00.000Z');
    const all = [abandoned, delivered, parked, retried, pending].map(({ deliveryId }) => deliveryId);
    const of = (...granted: readonly Granted[]) => granted.map(({ deliveryId }) => deliveryId);

    beforeAll(async () => {
      await world.directory.insert(anna, { accountId: anna, email: 'anna@example.com' });
      await world.record(
        ...[pending, retried, parked, delivered, abandoned].map(({ claimed }) => claimed),
        retried.facts.failed(),
        parked.facts.parked({ reason: 'INVENTORY_FULL', status: 409, error: "The player's inventory is full." }),
        deliveredAtOnce(endpointId, { ...delivered, reference: 'mail-7' }),
        abandoned.facts.abandoned(),
      );
    });

    it('lists every delivery with the fields of the contract, newest first', async () => {
      const { rows } = await list('from=2026-11-06T01:00:00.000Z');
      expect(rows.filter(({ deliveryId }) => all.includes(deliveryId))).toEqual([
        { ...abandoned.shown, status: 'ABANDONED' },
        {
          ...delivered.shown,
          ...{ status: 'DELIVERED', attempts: 1, deliveredAt: '2026-11-06T00:00:01.000Z', reference: 'mail-7' },
        },
        {
          ...parked.shown,
          ...{ status: 'PARKED', attempts: 1, lastError: "The player's inventory is full.", parkedFor: 'INVENTORY_FULL' },
        },
        {
          ...retried.shown,
          ...{ attempts: 1, nextAttemptAt: '2026-11-06T00:00:06.000Z', lastError: 'The receiver answered 503.' },
        },
        pending.shown,
      ]);
    });

    it.each<[string, () => string, readonly string[]]>([
      ['event', () => `eventId=${eventId}`, of(retried, pending)],
      ['account', () => `accountId=${anna}`, of(parked, pending)],
      ['e-mail', () => 'email=Anna@example.com', of(parked, pending)],
      ['an unknown e-mail', () => 'email=nobody@example.com', []],
      ['e-mail and another account', () => `email=anna@example.com&accountId=${bora}`, []],
      ['status', () => `eventId=${otherEventId}&status=ABANDONED`, of(abandoned)],
      ['endpoint', () => `accountId=${anna}&endpointId=${endpointId}`, of(parked, pending)],
      ['another endpoint', () => `endpointId=${randomUUID()}`, []],
      ['time of the grant', () => `accountId=${bora}&from=2026-11-06T04:00:00.000Z&to=2026-11-06T05:00:00.000Z`, of(delivered)],
    ])('filters by %s', async (_filter, query, expected) => {
      expect(await idsOf(query())).toEqual(expected);
    });

    it('pages by a cursor that stays valid while deliveries are added', async () => {
      const first = await list(`eventId=${otherEventId}&limit=2`);
      await world.record(grant(otherEventId, anna, 'later', '2026-11-07T00:00:00.000Z').claimed);
      const second = await list(`eventId=${otherEventId}&limit=2&cursor=${first.next}`);
      expect([...first.rows, ...second.rows].map(({ deliveryId }) => deliveryId)).toEqual(of(abandoned, delivered, parked));
      expect(second.next).toBeNull();
    });

    it.each([
      'status=GONE',
      'endpointId=x',
      'accountId=x',
      'eventId=x',
      'from=yesterday',
      'email=a+b@example.com',
      'cursor=x',
      'limit=0',
    ])('rejects %s', async (query) => {
      expect(await world.get(`/deliveries?${query}`, auditor)).toEqual(invalidOf(query.split('=')[0] ?? ''));
    });

    it('shows everything that was recorded before X-Min-Position', async () => {
      expect(await world.get('/deliveries', auditor, { 'x-min-position': 'f'.repeat(32) })).toEqual(
        problemOf(503, 'NOT_CAUGHT_UP', {}, { 'retry-after': '1' }),
      );
    });

    it('requires an operator or auditor', async () => {
      for (const path of ['/deliveries', '/deliveries/export', `/deliveries/${pending.deliveryId}`, '/delivery-endpoints'])
        expect(await world.get(path, world.person('USER'))).toEqual(problemOf(403, 'FORBIDDEN'));
    });

    it('is exported as CSV with the same fields and filters', async () => {
      const { status, headers, text } = await world.get(`/deliveries/export?accountId=${bora}`, auditor);
      expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
        200,
        'text/csv; charset=utf-8',
        'attachment; filename="deliveries.csv"',
      ]);
      const cells = ({ deliveryId, claimId, eventId: of }: Granted & { readonly eventId?: string }, rest: string) =>
        `${deliveryId},${claimId},CLAIM,${endpointId},${bora},${of ?? otherEventId},${ELIXIR.name},ITEM,20,${rest}`;
      expect(text).toBe(
        [
          '\uFEFFdeliveryId,claimId,kind,endpointId,accountId,eventId,rewardName,type,amount,status,attempts,nextAttemptAt,lastError,at,deliveredAt,reference,parkedFor',
          cells(abandoned, 'ABANDONED,0,,,2026-11-06T05:00:00.000Z,,,'),
          cells(delivered, 'DELIVERED,1,,,2026-11-06T04:00:00.000Z,2026-11-06T00:00:01.000Z,mail-7,'),
          cells(
            { ...retried, eventId },
            'PENDING,1,2026-11-06T00:00:06.000Z,The receiver answered 503.,2026-11-06T02:00:00.000Z,,,',
          ),
          '',
        ].join('\r\n'),
      );
      expect(await world.get('/deliveries/export?limit=10', auditor)).toEqual(invalidOf('limit'));
    });
  });

  describe('GET /deliveries/{deliveryId}', () => {
    const NOTHING = {
      ...{ attempt: null, status: null, error: null, tookMs: null },
      ...{ nextAttemptAt: null, by: null, loginId: null, reason: null, reference: null },
    };
    const historyOf = async ({ deliveryId }: Granted) =>
      ((await world.get(`/deliveries/${deliveryId}`, auditor)).data as { readonly history: unknown }).history;
    const next = (requestId: string) => grant(randomUUID(), randomUUID(), requestId);

    it('shows the delivery, without history before the first attempt', async () => {
      const one = next('new');
      await world.record(one.claimed);
      expect(await world.get(`/deliveries/${one.deliveryId}`, auditor)).toEqual(dataOf(200, { ...one.shown, history: [] }));
    });

    const failure = { ...NOTHING, attempt: 1, status: 503, error: 'The receiver answered 503.', tookMs: 12 };
    const attemptFailed = {
      ...{ ...failure, at: '2026-11-06T00:00:01.000Z', what: 'ATTEMPT_FAILED' },
      nextAttemptAt: '2026-11-06T00:00:06.000Z',
    };

    it('shows every recorded attempt and action in order', async () => {
      const one = next('long');
      const loginId = randomUUID();
      const { failed, parked, resent, delivered, abandoned } = one.facts;
      await world.record(one.claimed, failed(), parked({ attempt: 2 }), resent({ loginId }));
      await world.record(failed({ status: null, error: 'The receiver did not answer in time.' }), abandoned(), resent());
      await world.record(delivered({ attempt: 1, reference: 'mail-8' }));
      const at = '2026-11-06T01:00:00.000Z';
      expect(await historyOf(one)).toEqual([
        attemptFailed,
        { ...failure, attempt: 2, at: '2026-11-06T00:00:07.000Z', what: 'PARKED', reason: 'REJECTED' },
        { ...NOTHING, at, what: 'RESENT', loginId },
        { ...attemptFailed, status: null, error: 'The receiver did not answer in time.' },
        { ...NOTHING, at: '2026-11-06T02:00:00.000Z', what: 'ABANDONED', by: operatorId, reason: 'granted by hand' },
        { ...NOTHING, at, what: 'RESENT', by: operatorId },
        { ...NOTHING, at: '2026-11-06T00:00:08.000Z', what: 'DELIVERED', attempt: 1, tookMs: 9, reference: 'mail-8' },
      ]);
    });

    it('shows the success of a first attempt that was recorded with others, also after the delivery was resent', async () => {
      const [one, other] = [next('one'), next('other')];
      const success = { ...NOTHING, at: '2026-11-06T00:00:01.000Z', what: 'DELIVERED', attempt: 1, tookMs: 8 };
      await world.record(one.claimed, other.claimed, deliveredAtOnce(endpointId, { ...other, reference: 'mail-9' }, one));
      expect(await historyOf(one)).toEqual([success]);
      await world.record(one.facts.resent({ by: operatorId, reason: 'lost by the game' }), one.facts.failed());
      const resent = { ...NOTHING, at: '2026-11-06T01:00:00.000Z', what: 'RESENT', by: operatorId, reason: 'lost by the game' };
      expect(await historyOf(one)).toEqual([success, resent, attemptFailed]);
      await world.record(deliveredAtOnce(endpointId, one));
      expect(await historyOf(one)).toEqual([success, resent, attemptFailed, success]);
      expect(await historyOf(other)).toEqual([{ ...success, reference: 'mail-9' }]);
    });

    it('ignores domain events that a later version records', async () => {
      const one = next('later-version');
      const stream = one.facts.failed().stream;
      await world.record(one.claimed, { stream, event: { type: 'DeliveryBlessed', data: {} } }, one.facts.failed());
      expect(await historyOf(one)).toEqual([attemptFailed]);
    });

    it.each([randomUUID(), '00000000-0000-4000-8000-000000000000', 'x', endpointId])('answers 404 to %s', async (id) => {
      expect(await world.get(`/deliveries/${id}`, auditor)).toEqual(problemOf(404, 'NOT_FOUND'));
    });
  });

  describe('the delivery of a claim', () => {
    const eventId = randomUUID();
    let player: Caller;
    const deliveryOf = async ({ claimId }: Granted) =>
      ((await world.get(`/claims/${claimId}`, player)).data as { readonly delivery: unknown }).delivery;

    beforeAll(() => {
      player = world.person('USER');
    });

    it('shows its status, and since when it has it', async () => {
      const one = grant(eventId, player.accountId, 'c1');
      const { failed, parked, resent, delivered, abandoned } = one.facts;
      for (const [fact, status, at] of [
        [one.claimed, 'PENDING', '2026-11-06T00:00:00.000Z'],
        [failed(), 'PENDING', '2026-11-06T00:00:00.000Z'],
        [parked({ attempt: 2 }), 'PARKED', '2026-11-06T00:00:07.000Z'],
        [resent(), 'PENDING', '2026-11-06T01:00:00.000Z'],
        [abandoned(), 'ABANDONED', '2026-11-06T02:00:00.000Z'],
        [delivered({ at: '2026-11-06T03:00:00.000Z' }), 'DELIVERED', '2026-11-06T03:00:00.000Z'],
      ] as readonly [Fact, string, string][]) {
        await world.record(fact);
        expect(await deliveryOf(one)).toEqual({ status, at });
      }
    });

    it('is in every list and in the export, and null without an endpoint or a grant', async () => {
      const event = randomUUID();
      const { accountId } = player;
      const [one, two] = [grant(event, accountId, 'l1'), grant(event, accountId, 'l2')];
      const { claimed, claimRefused } = factsOfParticipation(event, accountId);
      await world.record(
        one.claimed,
        two.claimed,
        deliveredAtOnce(endpointId, one),
        claimed(5, SAUNA, { claimed: 5, remaining: 0, requestId: 'of-no-endpoint' }),
        claimRefused({ requestId: 'refused' }),
      );
      const expected = {
        refused: null,
        'of-no-endpoint': null,
        l2: { status: 'PENDING', at: '2026-11-06T00:00:00.000Z' },
        l1: { status: 'DELIVERED', at: '2026-11-06T00:00:01.000Z' },
      };
      const deliveriesOf = async (path: string, as: Caller) => {
        const claims = (await world.get(path, as)).data as readonly { requestId: string; delivery: unknown }[];
        return Object.fromEntries(claims.map(({ requestId, delivery }) => [requestId, delivery]));
      };
      expect(await deliveriesOf(`/claims?eventId=${event}`, auditor)).toEqual(expected);
      const { refused: _refused, ...granted } = expected;
      expect(await deliveriesOf(`/claims/mine?eventId=${event}`, player)).toEqual(granted);
      const { text } = await world.get(`/claims/export?eventId=${event}`, auditor);
      const lastCells = text
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(',').slice(-2));
      expect(lastCells).toEqual([
        ['deliveryStatus', 'deliveredAt'],
        ['', ''],
        ['', ''],
        ['PENDING', ''],
        ['DELIVERED', '2026-11-06T00:00:01.000Z'],
      ]);
    });
  });

  describe('GET /delivery-endpoints', () => {
    const shown = (id: string, { name, kind, url, maxPerSecond, timeoutMs }: EndpointDetails = SAMPLE_ENDPOINT) => ({
      ...{ id, name, kind, url, rewardTypes: null, maxPerSecond, timeoutMs, state: 'ACTIVE' },
      ...{ since: '2026-11-01T00:00:00.000Z', reason: null },
      ...{ pending: 0, parked: 0, oldestPendingAt: null, lastDeliveredAt: null },
    });

    it('shows each endpoint that exists with its state, without a secret', async () => {
      const [points, coupons, removed, disabled] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      await world.record(
        factsOfEndpoint(points).added({ rewardTypes: ['POINT'], secretId: randomUUID() }),
        factsOfEndpoint(removed).added({ rewardTypes: ['CURRENCY'] }),
        factsOfEndpoint(coupons).added({ name: 'Bus', kind: 'BUS', url: undefined, rewardTypes: ['COUPON'] }),
        factsOfEndpoint(removed).removed(),
        factsOfEndpoint(disabled).added({ rewardTypes: ['CURRENCY'] }),
        factsOfEndpoint(points).paused(),
        factsOfEndpoint(points).changed({ rewardTypes: null, maxPerSecond: 10 }),
        factsOfEndpoint(disabled).disabled(),
      );
      const { status, data } = await world.get('/delivery-endpoints', auditor);
      expect(status).toBe(200);
      const [items, ...others] = data as readonly { readonly id: string }[];
      expect(items?.id).toBe(endpointId);
      const since = '2026-11-03T00:00:00.000Z';
      expect(others).toEqual([
        { ...shown(points), maxPerSecond: 10, state: 'PAUSED', since },
        { ...shown(coupons), name: 'Bus', kind: 'BUS', url: null, rewardTypes: ['COUPON'] },
        { ...shown(disabled), rewardTypes: ['CURRENCY'], state: 'DISABLED', since, reason: 'The receiver answered 410.' },
      ]);
      expect(await world.get(`/delivery-endpoints/${coupons}`, auditor)).toEqual(dataOf(200, others[1]));
      for (const id of [removed, randomUUID(), 'x'])
        expect(await world.get(`/delivery-endpoints/${id}`, auditor)).toEqual(problemOf(404, 'NOT_FOUND'));
    });

    it('counts open deliveries, and shows the oldest pending and the last delivered one', async () => {
      const figures = async () => {
        const { data } = await world.get(`/delivery-endpoints/${endpointId}`, auditor);
        const { pending, parked, oldestPendingAt, lastDeliveredAt } = data as Readonly<Record<string, unknown>>;
        return { pending: pending as number, parked: parked as number, oldestPendingAt, lastDeliveredAt };
      };
      const before = await figures();
      const accountId = randomUUID();
      const oldest = grant(randomUUID(), accountId, 'oldest', '2025-01-01T00:00:00.000Z');
      const [second, third, fourth] = ['2', '3', '4'].map((id) => grant(randomUUID(), accountId, id)) as [
        Granted,
        Granted,
        Granted,
      ];
      const lastDeliveredAt = '2026-11-09T00:00:00.000Z';
      await world.record(...[oldest, second, third, fourth].map(({ claimed }) => claimed));
      await world.record(
        oldest.facts.failed(),
        second.facts.parked(),
        third.facts.delivered({ at: lastDeliveredAt, attempt: 1 }),
        // Recorded later, but delivered earlier.
        deliveredAtOnce(endpointId, fourth),
      );
      expect(await figures()).toEqual({
        pending: before.pending + 1,
        parked: before.parked + 1,
        oldestPendingAt: '2025-01-01T00:00:00.000Z',
        lastDeliveredAt,
      });
    });

    it('shows what was recorded before X-Min-Position', async () => {
      for (const path of ['/delivery-endpoints', `/delivery-endpoints/${endpointId}`])
        expect(await world.get(path, auditor, { 'x-min-position': 'f'.repeat(32) })).toEqual(
          problemOf(503, 'NOT_CAUGHT_UP', {}, { 'retry-after': '1' }),
        );
    });
  });

  it('shows the domain events of a delivery in the audit log of its account', async () => {
    const one = grant(randomUUID(), randomUUID(), 'audited');
    await world.record(one.claimed, one.facts.failed(), one.facts.delivered());
    const { data } = await world.get(`/audit?accountId=${one.accountId}`, auditor);
    expect((data as readonly { type: string }[]).map(({ type }) => type)).toEqual([
      'RewardDelivered',
      'DeliveryAttemptFailed',
      'RewardClaimed',
    ]);
  });

  describe('of a player', () => {
    it('are found by the deliveryId, and the newest 20 are on the page of the player', async () => {
      const { accountId } = world.person('USER');
      const eventId = randomUUID();
      const granted = Array.from({ length: 21 }, (_, index) =>
        grant(eventId, accountId, `r${index}`, `2026-11-06T00:00:${String(index).padStart(2, '0')}.000Z`),
      );
      await world.record(
        {
          stream: `account-${accountId}`,
          event: { type: 'AccountRegistered', data: { accountId, roles: ['USER'], at: '2026-10-01T00:00:00.000Z' } },
        },
        ...granted.map(({ claimed }) => claimed),
      );
      const newest = granted.toReversed().slice(0, 20);
      const { deliveries } = (await world.get(`/players/${accountId}`, auditor)).data as { readonly deliveries: unknown };
      expect(deliveries).toEqual(newest.map(({ shown }) => shown));
      const found = [{ accountId, email: null, matchedBy: 'deliveryId' }];
      expect(await world.get(`/players?q=${granted[0]?.deliveryId.toUpperCase()}`, auditor)).toEqual(dataOf(200, found));
    });
  });
});
