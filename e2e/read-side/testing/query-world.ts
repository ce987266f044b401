import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry, type Role, type Position } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import { createProjections } from '../../../projections/src/projections';
import { ELIXIR, factsOfEvent, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { createQueryService, type QueryService } from '../../../query-service/src/query-service';

export interface Person {
  readonly accountId: string;
  readonly authorization: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: {
    readonly data?: unknown;
    readonly page?: { readonly next?: string | null; readonly limit?: number };
    readonly code?: string;
    readonly errors?: readonly { readonly field: string }[];
  };
}

export interface QueryWorld {
  readonly service: QueryService;
  readonly log: EventStore;
  readonly directory: Collection<AccountDirectoryEntry>;
  /** Milliseconds since 1970, as the queries see it. */
  now: number;
  person(...roles: Role[]): Person;
  /** @returns the position of the last fact */
  record(...facts: readonly Fact[]): Promise<Position>;
  /** A published event from 1 November to 1 December 2026, with claims until 15 December. @returns its id */
  newEvent(details?: Parameters<ReturnType<typeof factsOfEvent>['created']>[0]): Promise<string>;
  /** Asks for what shows everything that was recorded. */
  get(url: string, who: Person): Promise<Answer>;
  close(): Promise<void>;
}

/** query-service, and the projections that feed it, on data of their own. */
export const createQueryWorld = async (): Promise<QueryWorld> => {
  const tokens = createTestTokens();
  const verifier = new AccessTokenVerifier(tokens.keySource);
  const identify = (authorization: string | undefined) => verifier.identify(authorization);
  const logger = createLogger('query-service', 'silent');
  const settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'query-service-')) });
  const log = openEventStore(settings, 'write');
  const accounts = openDocumentStore(settings, 'accounts', 'write');
  const directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  const projections = await createProjections(settings, logger, { identify });
  const service = await createQueryService(settings, logger, { identify, now: () => world.now });
  let written: Position | null = null;

  const world: QueryWorld = {
    service,
    log,
    directory,
    now: Date.parse('2026-11-15T00:00:00.000Z'),
    person: (...roles) => {
      const accountId = randomUUID();
      return { accountId, authorization: `Bearer ${tokens.sign({ accountId, roles })}` };
    },
    record: async (...facts) => (written = await append(log, facts)),
    newEvent: async (details = {}) => {
      const eventId = randomUUID();
      const { created, added, published } = factsOfEvent(eventId);
      await world.record(created(details), added(ELIXIR), added(SAUNA), published());
      return eventId;
    },
    get: async (url, { authorization }) => {
      const headers = { authorization, ...(written && { 'x-min-position': written }) };
      const { statusCode, headers: given, body } = await service.app.inject({ url, headers });
      const isJson = String(given['content-type']).includes('json');
      return { status: statusCode, headers: given, text: body, body: isJson ? (JSON.parse(body) as Answer['body']) : {} };
    },
    close: async () => {
      await service.close();
      await projections.close();
      await Promise.all([log.close(), accounts.close()]);
      rmSync(settings.dataDir, { recursive: true });
    },
  };
  return world;
};
