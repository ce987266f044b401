import { randomUUID } from 'node:crypto';
import { PREFIXES, streams, type EndpointDetails } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { DeliveryEndpoint } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { send } from '@rewards/testing/http';
import { httpSpecification } from '@rewards/testing/http-specification';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers, type Caller } from '@rewards/testing/tokens';
import { createDeliveryService, type DeliveryService, type DeliveryServiceOptions } from '../src/delivery/delivery-service';
import type { OutgoingMessage, Outcome, Sender } from '../src/delivery/sender';

export const callers = createCallers();
export const admin = callers.person('ADMIN');
export const operator = callers.person('OPERATOR');

export const REFUSED_HOST = 'metadata.example.com';
export const NOW = '2026-11-20T00:00:00.000Z';

export let settings: Settings;
export let service: DeliveryService;
export let store: EventStore;
export let secrets: DocumentStore;

let now: () => number = () => Date.parse(NOW);
/** Sets the clock of the service. */
export const setClock = (at: string): void => {
  now = () => Date.parse(at);
};

/** What was sent, and what the receiver answers. */
export const receiver = {
  sent: [] as { readonly kind: string; readonly endpoint: DeliveryEndpoint; readonly message: OutgoingMessage }[],
  outcome: { kind: 'delivered', status: 200, tookMs: 3 } as Outcome,
};

const senderOf = (kind: string): Sender => ({
  send: async (endpoint, message) => {
    receiver.sent.push({ kind, endpoint, message });
    return receiver.outcome;
  },
  release: () => undefined,
  close: async () => undefined,
});

export const start = (options: DeliveryServiceOptions = {}) =>
  createDeliveryService(settings, createLogger('delivery', 'silent'), {
    now: () => now(),
    identify: callers.identify,
    senders: { WEBHOOK: senderOf('WEBHOOK'), BUS: senderOf('BUS') },
    checkUrl: async (url) => {
      if (!url.startsWith('https://')) return { ok: false, kind: 'invalid', message: 'must be an https URL' };
      return url.includes(REFUSED_HOST) ? { ok: false, kind: 'refused', host: REFUSED_HOST } : { ok: true };
    },
    ...options,
  });

export const post = (
  caller: Caller | null,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  at: DeliveryService = service,
) => send(at.app, { method: 'POST', path, as: caller, ...(body !== undefined && { body }), headers });

export const webhook = { name: '우편함', kind: 'WEBHOOK', url: 'https://game.example.com/rewards' } as const;

/** Adds an endpoint. @returns its id */
export const add = async (body: object = {}): Promise<string> => {
  const { status, data } = await post(admin, '/delivery-endpoints', { ...webhook, ...body });
  expect(status).toBe(201);
  return data.id as string;
};

export const typesOf = async (stream: string = streams.deliveryEndpoints()) =>
  (await store.readStream(stream)).map(({ type }) => type);

/** What a spec waits for after it has recorded the given events. */
export const hooks = { afterRecording: async (): Promise<unknown> => undefined };

/** Given events, when a request, then the whole response and exactly the events that it records. */
export const given = httpSpecification(() => ({
  service: service.app,
  store,
  prefixes: [PREFIXES.deliveryEndpoints, PREFIXES.delivery, PREFIXES.deliveries, PREFIXES.refusals],
  record: async (facts) => {
    await appendFacts(store, facts);
    await hooks.afterRecording();
    return {};
  },
}));

/** Builds the facts of one endpoint. */
export const factsOfEndpoint = (endpointId: string = randomUUID()) => {
  const fact = (type: string, data: object) => ({
    stream: streams.deliveryEndpoints(),
    event: { type, data: { endpointId, ...data } },
  });
  const by = admin.accountId;
  return {
    endpointId,
    added: (details: Partial<EndpointDetails> & { readonly secretId?: string } = {}, at = NOW) =>
      fact('DeliveryEndpointAdded', {
        name: 'Mailbox',
        kind: 'WEBHOOK',
        url: webhook.url,
        maxPerSecond: 500,
        timeoutMs: 10_000,
        ...details,
        by,
        at,
      }),
    changed: (change: object, at = NOW) => fact('DeliveryEndpointChanged', { ...change, by, at }),
    paused: (actor = by, at = NOW) => fact('DeliveryEndpointPaused', { by: actor, at }),
    resumed: (actor = by, at = NOW) => fact('DeliveryEndpointResumed', { by: actor, at }),
    disabled: (at = NOW) => fact('DeliveryEndpointDisabled', { reason: 'The receiver answered 410.', at }),
    removed: (at = NOW) => fact('DeliveryEndpointRemoved', { by, at }),
  };
};

/** Starts a separate service for the tests of a block, each with an empty log if `each` is set. */
export const useDeliveryService = (each: 'each' | 'all' = 'all'): void => {
  const [before, after] = each === 'each' ? [beforeEach, afterEach] : [beforeAll, afterAll];
  before(async () => {
    settings = testSettings();
    setClock(NOW);
    receiver.sent = [];
    receiver.outcome = { kind: 'delivered', status: 200, tookMs: 3 };
    service = await start();
    store = openEventStore(settings, 'write');
    secrets = openDocumentStore(settings, 'delivery', 'write');
  });
  after(async () => {
    await service.close();
    await Promise.all([store.close(), secrets.close()]);
    removeData(settings);
  });
};
