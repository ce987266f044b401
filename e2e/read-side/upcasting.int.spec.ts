import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNT_DIRECTORY, streams, type AccountDirectoryEntry, type RecordedEvent } from '@rewards/contracts';
import type * as Contracts from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import { createProjections, type Projections } from '../../projections/src/projections';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { SseReader } from '../../projections/src/testing/sse-reader';
import { until } from '../../projections/src/testing/until';
import { createQueryService, type QueryService } from '../../query-service/src/query-service';

/** No type has had an older version yet, so one is made up: progress was called `total` before its first. */
jest.mock('@rewards/contracts', () => {
  const actual = jest.requireActual<typeof Contracts>('@rewards/contracts');
  const lift = (recorded: RecordedEvent): RecordedEvent => {
    if (recorded.metadata.schemaVersion !== 0) return recorded;
    const { total: progress, ...data } = recorded.data as { readonly total: number };
    return { ...recorded, data: { ...data, progress }, metadata: { ...recorded.metadata, schemaVersion: 1 } };
  };
  return { ...actual, upcast: (recorded: RecordedEvent) => actual.upcast(lift(recorded)) };
});

describe('a fact of an older version is raised for every reader:', () => {
  const tokens = createTestTokens();
  const verifier = new AccessTokenVerifier(tokens.keySource);
  const identify = (authorization: string | undefined) => verifier.identify(authorization);
  const logger = createLogger('test', 'silent');
  const [eventId, accountId, loginId] = [randomUUID(), randomUUID(), randomUUID()];
  const authorization = `Bearer ${tokens.sign({ accountId, roles: ['AUDITOR'] })}`;
  const at = '2026-11-02T00:00:00.000Z';

  let settings: Settings;
  let log: EventStore;
  let accounts: DocumentStore;
  let projections: Projections;
  let queries: QueryService;
  let position: string;

  beforeAll(async () => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'upcasting-')) });
    log = openEventStore(settings, 'write');
    accounts = openDocumentStore(settings, 'accounts', 'write');
    const directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
    await directory.insert(accountId, { accountId, email: 'player@example.com' });
    const { created, added, published } = factsOfEvent(eventId);
    const login = { stream: streams.login(accountId, at), event: { type: 'LoggedIn', data: { loginId, accountId, at } } };
    const { stream, started } = factsOfParticipation(eventId, accountId);
    await append(log, [created(), added(ELIXIR), published(), login, started([ELIXIR])]);
    const data = { eventId, accountId, loginId, at, day: '2026-11-02', total: 1, conditionMet: false };
    const metadata = { schemaVersion: 0, correlationId: 'c', causationId: null, actor: { service: 'test' }, at };
    ({ position } = await log.append(stream, 'any', [{ id: randomUUID(), type: 'LoginCounted', data, metadata }]));
    projections = await createProjections(settings, logger, { identify });
    queries = await createQueryService(settings, logger, { identify });
  });

  afterAll(async () => {
    await queries.close();
    await projections.close();
    await Promise.all([log.close(), accounts.close()]);
    rmSync(settings.dataDir, { recursive: true });
  });

  const get = async (url: string): Promise<unknown> => {
    const { body } = await queries.app.inject({ url, headers: { authorization, 'x-min-position': position } });
    return (JSON.parse(body) as { readonly data: unknown }).data;
  };
  const today = expect.objectContaining({ loginId, progress: 1 }) as object;

  it('the read models', async () => {
    expect(await get(`/events/${eventId}/progress`)).toMatchObject({ status: 'IN_PROGRESS', progress: 1 });
    expect(await get('/audit?type=LoginCounted')).toMatchObject([{ data: today }]);
  });

  it('time travel, now, at a time and at a position', async () => {
    for (const asOf of ['', `?asOf=${at}`, `?asOf=${position}`]) {
      expect(await get(`/participations/${eventId}/${accountId}${asOf}`)).toMatchObject({
        state: { progress: 1 },
        facts: [{ type: 'ParticipationStarted' }, { type: 'LoginCounted', data: today }],
      });
    }
  });

  it('the explanation', async () => {
    expect(await get(`/participations/${eventId}/${accountId}/explain`)).toMatchObject({
      completion: { message: '1 of 3 counted so far.' },
      logins: [{ loginId, counted: true }],
    });
  });

  it('the audit stream', async () => {
    await projections.app.listen(0, '127.0.0.1');
    const { port } = projections.app.getHttpServer().address() as AddressInfo;
    const reader = await SseReader.open(port, '/audit/stream?type=LoginCounted', { authorization });
    await reader.sees('caught-up');
    expect(reader.facts).toMatchObject([{ type: 'LoginCounted', data: today }]);
    reader.close();
  });

  it('the verification', async () => {
    const verified = await until(
      async () => {
        const { body } = await projections.app.inject({ url: '/verification', headers: { authorization } });
        return (JSON.parse(body) as { readonly data: { readonly position: string | null } }).data;
      },
      (run) => run.position !== null,
    );
    expect(verified).toMatchObject({ ok: true, position, findings: [] });
  });
});
