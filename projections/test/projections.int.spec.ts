import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { START, upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { dataOf, problemOf, send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers, type Caller } from '@rewards/testing/tokens';
import { until } from '@rewards/testing/until';
import { claimsProjection } from '../src/claims/claims.projection';
import type { ProjectionReport } from '../src/operations/monitor';
import { createProjections, type Projections, type ProjectionsOptions } from '../src/projections';
import { PROJECTIONS } from '../src/read-models';
import { keepReadModels } from '../src/runner/keep-read-models';
import { rebuildReadModel } from '../src/rebuild/rebuild-read-model';
import { Checkpoints } from '../src/runner/checkpoints';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { history } from '@rewards/contracts/testing/sample-history';

const { identify, person } = createCallers();
const accountId = '00000000-0000-4000-8000-00000000000b';
const eventId = '00000000-0000-4000-8000-000000000001';
const auditor = person('AUDITOR');
const event = factsOfEvent(eventId);
const { started, claimRefused } = factsOfParticipation(eventId, accountId);

describe('projections', () => {
  let settings: Settings;
  let store: EventStore;
  const services: Projections[] = [];

  const start = async (options: ProjectionsOptions = {}): Promise<Projections> => {
    const service = await createProjections(settings, createLogger('projections', 'silent'), {
      identify,
      ...options,
    });
    services.push(service);
    return service;
  };
  const stop = async (service: Projections) => {
    services.splice(services.indexOf(service), 1);
    await service.close();
  };
  const get = ({ app }: Projections, path: string, as: Caller | null = null) => send(app, { path, as });
  const reports = async (service: Projections): Promise<readonly ProjectionReport[]> =>
    (await get(service, '/projections', auditor)).data as readonly ProjectionReport[];
  const reported = (service: Projections, holds: (report: ProjectionReport) => boolean, name?: string) =>
    until(
      'every read model to be as expected',
      () => reports(service),
      (all) => all.filter((report) => name === undefined || report.name === name).every(holds),
    );

  beforeEach(() => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
  });

  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    await store.close();
    removeData(settings);
  });

  it('reports the position and lag of each read model to operators and auditors', async () => {
    const service = await start();
    const position = await appendFacts(store, [event.created(), event.added(ELIXIR), started(), claimRefused()]);
    const all = await reported(service, (report) => report.position === position);
    expect(all).toEqual(
      PROJECTIONS.map(({ name }) => ({
        name,
        version: 1,
        position,
        lagEvents: 0,
        lagMs: 0,
        state: 'LIVE',
        error: null,
        rebuild: null,
      })),
    );
  });

  it('rejects requests without a token and from players', async () => {
    const service = await start();
    expect((await get(service, '/projections')).status).toBe(401);
    expect((await get(service, '/projections', person('USER'))).status).toBe(403);
    expect((await get(service, '/events', auditor)).status).toBe(404);
    expect((await get(service, '/projections', person('OPERATOR'))).status).toBe(200);
  });

  it('is ready while the engines are available and no projection has stopped', async () => {
    const service = await start();
    const { status, body } = await get(service, '/health/ready');
    expect(status).toBe(200);
    expect(body).toEqual({
      data: {
        status: 'ok',
        parts: {
          eventStore: 'up',
          documentStore: 'up',
          ...Object.fromEntries(PROJECTIONS.map(({ name }) => [name, 'up'])),
        },
      },
    });
  });

  it('reports where and why a projection stopped, is not ready, and continues the others', async () => {
    const poisoned = {
      ...claimsProjection,
      on: {
        ...claimsProjection.on,
        ClaimRefused: () => {
          throw new TypeError('cannot read this');
        },
      },
    };
    const service = await start({ projections: [...PROJECTIONS.filter(({ name }) => name !== 'claims'), poisoned] });
    const before = await appendFacts(store, [started()]);
    const failed = await appendFacts(store, [claimRefused()]);
    await reported(service, ({ state }) => state === 'STOPPED', 'claims');
    const last = await appendFacts(store, [event.created()]);
    const all = await reported(service, ({ position }) => position === last, 'events');

    expect(all.find(({ name }) => name === 'claims')).toEqual({
      name: 'claims',
      version: 1,
      position: before,
      lagEvents: 2,
      lagMs: expect.any(Number) as number,
      state: 'STOPPED',
      error: `ClaimRefused: cannot read this (position ${failed})`,
      rebuild: null,
    });
    const ready = await get(service, '/health/ready');
    const up = Object.fromEntries(
      ['eventStore', 'documentStore', ...PROJECTIONS.map(({ name }) => name)].map((name) => [name, 'up']),
    );
    expect(ready).toEqual(
      problemOf(503, 'UNAVAILABLE', {
        parts: { ...up, claims: 'down' },
        reasons: { claims: `ClaimRefused: cannot read this (position ${failed})` },
      }),
    );
    const metrics = (await get(service, '/metrics')).text;
    expect(metrics).toMatch(/projection_stopped\{projection="claims".*\} 1/);
    expect(metrics).toMatch(/projection_stopped\{projection="events".*\} 0/);
    expect(metrics).toMatch(/projection_lag_seconds\{projection="events".*\} 0/);
    expect(metrics).toMatch(/projection_events_total\{projection="events".*\} 1/);
  });

  it('stops and reports the reason when the read models are of another log', async () => {
    const first = await start();
    const position = await appendFacts(store, [event.created()]);
    await reported(first, (report) => report.position === position);
    await stop(first);

    await store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(settings.dataDir, `events.db${suffix}`), { force: true });
    store = openEventStore(settings, 'write');
    await appendFacts(store, [event.created(), event.added(ELIXIR)]);

    const second = await start();
    const all = await reported(second, ({ state }) => state === 'STOPPED');
    expect(all[0]?.error).toBe(
      'The checkpoint does not match the log. It belongs to another log. Rebuild the read model: npm run rebuild -- events',
    );
    expect((await get(second, '/health/ready')).status).toBe(503);
  });

  it('has a standby that reports the same and takes over when the active instance stops', async () => {
    const active = await start();
    const standby = await start();
    const first = await appendFacts(store, [event.created()]);
    await reported(active, ({ position }) => position === first);
    expect(await reports(standby)).toEqual(await reports(active));
    await stop(active);
    const second = await appendFacts(store, [event.added(ELIXIR)]);
    await reported(standby, ({ position }) => position === second);
  });

  describe('POST /projections/{name}/rebuild', () => {
    const rebuild = ({ app }: Projections, name: string, as: Caller = person('ADMIN')) =>
      send(app, { method: 'POST', path: `/projections/${name}/rebuild`, as });

    it('requires an administrator and an existing read model', async () => {
      const service = await start();
      await appendFacts(store, [event.created()]);
      await reported(service, ({ state }) => state === 'LIVE');
      expect((await rebuild(service, 'events', auditor)).status).toBe(403);
      for (const name of ['nothing', '__proto__', 'readModels']) {
        expect(await rebuild(service, name)).toEqual(problemOf(404, 'NOT_FOUND'));
      }
    });

    it('fills one next version for repeated requests, also to the standby', async () => {
      const active = await start();
      const standby = await start();
      const position = await appendFacts(store, history(2, 30));
      await reported(active, (report) => report.position === position);
      const answers = await Promise.all([rebuild(standby, 'claims'), rebuild(active, 'claims'), rebuild(standby, 'claims')]);
      expect(answers).toEqual(Array(3).fill(dataOf(202, { name: 'claims', version: 2, position: expect.any(String) })));
      const [claims] = (await reported(active, ({ version }) => version === 2, 'claims')).filter(({ name }) => name === 'claims');
      expect(claims).toEqual({
        ...{ name: 'claims', version: 2, position, lagEvents: 0, lagMs: 0, state: 'LIVE', error: null, rebuild: null },
      });
    });

    it('is shown with its position and speed by every instance, also by one that does not fill it', async () => {
      const position = await appendFacts(store, history(2, 30));
      const first = await start();
      await reported(first, (report) => report.position === position);
      await stop(first);
      // The next version of a release that may not replace the live one stays beside it.
      const next = { ...claimsProjection, tableVersion: claimsProjection.tableVersion + 1, previous: [] };
      const views = openDocumentStore(settings, 'views', 'write');
      const ended = new AbortController();
      const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
      const logger = createLogger('rebuild', 'silent');
      const filling = keepReadModels([next], engines, { logger, mayReplaceLive: false }, ended.signal);
      const [one, other] = [await start(), await start()];
      for (const service of [one, other]) {
        const [claims] = (await reported(service, ({ rebuild }) => rebuild?.position === position, 'claims')).filter(
          ({ name }) => name === 'claims',
        );
        expect(claims?.rebuild).toEqual({ version: 2, position, eventsPerSecond: expect.any(Number) as number, etaMs: 0 });
        expect([claims?.version, claims?.state]).toEqual([1, 'LIVE']);
        expect((await reports(service)).filter(({ rebuild }) => rebuild !== null)).toHaveLength(1);
      }
      const [reading] = (await reports(one)).filter(({ rebuild }) => rebuild !== null);
      expect(reading?.rebuild?.eventsPerSecond).toBeGreaterThan(0);
      ended.abort();
      await filling;
      await views.close();
    });

    it('repairs a projection that was filled from another log, so that the service is ready again', async () => {
      const first = await start();
      const position = await appendFacts(store, [event.created(), event.added(ELIXIR)]);
      await reported(first, (report) => report.position === position);
      await stop(first);
      await store.close();
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(settings.dataDir, `events.db${suffix}`), { force: true });
      store = openEventStore(settings, 'write');
      await appendFacts(store, [event.created()]);

      const second = await start();
      for (const { name } of await reported(second, ({ state }) => state === 'STOPPED')) await rebuild(second, name);
      await reported(second, ({ state, version }) => state === 'LIVE' && version === 2);
      expect((await get(second, '/health/ready')).status).toBe(200);
    });

    it('has the same effect as a command, whether the service runs or not', async () => {
      const rebuildByCommand = async () => {
        const [store, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'write')];
        const shares: number[] = [];
        const isDone = await rebuildReadModel(
          'claims',
          { store, views, checkpoints: new Checkpoints(views), upcast },
          {
            projections: PROJECTIONS,
            logger: createLogger('rebuild', 'silent'),
            onProgress: (share) => shares.push(share),
            signal: new AbortController().signal,
          },
        );
        const state = (await new Checkpoints(views).loadAll(['claims'])).get('claims');
        await Promise.all([store.close(), views.close()]);
        expect([isDone, shares.at(-1), state?.live.position]).toEqual([true, 1, position]);
      };
      const position = await appendFacts(store, history(2, 30));
      await rebuildByCommand();
      const service = await start();
      await reported(service, (report) => report.position === position);
      await rebuildByCommand();
      const claims = (await reports(service)).find(({ name }) => name === 'claims');
      expect([claims?.version, claims?.position]).toEqual([3, position]);
    });
  });

  it('starts before the log exists', async () => {
    await store.close();
    removeData(settings);
    settings = testSettings();
    const service = await start();
    expect((await get(service, '/projections', auditor)).status).toBe(503);
    store = openEventStore(settings, 'write');
    await reported(service, ({ position, state }) => position === START && state === 'LIVE');
  });
});
