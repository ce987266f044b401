import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { streams, type RewardType } from '@rewards/contracts';
import { ELIXIR, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { deliveryIdOf } from '@rewards/service-kit/deliveries';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import { endByDisconnecting, forkTypescript } from '@rewards/testing/processes';
import { until } from '@rewards/testing/until';
import {
  callers,
  factsOfEndpoint,
  given,
  hooks,
  NOW,
  operator,
  post,
  service,
  settings,
  start,
  store,
  useDeliveryService,
} from './delivery-harness';

/** As in production, the read models are the only link between the two services. */
const KEEP_READ_MODELS = join(__dirname, '../../projections/src/testing/keep-read-models.process.ts');

const A_POSITION = expect.stringMatching(/^[0-9a-f]{48}$/) as string;
/** Matches the position of the grant. */
const A_LOG_POSITION = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
const DELIVERED_AT = '2026-11-06T00:00:01.000Z';

/** A grant of one reward of a type, and what may happen to its delivery. */
const newDelivery = (endpointId: string, type: RewardType = 'ITEM', at = '2026-11-06T00:00:00.000Z') => {
  const [eventId, accountId] = [randomUUID(), randomUUID()];
  const claimId = claimIdOf({ eventId, accountId, requestId: 'r1' });
  const deliveryId = deliveryIdOf('CLAIM', claimId, endpointId);
  const stream = streams.delivery(deliveryId);
  const ids = { deliveryId, endpointId, accountId };
  const failed = { status: 500, error: 'The receiver answered 500.', tookMs: 4 };
  const fact = (event: string, data: object) => ({ stream, event: { type: event, data: { ...ids, ...data } } });
  return {
    deliveryId,
    at,
    path: (command: string) => `/deliveries/${deliveryId}/${command}`,
    granted: factsOfParticipation(eventId, accountId).claimed(
      20,
      { ...ELIXIR, type },
      { claimed: 20, remaining: 80, requestId: 'r1', at },
    ),
    failed: fact('DeliveryAttemptFailed', { ...failed, attempt: 1, nextAttemptAt: NOW, at: NOW }),
    parked: fact('DeliveryParked', { ...failed, attempt: 2, reason: 'REJECTED', at: NOW }),
    delivered: fact('RewardDelivered', { attempt: 2, tookMs: 3, at: DELIVERED_AT }),
    deliveredAtOnce: {
      stream: streams.deliveries(endpointId, NOW),
      event: {
        type: 'RewardsDelivered',
        data: { endpointId, deliveries: [{ deliveryId, accountId, at: DELIVERED_AT, tookMs: 3 }], at: NOW },
      },
    },
    resent: (data: object = {}) => fact('DeliveryResent', { position: A_LOG_POSITION, by: operator.accountId, ...data, at: NOW }),
    abandoned: (reason: string) => fact('DeliveryAbandoned', { by: operator.accountId, reason, at: NOW }),
  };
};

describe('commands on deliveries', () => {
  useDeliveryService();
  const endpoint = factsOfEndpoint();
  const removed = factsOfEndpoint();
  const { endpointId } = endpoint;
  let readModels: ReturnType<typeof forkTypescript>;

  it('cannot decide while the read model is behind the log', async () => {
    await given(endpoint.added({ rewardTypes: ['ITEM', 'POINT'] }))
      .when({ method: 'POST', path: newDelivery(endpointId).path('resend'), as: operator })
      .thenResponds(problemOf(503, 'NOT_CAUGHT_UP', {}, { 'retry-after': expect.any(String) as string }));
  });

  describe('with their read model', () => {
    beforeAll(async () => {
      readModels = forkTypescript(KEEP_READ_MODELS, [settings.dataDir]);
      hooks.afterRecording = caughtUp;
      await caughtUp();
    });
    afterAll(() => endByDisconnecting(readModels));

    /** On a busy machine, the read model may take longer than a request waits for it. */
    const caughtUp = () =>
      until('the read model', async () => (await post(operator, newDelivery(endpointId).path('resend'))).status === 404);

    const resend = (body?: object) => ({ method: 'POST', as: operator, ...(body && { body }) }) as const;
    const isPending = ({ deliveryId }: { deliveryId: string }, recorded = true) =>
      dataOf(202, { deliveryId, status: 'PENDING' }, { 'x-position': recorded ? A_POSITION : undefined });

    it('resends a delivery that is parked, abandoned or waiting for another attempt', async () => {
      const parked = newDelivery(endpointId);
      await given(parked.granted, parked.failed, parked.parked)
        .when({ ...resend(), path: parked.path('resend') })
        .thenResponds(isPending(parked), parked.resent());
      const failed = newDelivery(endpointId);
      await given(failed.granted, failed.failed)
        .when({ ...resend(), path: failed.path('resend') })
        .thenResponds(isPending(failed), failed.resent());
      const abandoned = newDelivery(endpointId);
      await given(abandoned.granted, abandoned.abandoned('lost'))
        .when({ ...resend({}), path: abandoned.path('resend') })
        .thenResponds(isPending(abandoned), abandoned.resent());
    });

    it('records nothing for a delivery that waits for its first attempt, such as a repeated request', async () => {
      const delivery = newDelivery(endpointId);
      await given(delivery.granted)
        .when({ ...resend(), path: delivery.path('resend') })
        .thenResponds(isPending(delivery, false));
      await given(delivery.failed)
        .when({ ...resend(), path: delivery.path('resend') })
        .thenResponds(isPending(delivery), delivery.resent());
      await given()
        .when({ ...resend(), path: delivery.path('resend') })
        .thenResponds(isPending(delivery, false));
    });

    it.each(['delivered', 'deliveredAtOnce'] as const)('resends one that was %s only by force, with a reason', async (how) => {
      const delivery = newDelivery(endpointId);
      const path = delivery.path('resend');
      await given(delivery.granted, delivery[how])
        .when({ ...resend(), path })
        .thenResponds(problemOf(409, 'ALREADY_DELIVERED', { deliveredAt: DELIVERED_AT }));
      const force = resend({ force: true, reason: 'lost by the game' });
      await given()
        .when({ ...force, path })
        .thenResponds(isPending(delivery), delivery.resent({ reason: 'lost by the game' }));
      await given()
        .when({ ...force, path })
        .thenResponds(isPending(delivery, false));
    });

    it.each([
      ['reason', { force: true }],
      ['reason', { reason: 'why' }],
      ['reason', { force: false, reason: 'why' }],
      ['reason', { force: true, reason: '' }],
      ['reason', { force: true, reason: 'x'.repeat(501) }],
      ['force', { force: 'yes' }],
      ['url', { url: 'https://x.example.com' }],
    ])('rejects an invalid %s: %j', async (field, body) => {
      const delivery = newDelivery(endpointId);
      await given(delivery.granted)
        .when({ ...resend(body), path: delivery.path('resend') })
        .thenResponds(invalidOf(field));
    });

    it('does not resend to an endpoint that was removed', async () => {
      const delivery = newDelivery(removed.endpointId, 'COUPON');
      await given(
        removed.added({ rewardTypes: ['COUPON'] }),
        delivery.granted,
        removed.removed(),
        delivery.abandoned('The endpoint was removed.'),
      )
        .when({ ...resend(), path: delivery.path('resend') })
        .thenResponds(problemOf(409, 'ENDPOINT_STATE', { state: 'REMOVED' }));
    });

    it('abandons a delivery with a reason, unless it was delivered', async () => {
      const delivery = newDelivery(endpointId);
      const abandon = (reason: unknown) => ({ path: delivery.path('abandon'), as: operator, body: { reason } });
      const abandoned = dataOf(200, { deliveryId: delivery.deliveryId, status: 'ABANDONED' });
      await given(delivery.granted)
        .when(abandon('granted by hand'))
        .thenResponds(abandoned, delivery.abandoned('granted by hand'));
      await given().when(abandon('again')).thenResponds(abandoned);
      for (const reason of ['', 'x'.repeat(501), 'two\nlines', null, 5])
        await given().when(abandon(reason)).thenResponds(invalidOf('reason'));
      await given(delivery.delivered)
        .when(abandon('late'))
        .thenResponds(problemOf(409, 'ALREADY_DELIVERED', { deliveredAt: DELIVERED_AT }));
      const atOnce = newDelivery(endpointId);
      await given(atOnce.granted, atOnce.deliveredAtOnce)
        .when({ path: atOnce.path('abandon'), as: operator, body: { reason: 'late' } })
        .thenResponds(problemOf(409, 'ALREADY_DELIVERED', { deliveredAt: DELIVERED_AT }));
    });

    it('answers 404 for deliveries that do not exist, such as of a grant without an endpoint', async () => {
      const other = newDelivery(endpointId, 'CURRENCY');
      await given(other.granted)
        .when({ ...resend(), path: other.path('resend') })
        .thenResponds(problemOf(404, 'NOT_FOUND'));
      const abandon = { as: operator, body: { reason: 'x' } };
      await given()
        .when({ ...abandon, path: other.path('abandon') })
        .thenResponds(problemOf(404, 'NOT_FOUND'));
      await given()
        .when({ ...abandon, path: '/deliveries/x/abandon' })
        .thenResponds(problemOf(404, 'NOT_FOUND'));
    });

    it('rejects a write in X-Min-Position that the log does not have', async () => {
      const path = newDelivery(endpointId).path('resend');
      expect(await post(operator, path, undefined, { 'x-min-position': 'f'.repeat(48) })).toEqual(
        problemOf(503, 'NOT_CAUGHT_UP', {}, { 'retry-after': expect.any(String) as string }),
      );
      expect((await post(operator, path, undefined, { 'x-min-position': 'x' })).status).toBe(400);
    });

    it('is for operators', async () => {
      const calls = ['/deliveries/resend', newDelivery(endpointId).path('resend'), newDelivery(endpointId).path('abandon')];
      for (const path of calls) {
        expect((await post(null, path)).status).toBe(401);
        for (const role of ['USER', 'AUDITOR'] as const) expect((await post(callers.person(role), path)).status).toBe(403);
      }
    });

    describe('all parked ones', () => {
      const path = '/deliveries/resend';
      const parkedAt = (at: string, count: number, type: RewardType = 'ITEM', of = endpointId) =>
        Array.from({ length: count }, () => newDelivery(of, type, at));
      const record = async (deliveries: readonly ReturnType<typeof newDelivery>[]) => {
        await Promise.all(deliveries.map(({ granted, parked }) => appendFacts(store, [granted, parked])));
        await caughtUp();
      };
      const countOf = async (deliveries: readonly ReturnType<typeof newDelivery>[]) =>
        (
          await Promise.all(
            deliveries.map(async ({ deliveryId }) => {
              const facts = await store.readStream(streams.delivery(deliveryId));
              return facts.filter(({ type }) => type === 'DeliveryResent').length;
            }),
          )
        ).reduce((sum, count) => sum + count, 0);

      it('are resent by endpoint and by the time of their grants, each once', async () => {
        const early = parkedAt('2026-11-10T00:00:00.000Z', 3);
        const late = parkedAt('2026-11-11T00:00:00.000Z', 4, 'POINT');
        const delivered = newDelivery(endpointId, 'ITEM', '2026-11-10T00:00:00.000Z');
        await record([...early, ...late]);
        await appendFacts(store, [delivered.granted, delivered.deliveredAtOnce]);
        const day = { from: '2026-11-10T00:00:00.000Z', to: '2026-11-11T00:00:00.000Z' };
        const body = { status: 'PARKED', endpointId, ...day };
        expect(await post(operator, path, body)).toEqual(dataOf(202, { count: 3 }, { 'x-position': A_POSITION }));
        expect([await countOf(early), await countOf(late), await countOf([delivered])]).toEqual([3, 0, 0]);
        expect(await post(operator, path, body)).toEqual(dataOf(202, { count: 0 }, { 'x-position': undefined }));
        expect((await post(operator, path, { status: 'PARKED' })).data).toEqual({ count: 4 });
        expect([await countOf(early), await countOf(late)]).toEqual([3, 4]);
      });

      it('are resent once for concurrent requests, over many pages', async () => {
        const parked = parkedAt('2026-11-12T00:00:00.000Z', 510);
        await record(parked);
        const other = await start();
        try {
          // A busy machine may take longer than a request waits for the read model.
          const resendAll = (at: typeof service) =>
            until(
              'the read model',
              () => post(operator, path, { status: 'PARKED' }, {}, at),
              ({ status }) => status === 202,
            );
          const answers = await Promise.all([service, other].map(resendAll));
          expect(Math.max(...answers.map(({ data }) => data.count as number))).toBe(510);
          await until(
            'all to be resent',
            () => countOf(parked),
            (count) => count >= 510,
          );
        } finally {
          await other.close();
        }
        expect(await countOf(parked)).toBe(510);
      });

      it('leave out those whose endpoint was removed', async () => {
        const gone = factsOfEndpoint();
        const parked = parkedAt('2026-11-13T00:00:00.000Z', 2, 'COUPON', gone.endpointId);
        await appendFacts(store, [gone.added({ rewardTypes: ['COUPON'] })]);
        await record(parked);
        await appendFacts(store, [gone.removed()]);
        expect((await post(operator, path, { status: 'PARKED' })).status).toBe(202);
        expect(await countOf(parked)).toBe(0);
        expect(await post(operator, path, { status: 'PARKED', endpointId: gone.endpointId })).toEqual(invalidOf('endpointId'));
      });

      it.each([
        ['status', {}],
        ['status', { status: 'PENDING' }],
        ['endpointId', { status: 'PARKED', endpointId: 'x' }],
        ['from', { status: 'PARKED', from: 'yesterday' }],
        ['to', { status: 'PARKED', from: '2026-11-11T00:00:00Z', to: '2026-11-11T00:00:00Z' }],
        ['limit', { status: 'PARKED', limit: 5 }],
      ])('need a valid selection: %s in %j', async (field, body) => {
        expect(await post(operator, path, body)).toEqual(invalidOf(field));
      });
    });
  });
});
