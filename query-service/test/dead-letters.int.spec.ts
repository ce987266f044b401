import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streams, type DeadLetterEvent, type Role } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import { createProjections, type Projections } from '../../projections/src/projections';
import { append } from '../../projections/src/testing/facts';
import { createQueryService, type QueryService } from '../src/query-service';

interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

const tokens = createTestTokens();
const verifier = new AccessTokenVerifier(tokens.keySource);
const identify = (authorization: string | undefined) => verifier.identify(authorization);
const logger = createLogger('query-service', 'silent');
const operator = randomUUID();

const letter = (deadLetterId: string, topic: string, offset: number) => ({
  deadLetterId,
  topic,
  partition: 0,
  offset: String(offset),
  key: 'key',
  payload: 'not json',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at: '2026-11-01T00:00:00.000Z',
});
const fact = (event: DeadLetterEvent) => ({ stream: streams.deadLetter(event.data.deadLetterId), event });

describe('GET /dead-letters', () => {
  const ids = Array.from({ length: 5 }, () => randomUUID());
  const [first = '', second = ''] = ids;
  let settings: Settings;
  let log: EventStore;
  let projections: Projections;
  let service: QueryService;
  let written: string;

  beforeAll(async () => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'query-service-')) });
    log = openEventStore(settings, 'write');
    projections = await createProjections(settings, logger, { identify });
    service = await createQueryService(settings, logger, { identify });
    const handling = { by: operator, at: '2026-11-02T00:00:00.000Z' };
    written = await append(log, [
      ...ids.map((id, index) =>
        fact({ type: 'MessageDeadLettered', data: letter(id, index % 2 === 0 ? 'logins' : 'accounts', index) }),
      ),
      fact({ type: 'MessageRedriven', data: { deadLetterId: first, ...handling } }),
      fact({ type: 'MessageDiscarded', data: { deadLetterId: second, ...handling } }),
    ]);
  });

  afterAll(async () => {
    await service.close();
    await projections.close();
    await log.close();
    rmSync(settings.dataDir, { recursive: true });
  });

  const get = async (url: string, role: Role = 'AUDITOR') => {
    const authorization = `Bearer ${tokens.sign({ accountId: randomUUID(), roles: [role] })}`;
    const { statusCode, body } = await service.app.inject({ url, headers: { authorization, 'x-min-position': written } });
    const { data, page, code } = JSON.parse(body) as { data: readonly Row[]; page: { next: string | null }; code?: string };
    return { status: statusCode, data, page, code };
  };
  const idsAt = async (url: string) => (await get(url)).data.map(({ id }) => id);

  it('tells origin, payload, error and attempts, and what became of the message, newest first', async () => {
    const { data, page } = await get('/dead-letters');
    expect(data.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(page).toEqual({ limit: 20, next: null });
    const { deadLetterId: id, ...rest } = letter(ids[4] ?? '', 'logins', 4);
    const position = expect.any(String) as string;
    expect(data[0]).toEqual({ id, ...rest, status: 'OPEN', handledBy: null, handledAt: null, position });
    expect(data[3]).toMatchObject({ status: 'DISCARDED', handledBy: operator, handledAt: '2026-11-02T00:00:00.000Z' });
    expect(data[4]).toMatchObject({ status: 'REDRIVEN', handledBy: operator });
  });

  it('shows one topic, or one status', async () => {
    expect(await idsAt('/dead-letters?topic=accounts')).toEqual([ids[3], ids[1]]);
    expect(await idsAt('/dead-letters?topic=nothing')).toEqual([]);
    expect(await idsAt('/dead-letters?status=OPEN')).toEqual([ids[4], ids[3], ids[2]]);
  });

  it('goes on with its cursor', async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { data, page } = await get(`/dead-letters?limit=2${next && `&cursor=${next}`}`);
      seen.push(...data.map(({ id }) => id));
      next = page.next;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it('is for operators and auditors, and refuses what it does not know', async () => {
    expect((await get('/dead-letters', 'USER')).status).toBe(403);
    expect((await get('/dead-letters', 'OPERATOR')).status).toBe(200);
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'status=GONE', 'other=1']) {
      expect(await get(`/dead-letters?${query}`)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    }
  });
});
