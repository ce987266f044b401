import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { problemOf, send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers } from '@rewards/testing/tokens';
import { until } from '@rewards/testing/until';
import type { ProjectionReport } from '../src/operations/monitor';
import { createProjections, type Projections } from '../src/projections';
import { factsOfEvent, factsOfParticipation, type Fact } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';

const { identify, person } = createCallers();

describe('GET /verification', () => {
  let settings: Settings;
  let store: EventStore;
  let service: Projections;

  beforeEach(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    service = await createProjections(settings, createLogger('projections', 'silent'), { identify });
  });

  afterEach(async () => {
    await service.close();
    await store.close();
    removeData(settings);
  });

  const verification = (role: Role | null = 'AUDITOR', query = '') =>
    send(service.app, { path: `/verification${query}`, as: role && person(role) });
  const finished = (position: string, events: number) => ({
    ...{ ok: true, position, finishedAt: expect.any(String) as string, running: expect.any(Boolean) as boolean },
    checked: {
      ...{
        events,
        logins: 0,
        accounts: 0,
        participationFacts: 0,
        deliveries: 0,
        findings: 0,
        findingsByRule: {},
        notCompared: [],
      },
      documents: { audit: events, claims: 0, deadLetters: 0, deliveries: 0, events, participations: 0, statistics: 0 },
    },
    findings: [],
  });
  /** Records events, and waits until all read models contain them. @returns the position of the last one */
  const record = async (...facts: readonly Fact[]): Promise<string> => {
    const position = await appendFacts(store, facts);
    await until(
      'the read models',
      async () => (await send(service.app, { path: '/projections', as: person('AUDITOR') })).data as readonly ProjectionReport[],
      (reports) => reports.length > 0 && reports.every(({ lagEvents }) => lagEvents === 0),
    );
    return position;
  };
  const finishedAt = (position: string) =>
    until(
      'a verification up to the last event',
      async () => (await verification()).data,
      (data) => data.position === position,
    );

  it('starts a run, and returns its result once it has finished', async () => {
    const position = await record(factsOfEvent(randomUUID()).created());
    expect((await verification()).data).toEqual({
      ok: null,
      position: null,
      finishedAt: null,
      running: true,
      checked: {},
      findings: [],
    });
    expect(await finishedAt(position)).toEqual(finished(position, 1));
  });

  it('returns the last run to a polling client, and starts another one on request', async () => {
    await record(factsOfEvent(randomUUID()).created());
    const ended = await until(
      'the verification to end',
      async () => (await verification()).data,
      ({ running }) => !running,
    );
    expect((await verification()).data).toEqual(ended);
    const position = await record(factsOfEvent(randomUUID()).created());
    expect((await verification('AUDITOR', '?fresh=false')).data).toEqual(ended);
    expect((await verification('AUDITOR', '?fresh=true')).data).toEqual({ ...ended, running: true });
    expect(await finishedAt(position)).toEqual(finished(position, 2));
    for (const query of ['?fresh=1', '?fresh=', '?other=true']) expect((await verification('AUDITOR', query)).status).toBe(400);
  });

  it('reports a broken rule', async () => {
    const { started } = factsOfParticipation(randomUUID(), randomUUID());
    const position = await appendFacts(store, [started(), started()]);
    const { ok, findings } = await finishedAt(position);
    expect([ok, findings.map(({ rule, revision }: { rule: string; revision: number }) => [rule, revision])]).toEqual([
      false,
      [['STARTED_TWICE', 1]],
    ]);
  });

  it('fails, as do the projections, when the log has a damaged page, although the rest can be read', async () => {
    await service.close();
    const { created } = factsOfEvent(randomUUID());
    for (let time = 0; time < 10; time += 1)
      await appendFacts(
        store,
        Array.from({ length: 500 }, () => created()),
      );
    await store.close();
    const file = openSync(join(settings.dataDir, 'events.db'), 'r+');
    writeSync(file, Buffer.alloc(4_096, 0xab), 0, 4_096, 4_096 * 200);
    closeSync(file);

    service = await createProjections(settings, createLogger('projections', 'silent'), { identify });
    const ready = await until(
      'projections to be unavailable',
      () => send(service.app, { path: '/health/ready' }),
      ({ status }) => status === 503,
    );
    expect(ready.body.reasons.eventStore).toMatch(/events\.db is damaged \(SQLITE_CORRUPT.*Restore in docs\/operations\.md/);
    await until('the damage to be reported', verification, ({ data }) =>
      /^The event store is damaged: .* the remedy/.test(data?.failure?.message ?? ''),
    );
    const detail = 'The event store is damaged. An operator has to restore it.';
    expect(await send(service.app, { path: '/projections', as: person('AUDITOR') })).toEqual(
      problemOf(503, 'UNAVAILABLE', { detail }, { 'retry-after': '60' }),
    );
  });

  it('requires an operator or auditor', async () => {
    expect((await verification(null)).status).toBe(401);
    expect((await verification('USER')).status).toBe(403);
    expect((await verification('OPERATOR')).status).toBe(200);
  });
});
