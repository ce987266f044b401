import { randomUUID } from 'node:crypto';
import type { EventStore } from '@rewards/event-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers } from '@rewards/testing/tokens';
import type { ProjectionReport } from '../projections/src/operations/monitor';
import { createProjections, type Projections } from '../projections/src/projections';
import {
  ELIXIR,
  eventResponse,
  factsOfEvent,
  factsOfParticipation,
  eventRewardResponse,
} from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { history } from '@rewards/contracts/testing/sample-history';
import { createQueryService, type QueryService } from '../query-service/src/query-service';

const REBUILT = ['events', 'participations', 'claims', 'audit', 'statistics', 'deliveries'];

describe('queries during a rebuild', () => {
  const { identify, person } = createCallers();
  const logger = createLogger('test', 'silent');
  const reader = person('USER', 'ADMIN');
  const { accountId } = reader;

  let settings: Settings;
  let store: EventStore;
  let projections: Projections;
  let queries: QueryService;

  beforeAll(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    await appendFacts(store, history(3, 60));
    projections = await createProjections(settings, logger, { identify });
    queries = await createQueryService(settings, logger, { identify });
  });

  afterAll(async () => {
    await queries.close();
    await projections.close();
    await store.close();
    removeData(settings);
  });

  const read = async (path: string, position: string) => {
    const { status, data } = await send(queries.app, { path, as: reader, headers: { 'x-min-position': position } });
    expect(status).toBe(200);
    return data;
  };
  const versions = async (): Promise<readonly number[]> => {
    const { data } = await send(projections.app, { path: '/projections', as: reader });
    return (data as readonly ProjectionReport[]).filter(({ name }) => REBUILT.includes(name)).map(({ version }) => version);
  };

  it('see every write at once and lose no rows', async () => {
    const eventId = randomUUID();
    const { created, added, published } = factsOfEvent(eventId);
    const { started, counted, claimRefused } = factsOfParticipation(eventId, accountId);
    await appendFacts(store, [created(), added(ELIXIR), published(), started()]);

    let requests = 0;
    let reads = 0;
    for (let round = 0; (await versions()).some((version) => version < 4); round += 1) {
      for (const name of round % 5 === 0 ? REBUILT : []) {
        await send(projections.app, { method: 'POST', path: `/projections/${name}/rebuild`, as: reader });
      }
      requests += 1;
      const progress = (round % 7) + 1;
      const position = await appendFacts(store, [counted(progress), claimRefused({ requestId: `r${requests}` })]);
      const [claims, own, event, audit, statistics] = await Promise.all([
        read(`/claims?accountId=${accountId}&limit=1`, position),
        read(`/events/${eventId}/progress`, position),
        read(`/events/${eventId}`, position),
        read(`/audit?eventId=${eventId}&type=ClaimRefused&limit=1`, position),
        read(`/events/${eventId}/statistics`, position),
      ]);
      expect({
        claims: claims.map(({ requestId }: { requestId: string }) => requestId),
        progress: own.progress,
        event,
        audit: audit.map(({ data }: { data: { requestId: string } }) => data.requestId),
        statistics: [statistics.participants, statistics.claims.failure],
      }).toEqual({
        claims: [`r${requests}`],
        progress,
        event: eventResponse(eventId, { status: event.status, rewards: [eventRewardResponse(ELIXIR)] }),
        audit: [`r${requests}`],
        statistics: [1, requests],
      });
      reads += 5;
    }
    expect(reads).toBeGreaterThan(30);
    expect(await read(`/claims?accountId=${accountId}&limit=100`, await store.head())).toHaveLength(Math.min(requests, 100));
  });
});
