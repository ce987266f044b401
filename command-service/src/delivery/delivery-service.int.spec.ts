import { randomUUID } from 'node:crypto';
import { REWARDS_TOPIC, streams } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { MessageBusUnavailable, type Message } from '@rewards/message-bus';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import type { DeliveryEndpoint } from '@rewards/domain';
import { send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { until } from '@rewards/testing/until';
import { BusSender } from './bus-sender';
import { createDeliveryService, type DeliveryService } from './delivery-service';
import type { Sender } from './sender';

const message = { id: randomUUID(), type: 'reward.claimed', accountId: randomUUID(), at: '2026-11-06T00:00:00.000Z', body: '{}' };
const endpoint = { endpointId: randomUUID() } as DeliveryEndpoint;

describe('the sender to the bus', () => {
  it('publishes the body under the account, with CloudEvents headers', async () => {
    const published: [string, readonly Message[]][] = [];
    const sender = new BusSender({ publish: async (topic, messages) => void published.push([topic, messages]) });
    expect(await sender.send(endpoint, message)).toMatchObject({ kind: 'delivered', status: null });
    expect(published).toEqual([
      [
        REWARDS_TOPIC,
        [
          {
            key: message.accountId,
            value: '{}',
            headers: {
              ce_specversion: '1.0',
              ce_id: message.id,
              ce_source: '/delivery',
              ce_type: 'reward.claimed',
              ce_time: message.at,
              ce_subject: message.accountId,
              'content-type': 'application/json',
            },
          },
        ],
      ],
    ]);
  });

  it('retries while the bus is unavailable', async () => {
    const sender = new BusSender({ publish: () => Promise.reject(new MessageBusUnavailable('no broker')) });
    expect(await sender.send(endpoint, message)).toMatchObject({ kind: 'retry', isEndpointDown: true });
  });
});

describe('the delivery service', () => {
  let settings: Settings;
  let service: DeliveryService;
  let isGone = false;
  const webhooks: Sender = {
    send: async () =>
      isGone
        ? { kind: 'gone', status: 410, error: 'The receiver answered 410.', tookMs: 1 }
        : { kind: 'delivered', status: 200, tookMs: 1 },
    release: () => undefined,
    close: async () => undefined,
  };
  beforeEach(async () => {
    settings = testSettings();
    const bus = openMessageBus(settings);
    service = await createDeliveryService(settings, createLogger('delivery', 'silent'), {
      bus,
      senders: { WEBHOOK: webhooks, BUS: new BusSender(bus) },
    });
  });
  afterEach(async () => {
    await service.close();
    removeData(settings);
  });

  const health = async () => {
    const { body } = await send(service.app, { path: '/health/ready' });
    return JSON.stringify(body);
  };

  it('delivers, reports its metrics, and names an endpoint that is disabled', async () => {
    const store = openEventStore(settings, 'write');
    const [eventId, items, points] = [randomUUID(), randomUUID(), randomUUID()];
    const add = (endpointId: string, kind: string, type: string) => ({
      stream: streams.deliveryEndpoints(),
      event: {
        type: 'DeliveryEndpointAdded',
        data: {
          endpointId,
          kind,
          name: `for ${type}`,
          rewardTypes: [type],
          maxPerSecond: 500,
          timeoutMs: 1_000,
          by: randomUUID(),
          at: message.at,
        },
      },
    });
    const grant = (type: 'ITEM' | 'POINT') =>
      factsOfParticipation(eventId, randomUUID()).claimed(1, { ...ELIXIR, type }, { claimed: 1, remaining: 99 });
    isGone = true;
    await appendFacts(store, [
      factsOfEvent(eventId).created(),
      add(items, 'WEBHOOK', 'ITEM'),
      add(points, 'BUS', 'POINT'),
      grant('ITEM'),
      grant('POINT'),
    ]);
    await until('a disabled endpoint', async () => (await health()).includes('is disabled: The receiver answered 410.'));
    const { status } = await send(service.app, { path: '/health/ready' });
    expect(status).toBe(200);
    const scrape = async () => (await send(service.app, { path: '/metrics' })).text;
    await until('the metrics', scrape, (text) => /deliveries_sent_total\{outcome="delivered",service="delivery"\} 1/.test(text));
    const text = await until('a pending delivery', scrape, (found) =>
      found.includes(`deliveries_pending{endpoint="${items}",service="delivery"} 1`),
    );
    expect(text).toMatch(/delivery_seconds_count\{service="delivery"\} 1/);
    expect(text).toContain(`delivery_circuit_open{endpoint="${points}",service="delivery"} 0`);
    await store.close();
  });
});
