import { Worker } from 'node:worker_threads';
import type { EventStore } from '@rewards/event-store';
import { LEASES } from '@rewards/document-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { factsOfEvent } from '@rewards/contracts/testing/sample-events';
import { history } from '@rewards/contracts/testing/sample-history';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { dataOf, send } from '@rewards/testing/http';
import { RUN_TYPESCRIPT } from '@rewards/testing/processes';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers } from '@rewards/testing/tokens';
import { until } from '@rewards/testing/until';
import type { ProjectionReport } from '../src/operations/monitor';
import { createProjections, type Projections } from '../src/projections';
import type { StartThread } from '../src/threads/threads';

const { identify, person } = createCallers();
const DIE = { kind: 'die' } as const;
const event = factsOfEvent('00000000-0000-4000-8000-000000000001');

describe('threads of projections', () => {
  let settings: Settings;
  let store: EventStore;
  let service: Projections;
  const started: { readonly name: string; readonly thread: Worker }[] = [];

  /** Runs the thread, which dies when it gets `DIE`. `terminate` would abort the whole process if it came during a call of the driver. */
  const program = `
    require('node:worker_threads').parentPort.on('message', ({ kind }) => kind === '${DIE.kind}' && process.exit(1));
    require(${JSON.stringify(RUN_TYPESCRIPT)});`;
  const fromSources: StartThread = (name, options) => {
    const argv = [require.resolve(`../src/threads/${name}.worker`)];
    const thread = new Worker(program, { ...options, argv, eval: true });
    started.push({ name, thread });
    return thread;
  };
  const start = async (startThread: StartThread = fromSources) => {
    service = await createProjections(settings, createLogger('projections', 'silent'), { identify, startThread });
  };
  const get = (path: string) => send(service.app, { path, as: person('AUDITOR') });
  const reports = async () => (await get('/projections')).data as readonly ProjectionReport[];
  const reached = (position: string) =>
    until('the read models to catch up', reports, (all) => all.every((report) => report.position === position));
  const threadsOf = (name: string) => started.filter((one) => one.name === name).map(({ thread }) => thread);

  beforeEach(() => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    started.length = 0;
  });

  afterEach(async () => {
    await service.close();
    await store.close();
    removeData(settings);
  });

  it('fill, rebuild and verify the read models, and report to the service', async () => {
    await start();
    const position = await appendFacts(store, history(2, 30));
    await reached(position);
    const rebuilt = await send(service.app, { method: 'POST', path: '/projections/claims/rebuild', as: person('ADMIN') });
    expect(rebuilt).toEqual(dataOf(202, { name: 'claims', version: 2, position: expect.any(String) }));
    await until('the rebuild', reports, (all) => all.some(({ name, version }) => name === 'claims' && version === 2));
    const { checked } = await until(
      'the verification',
      async () => (await get('/verification')).data,
      ({ position: verified }) => verified === position,
    );
    expect(checked.notCompared).toEqual([]);
    await until(
      'the metrics',
      async () => (await get('/metrics')).text,
      (text) => /projection_events_total\{projection="events".*\} [1-9]/.test(text),
    );
    expect((await get('/health/ready')).status).toBe(200);
    expect(started.map(({ name }) => name)).toEqual(['folding', 'verification', 'verification']);
  });

  it('are started again when they die, and the health check names the reason until then', async () => {
    await start();
    await reached(await appendFacts(store, [event.created()]));
    threadsOf('folding')[0]?.postMessage(DIE);
    const { body } = await until(
      'the service to be unready',
      () => get('/health/ready'),
      ({ status }) => status === 503,
    );
    expect(body.reasons.events).toBe('the thread that keeps the read models died and is being restarted: it exited with code 1');
    await reached(await appendFacts(store, [event.published()]));
    await until(
      'the service to be ready',
      () => get('/health/ready'),
      ({ status }) => status === 200,
    );
    expect(threadsOf('folding')).toHaveLength(2);
  });

  it('fail only the verification when they die during it', async () => {
    await start((name, options) =>
      name === 'folding' ? fromSources(name, options) : new Worker('process.exit(3)', { ...options, eval: true }),
    );
    const { failure } = await until(
      'the failure',
      async () => (await get('/verification')).data,
      (data) => data.failure,
    );
    expect(failure.message).toMatch(/^An unexpected error ended the run/);
    await reached(await appendFacts(store, [event.created()]));
  });

  it('do not delay responses, however long they compute', async () => {
    let busy: Worker | null = null;
    await start((_name, options) => (busy = new Worker('for (;;);', { ...options, eval: true })));
    await appendFacts(store, [event.created()]);
    for (const path of ['/projections', '/health/live', '/health/ready', '/metrics'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    await (busy as Worker | null)?.terminate();
  });

  it('finish and release the leases before the service has closed', async () => {
    await start();
    await reached(await appendFacts(store, [event.created()]));
    await service.close();
    const views = openDocumentStore(settings, 'views', 'read');
    const leases = await (await views.collection(LEASES)).find({ limit: 100 });
    await views.close();
    expect(leases.length).toBeGreaterThan(0);
    expect(leases.filter(({ document }) => !document.released)).toEqual([]);
    await start();
  });
});
