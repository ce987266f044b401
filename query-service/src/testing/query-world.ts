import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  ACCOUNT_DIRECTORY,
  COUNTER_CHECKPOINT,
  COUNTER_CHECKPOINTS,
  type AccountDirectoryEntry,
  type Checkpoint,
  type Position,
  type Role,
} from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { createLogger } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { ELIXIR, factsOfEvent, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { send, type HttpResponse } from '@rewards/testing/http';
import { httpSpecification } from '@rewards/testing/http-specification';
import { endByDisconnecting, forkTypescript } from '@rewards/testing/processes';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers, type Caller } from '@rewards/testing/tokens';
import { createQueryService, type QueryService } from '../query-service';

/** As in production, the read models are the only link between the two services. */
const KEEP_READ_MODELS = join(__dirname, '../../../projections/src/testing/keep-read-models.process.ts');

export type { Caller };

export interface QueryWorld {
  readonly service: QueryService;
  readonly store: EventStore;
  readonly directory: Collection<AccountDirectoryEntry>;
  /** The clock of the queries, in milliseconds since 1970. */
  now: number;
  person(...roles: Role[]): Caller;
  /** Appends domain events. @returns the position of the last one */
  record(...facts: readonly Fact[]): Promise<Position>;
  /** Appends a published event from 1 November to 1 December 2026, with claims until 15 December. @returns its id */
  newEvent(details?: Parameters<ReturnType<typeof factsOfEvent>['created']>[0]): Promise<string>;
  /** Saves the counter's checkpoint, as command-service does. @param checkpoint by default, at the last recorded event */
  counterReached(checkpoint?: Checkpoint): Promise<void>;
  /** Sends a query that reflects everything that was recorded, unless the headers replace its X-Min-Position. */
  get(path: string, as: Caller | null, headers?: Readonly<Record<string, string>>): Promise<HttpResponse>;
  /** Given events in the read models, when a request, then the whole response. */
  given: ReturnType<typeof httpSpecification>;
  close(): Promise<void>;
}

/** Starts query-service and a process that keeps its read models, on their own data. */
export const createQueryWorld = async ({ identify, person } = createCallers()): Promise<QueryWorld> => {
  const settings = testSettings();
  const store = openEventStore(settings, 'write');
  const accounts = openDocumentStore(settings, 'accounts', 'write');
  const command = openDocumentStore(settings, 'command', 'write');
  const directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  const readModels = forkTypescript(KEEP_READ_MODELS, [settings.dataDir]);
  const service = await createQueryService(settings, createLogger('query-service', 'silent'), { identify, now: () => world.now });
  await once(readModels, 'message');
  let written = '';
  const minPosition = (): Record<string, string> => (written ? { 'x-min-position': written } : {});

  const world: QueryWorld = {
    service,
    store,
    directory,
    now: Date.parse('2026-11-15T00:00:00.000Z'),
    person,
    record: async (...facts) => (written = await appendFacts(store, facts)),
    newEvent: async (details = {}) => {
      const eventId = randomUUID();
      const { created, added, published } = factsOfEvent(eventId);
      await world.record(created(details), added(ELIXIR), added(SAUNA), published());
      return eventId;
    },
    counterReached: async (checkpoint) => {
      const position = await store.head();
      const reached = checkpoint ?? { logId: await store.logId(), position, eventId: await store.eventIdAt(position) };
      const checkpoints = await command.collection<Checkpoint>(COUNTER_CHECKPOINTS);
      await checkpoints.writeNewer([{ id: COUNTER_CHECKPOINT, position: reached.position, document: reached }]);
    },
    get: (path, as, headers = minPosition()) => send(service.app, { path, as, headers }),
    given: httpSpecification(() => ({
      service: service.app,
      record: async (facts) => {
        if (facts.length > 0) await world.record(...facts);
        return minPosition();
      },
    })),
    close: async () => {
      await service.close();
      await endByDisconnecting(readModels);
      await Promise.all([store.close(), accounts.close(), command.close()]);
      removeData(settings);
    },
  };
  return world;
};
