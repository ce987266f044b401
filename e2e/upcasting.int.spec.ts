import { randomUUID } from 'node:crypto';
import {
  ACCOUNT_DIRECTORY,
  streams,
  upcast,
  type AccountDirectoryEntry,
  type DomainEvent,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers } from '@rewards/testing/tokens';
import { until } from '@rewards/testing/until';
import { createProjections, type Projections } from '../projections/src/projections';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { SseReader } from '../projections/src/testing/sse-reader';
import { createQueryService, type QueryService } from '../query-service/src/query-service';

/** An invented older version, because no event type has one yet: in version 0, `progress` was called `total`. */
const upcastTotals: Upcast = <Event extends DomainEvent>(recorded: RecordedEvent) => {
  if (recorded.metadata.schemaVersion !== 0) return upcast<Event>(recorded);
  const { total: progress, ...data } = recorded.data as { readonly total: number };
  const metadata = { ...recorded.metadata, schemaVersion: 1 };
  return upcast<Event>({ ...recorded, data: { ...data, progress }, metadata });
};

describe('a domain event of an older version', () => {
  const { identify, person } = createCallers();
  const logger = createLogger('test', 'silent');
  const auditor = person('AUDITOR');
  const { accountId, authorization } = auditor;
  const [eventId, loginId] = [randomUUID(), randomUUID()];
  const at = '2026-11-02T00:00:00.000Z';

  let settings: Settings;
  let store: EventStore;
  let accounts: DocumentStore;
  let projections: Projections;
  let queries: QueryService;
  let position: string;

  beforeAll(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    accounts = openDocumentStore(settings, 'accounts', 'write');
    const directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
    await directory.insert(accountId, { accountId, email: 'player@example.com' });
    const { created, added, published } = factsOfEvent(eventId);
    const login = { stream: streams.login(accountId, at), event: { type: 'LoggedIn', data: { loginId, accountId, at } } };
    const { stream, started } = factsOfParticipation(eventId, accountId);
    await appendFacts(store, [created(), added(ELIXIR), published(), login, started()]);
    const data = { eventId, accountId, loginId, at, day: '2026-11-02', total: 1, conditionMet: false };
    const metadata = { schemaVersion: 0, correlationId: 'c', causationId: null, actor: { service: 'test' }, at };
    ({ position } = await store.append(stream, 'any', [{ id: randomUUID(), type: 'LoginCounted', data, metadata }]));
    projections = await createProjections(settings, logger, { identify, upcast: upcastTotals });
    queries = await createQueryService(settings, logger, { identify, upcast: upcastTotals });
  });

  afterAll(async () => {
    await queries.close();
    await projections.close();
    await Promise.all([store.close(), accounts.close()]);
    removeData(settings);
  });

  const get = async (path: string) =>
    (await send(queries.app, { path, as: auditor, headers: { 'x-min-position': position } })).data;
  const today = { eventId, accountId, loginId, at, day: '2026-11-02', progress: 1, conditionMet: false };

  it('is upcast in the read models', async () => {
    const { status, progress } = await get(`/events/${eventId}/progress`);
    expect([status, progress]).toEqual(['IN_PROGRESS', 1]);
    expect((await get('/audit?type=LoginCounted')).map(({ data }: { data: object }) => data)).toEqual([today]);
  });

  it('is upcast in time travel, now, at a time and at a position', async () => {
    for (const asOf of ['', `?asOf=${at}`, `?asOf=${position}`]) {
      const { state, facts } = await get(`/participations/${eventId}/${accountId}${asOf}`);
      expect([state.progress, facts.length, facts[1]]).toEqual([1, 2, { type: 'LoginCounted', at, revision: 1, data: today }]);
    }
  });

  it('is upcast in the explanation', async () => {
    const { completion, logins } = await get(`/participations/${eventId}/${accountId}/explain`);
    expect(completion).toEqual({ allowed: false, code: 'CONDITION_NOT_MET', message: '1 of 3 counted so far.' });
    expect(logins).toEqual([{ loginId, at, day: '2026-11-02', counted: true, reason: null }]);
  });

  it('is upcast in the audit stream', async () => {
    await projections.app.listen(0, '127.0.0.1');
    const reader = await SseReader.open(projections.app, '/audit/stream?type=LoginCounted', { authorization });
    await reader.waitForEvent('caught-up');
    expect(reader.facts.map((fact) => [fact.type, (fact as unknown as { data: object }).data])).toEqual([
      ['LoginCounted', today],
    ]);
    reader.close();
  });

  it('is upcast in verification', async () => {
    const verified = await until(
      'a verification',
      async () => (await send(projections.app, { path: '/verification', as: auditor })).data,
      (run) => run.position !== null,
    );
    expect([verified.ok, verified.position, verified.findings]).toEqual([true, position, []]);
  });
});
