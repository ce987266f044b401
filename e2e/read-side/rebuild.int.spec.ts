import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import type { ProjectionReport } from '../../projections/src/operations/monitor';
import { createProjections, type Projections } from '../../projections/src/projections';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { history } from '@rewards/contracts/testing/sample-history';
import { createQueryService, type QueryService } from '../../query-service/src/query-service';

const REBUILT = ['events', 'participations', 'claims', 'audit', 'statistics'];

describe('queries through a rebuild', () => {
  const tokens = createTestTokens();
  const verifier = new AccessTokenVerifier(tokens.keySource);
  const identify = (authorization: string | undefined) => verifier.identify(authorization);
  const logger = createLogger('test', 'silent');
  const accountId = randomUUID();
  const authorization = `Bearer ${tokens.sign({ accountId, roles: ['USER', 'ADMIN'] })}`;

  let settings: Settings;
  let log: EventStore;
  let projections: Projections;
  let queries: QueryService;

  beforeAll(async () => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'rebuild-')) });
    log = openEventStore(settings, 'write');
    await append(log, history(3, 60));
    projections = await createProjections(settings, logger, { identify });
    queries = await createQueryService(settings, logger, { identify });
  });

  afterAll(async () => {
    await queries.close();
    await projections.close();
    await log.close();
    rmSync(settings.dataDir, { recursive: true });
  });

  const read = async (url: string, position: string) => {
    const { statusCode, body } = await queries.app.inject({ url, headers: { authorization, 'x-min-position': position } });
    return { status: statusCode, body: JSON.parse(body) as { readonly data: unknown } };
  };
  const versions = async (): Promise<readonly number[]> => {
    const { body } = await projections.app.inject({ url: '/projections', headers: { authorization } });
    const { data } = JSON.parse(body) as { readonly data: readonly ProjectionReport[] };
    return data.filter(({ name }) => REBUILT.includes(name)).map(({ version }) => version);
  };

  it('see every write at once, and nothing that was there disappears', async () => {
    const eventId = randomUUID();
    const { created, added, published } = factsOfEvent(eventId);
    const { started, counted, claimRefused } = factsOfParticipation(eventId, accountId);
    await append(log, [created(), added(ELIXIR), published(), started()]);

    let requests = 0;
    let reads = 0;
    for (let round = 0; (await versions()).some((version) => version < 4); round += 1) {
      for (const name of round % 5 === 0 ? REBUILT : []) {
        await projections.app.inject({ method: 'POST', url: `/projections/${name}/rebuild`, headers: { authorization } });
      }
      requests += 1;
      const progress = (round % 7) + 1;
      const position = await append(log, [counted(progress), claimRefused({ requestId: `r${requests}` })]);
      const [claims, own, event, audit, statistics] = await Promise.all([
        read(`/claims?accountId=${accountId}&limit=1`, position),
        read(`/events/${eventId}/progress`, position),
        read(`/events/${eventId}`, position),
        read(`/audit?eventId=${eventId}&type=ClaimRefused&limit=1`, position),
        read(`/events/${eventId}/statistics`, position),
      ]);
      expect(claims).toMatchObject({ status: 200, body: { data: [{ requestId: `r${requests}` }] } });
      expect(own).toMatchObject({ status: 200, body: { data: { progress } } });
      expect(event).toMatchObject({ status: 200, body: { data: { rewards: [ELIXIR] } } });
      expect(audit).toMatchObject({ status: 200, body: { data: [{ data: { requestId: `r${requests}` } }] } });
      expect(statistics).toMatchObject({ status: 200, body: { data: { participants: 1, claims: { failure: requests } } } });
      reads += 5;
    }
    expect(reads).toBeGreaterThan(30);
    const { data } = (await read(`/claims?accountId=${accountId}&limit=100`, await log.head())).body as {
      data: readonly unknown[];
    };
    expect(data).toHaveLength(Math.min(requests, 100));
  });
});
