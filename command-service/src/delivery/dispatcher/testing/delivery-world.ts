import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PREFIXES,
  START,
  streams,
  upcast,
  type DeliveryEndpointEvent,
  type EndpointDetails,
  type Position,
  type RecordedEvent,
  type RewardType,
} from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, type Fact } from '@rewards/contracts/testing/sample-events';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { DeliveryEndpoint } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { createLogger } from '@rewards/service-kit';
import { Clock } from '@rewards/service-kit/clock';
import { deliveryTo, type Grant } from '@rewards/service-kit/deliveries';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import { until } from '@rewards/testing/until';
import { Streams } from '../../../streams';
import type { Outcome, OutgoingMessage, Sender } from '../../sender';
import { Dispatcher, type DispatcherEngines, type DispatcherOptions } from '../dispatcher';
import { OPEN_DELIVERIES, OpenDeliveries } from '../open-deliveries';
import type { OpenStatus } from '../open-delivery';

export interface Sent {
  readonly endpointId: string;
  readonly url: string | undefined;
  readonly id: string;
  readonly body: string;
  /** Monotonic, in milliseconds. */
  readonly at: number;
}

export type Answer = (message: OutgoingMessage, endpoint: DeliveryEndpoint, signal: AbortSignal) => Outcome | Promise<Outcome>;

export const DELIVERED: Outcome = { kind: 'delivered', status: 200, tookMs: 3 };
export const failed = (changes: Partial<Extract<Outcome, { readonly kind: 'retry' }>> = {}): Outcome => ({
  kind: 'retry',
  status: 503,
  error: 'The receiver answered 503.',
  tookMs: 3,
  retryAfterSeconds: null,
  isEndpointDown: false,
  ...changes,
});
export const down = failed({ status: null, error: 'The receiver did not answer.', isEndpointDown: true });
export const refusedBy = (kind: 'rejected' | 'inventoryFull' | 'gone', status: number): Outcome => ({
  kind,
  status,
  error: `The receiver answered ${status}.`,
  tookMs: 3,
});

/** A receiver under the control of a spec. */
export class FakeSender implements Sender {
  readonly sent: Sent[] = [];
  readonly released: string[] = [];
  answer: Answer = () => DELIVERED;

  async send(endpoint: DeliveryEndpoint, message: OutgoingMessage, signal: AbortSignal): Promise<Outcome> {
    const { id, body } = message;
    this.sent.push({ endpointId: endpoint.endpointId, url: endpoint.url, id, body, at: performance.now() });
    return this.answer(message, endpoint, signal);
  }

  release(endpointId: string): void {
    this.released.push(endpointId);
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  countOf(id: string): number {
    return this.sent.filter((one) => one.id === id).length;
  }
}

export interface Running {
  readonly dispatcher: Dispatcher;
  stop(): Promise<void>;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Opens embedded engines and a receiver for the dispatchers of one test. */
export const openWorld = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'delivery-'));
  const store: EventStore = openEmbeddedEventStore({ file: join(directory, 'events.db') });
  const documents: DocumentStore = openEmbeddedDocumentStore({ file: join(directory, 'command.db') });
  const sender = new FakeSender();
  const eventId = randomUUID();
  const running = new Set<Running>();
  let ahead = 0;
  const clock = new Clock(() => Date.now() + ahead);
  const { created, added, published } = factsOfEvent(eventId);
  await appendFacts(store, [created(), added(ELIXIR), published()]);

  const world = {
    directory,
    store,
    documents,
    sender,
    eventId,
    index: new OpenDeliveries(documents),
    clock,
    advance: (milliseconds: number): void => void (ahead += milliseconds),
    record: (...facts: Fact[]): Promise<Position> => appendFacts(store, facts),
    recordEndpoint: <Type extends DeliveryEndpointEvent['type']>(
      type: Type,
      data: Omit<Extract<DeliveryEndpointEvent, { readonly type: Type }>['data'], 'at' | 'by'>,
    ): Promise<Position> =>
      world.record({
        stream: streams.deliveryEndpoints(),
        event: { type, data: { by: randomUUID(), at: clock.iso(), ...data } },
      }),
    addEndpoint: async (details: Partial<EndpointDetails> & { readonly from?: Position } = {}): Promise<string> => {
      const endpointId = randomUUID();
      const defaults = {
        name: 'game',
        kind: 'WEBHOOK',
        url: 'https://game.example/',
        maxPerSecond: 10_000,
        timeoutMs: 1_000,
      } as const;
      await world.recordEndpoint('DeliveryEndpointAdded', { endpointId, ...defaults, ...details });
      return endpointId;
    },
    /** Records grants of one player each. @returns their delivery ids */
    grant: async (
      endpointId: string,
      count = 1,
      {
        type = 'ITEM',
        accountId,
        ...rest
      }: { readonly type?: RewardType; readonly accountId?: string; readonly [field: string]: unknown } = {},
    ): Promise<readonly string[]> => {
      const facts = Array.from({ length: count }, () =>
        factsOfParticipation(eventId, accountId ?? randomUUID()).claimed(
          1,
          { ...ELIXIR, type },
          { claimed: 1, remaining: 99, requestId: randomUUID(), at: clock.iso(), ...rest },
        ),
      );
      // Embedded appends of different streams share a commit.
      await Promise.all(facts.map((fact) => appendFacts(store, [fact])));
      return facts.map(({ event }) => deliveryTo(endpointId, { ...event, position: START } as Grant).deliveryId);
    },
    /** Counts documents of the index. */
    countOf: async (endpointId: string, status: OpenStatus): Promise<number> =>
      (await documents.collection(OPEN_DELIVERIES)).count({ endpointId, status }),
    logIn: (accountId: string, loginId: string = randomUUID()): Promise<Position> =>
      world.record({
        stream: streams.login(accountId, clock.iso()),
        event: { type: 'LoggedIn', data: { loginId, accountId, at: clock.iso() } },
      }),
    start: (options: DispatcherOptions = {}, engines: Partial<DispatcherEngines> = {}): Running => {
      const controller = new AbortController();
      const { signal } = controller;
      const failures = new Failures(createLogger('delivery', 'silent'));
      const own = engines.store ?? store;
      const dispatcher = new Dispatcher(
        {
          store: own,
          index: new OpenDeliveries(documents),
          newStreams: () => new Streams(own, { upcast }),
          senders: { WEBHOOK: sender, BUS: sender },
          upcast,
          ...engines,
        },
        clock,
        failures,
        { saveEveryMs: 20, sendAfterMs: 0, monotonic: () => performance.now() + ahead, random: () => 0.5, ...options },
      );
      const run = retry(() => dispatcher.run(signal), { signal }).catch(() => undefined);
      const started = {
        dispatcher,
        stop: async () => {
          running.delete(started);
          controller.abort();
          await run;
        },
      };
      running.add(started);
      return started;
    },
    /** Returns all domain events of deliveries, in the order of the log. */
    facts: async (): Promise<readonly RecordedEvent[]> => {
      const found: RecordedEvent[] = [];
      const prefixes = [PREFIXES.delivery, PREFIXES.deliveries, PREFIXES.earlierDeliveries];
      for await (const batch of store.subscribe({ after: START, prefixes })) {
        found.push(...batch.events);
        if (batch.caughtUp) break;
      }
      return found;
    },
    factsOf: async (deliveryId: string) =>
      (await store.readStream(streams.delivery(deliveryId))).map(({ type, data }) => ({ type, ...(data as object) })),
    /** Returns the ids of recorded deliveries, as often as each was recorded. */
    deliveredIds: async (): Promise<readonly string[]> =>
      (await world.facts()).flatMap(({ type, data }) => {
        if (type === 'RewardDelivered') return [(data as { readonly deliveryId: string }).deliveryId];
        if (type !== 'RewardsDelivered') return [];
        return (data as { readonly deliveries: readonly { readonly deliveryId: string }[] }).deliveries.map(
          (one) => one.deliveryId,
        );
      }),
    untilDelivered: (ids: readonly string[]) =>
      until(
        `${ids.length} deliveries`,
        async () => new Set(await world.deliveredIds()),
        (delivered) => ids.every((id) => delivered.has(id)),
      ),
    untilCaughtUp: ({ dispatcher }: Running) =>
      until('the dispatcher to catch up', async () => (dispatcher.position ?? START) >= (await store.head())),
    /** Waits until the checkpoint is at the end of the log. */
    untilSaved: () =>
      until('the checkpoint', async () => ((await world.index.checkpoint())?.position ?? START) >= (await store.head())),
    close: async (): Promise<void> => {
      await Promise.all([...running].map(({ stop }) => stop()));
      await Promise.all([store.close(), documents.close()]);
      rmSync(directory, { recursive: true });
    },
  };
  return world;
};
