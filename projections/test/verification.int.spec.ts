import { randomUUID } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import { createProjections, type Projections } from '../src/projections';
import { factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { until } from '../src/testing/until';

const tokens = createTestTokens();
const verifier = new AccessTokenVerifier(tokens.keySource);

describe('GET /verification', () => {
  let settings: Settings;
  let log: EventStore;
  let service: Projections;

  beforeEach(async () => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'projections-')) });
    log = openEventStore(settings, 'write');
    service = await createProjections(settings, createLogger('projections', 'silent'), {
      identify: (authorization) => verifier.identify(authorization),
    });
  });

  afterEach(async () => {
    await service.close();
    await log.close();
    rmSync(settings.dataDir, { recursive: true });
  });

  const ask = async (role: Role | null = 'AUDITOR', query = '') => {
    const headers = role ? { authorization: `Bearer ${tokens.sign({ accountId: randomUUID(), roles: [role] })}` } : {};
    const { statusCode, body } = await service.app.inject({ url: `/verification${query}`, headers });
    const { data } = JSON.parse(body) as {
      data: {
        ok: boolean | null;
        position: string | null;
        running: boolean;
        findings: { rule: string }[];
        failure?: { message: string };
      };
    };
    return { status: statusCode, data };
  };
  const finishedAt = (position: string) =>
    until(
      async () => (await ask()).data,
      (data) => data.position === position,
    );

  it('starts a run, and answers it once it has finished', async () => {
    const position = await append(log, [factsOfEvent(randomUUID()).created()]);
    expect((await ask()).data).toEqual({
      ok: null,
      position: null,
      finishedAt: null,
      running: true,
      checked: {},
      findings: [],
    });
    expect(await finishedAt(position)).toMatchObject({ ok: true, checked: { events: 1, findings: 0 }, findings: [] });
  });

  it('ends the wait of a client that polls for the end of a run, and starts another one when it is asked for', async () => {
    await append(log, [factsOfEvent(randomUUID()).created()]);
    const ended = await until(
      async () => (await ask()).data,
      ({ running }) => !running,
    );
    expect((await ask()).data).toEqual(ended);
    const position = await append(log, [factsOfEvent(randomUUID()).created()]);
    expect((await ask('AUDITOR', '?fresh=false')).data).toEqual(ended);
    expect((await ask('AUDITOR', '?fresh=true')).data).toEqual({ ...ended, running: true });
    expect(await finishedAt(position)).toMatchObject({ ok: true, checked: { events: 2 } });
    for (const query of ['?fresh=1', '?fresh=', '?other=true']) expect((await ask('AUDITOR', query)).status).toBe(400);
  });

  it('finds what is wrong with the books', async () => {
    const { started } = factsOfParticipation(randomUUID(), randomUUID());
    const position = await append(log, [started(), started()]);
    expect(await finishedAt(position)).toMatchObject({ ok: false, findings: [{ rule: 'STARTED_TWICE', revision: 1 }] });
  });

  it('is unavailable, as are the projections, when the log has a damaged page, though the rest of it can be read', async () => {
    await service.close();
    const { created } = factsOfEvent(randomUUID());
    for (let time = 0; time < 10; time += 1)
      await append(
        log,
        Array.from({ length: 500 }, () => created()),
      );
    await log.close();
    const file = openSync(join(settings.dataDir, 'events.db'), 'r+');
    writeSync(file, Buffer.alloc(4_096, 0xab), 0, 4_096, 4_096 * 200);
    closeSync(file);

    service = await createProjections(settings, createLogger('projections', 'silent'), {
      identify: (authorization) => verifier.identify(authorization),
    });
    const ready = await until(
      async () => (await service.app.inject('/health/ready')).json<{ status: number; reasons?: Record<string, string> }>(),
      ({ status }) => status === 503,
    );
    expect(ready.reasons?.eventStore).toMatch(/events\.db is damaged \(SQLITE_CORRUPT.*Restore in docs\/operations\.md/);
    await until(ask, ({ data }) => /^The event store is damaged: .* the remedy/.test(data.failure?.message ?? ''));
    const { body } = await service.app.inject({
      url: '/projections',
      headers: { authorization: `Bearer ${tokens.sign({ accountId: randomUUID(), roles: ['AUDITOR'] })}` },
    });
    expect(JSON.parse(body)).toMatchObject({ status: 503, detail: 'The event store is damaged. An operator has to restore it.' });
  });

  it('is for operators and auditors', async () => {
    expect((await ask(null)).status).toBe(401);
    expect((await ask('USER')).status).toBe(403);
    expect((await ask('OPERATOR')).status).toBe(200);
  });
});
