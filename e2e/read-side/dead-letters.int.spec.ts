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
import { append } from '@rewards/event-store/testing/append-facts';
import { createQueryService, type QueryService } from '../../query-service/src/query-service';

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
    const shown = { payloadCut: false, redrives: 0, status: 'OPEN' };
    expect(data[0]).toEqual({ id, ...rest, ...shown, handledBy: null, handledAt: null, position });
    expect(data[3]).toMatchObject({ status: 'DISCARDED', handledBy: operator, handledAt: '2026-11-02T00:00:00.000Z' });
    expect(data[4]).toMatchObject({ status: 'REDRIVEN', redrives: 1, handledBy: operator });
  });

  it('shows one topic, or one status', async () => {
    expect(await idsAt('/dead-letters?topic=accounts')).toEqual([ids[3], ids[1]]);
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

  it('ends a page at a mebibyte, and goes on after it', async () => {
    const large = Array.from({ length: 5 }, () => randomUUID());
    const data = large.map((id, index) => ({ ...letter(id, 'logins', index), error: '*'.repeat(400_000) }));
    for (const one of data) written = await append(log, [fact({ type: 'MessageDeadLettered', data: one })]);
    const pages: string[][] = [];
    for (let next: string | null = ''; next !== null;) {
      const { data: rows, page } = await get(`/dead-letters?limit=100${next && `&cursor=${next}`}`);
      pages.push(rows.map(({ id }) => id));
      next = page.next;
    }
    const [a, b, c, d, e] = large;
    expect(pages).toEqual([
      [e, d],
      [c, b],
      [a, ...ids.toReversed()],
    ]);
  });

  it('is for operators and auditors, and refuses what it does not know', async () => {
    expect((await get('/dead-letters', 'USER')).status).toBe(403);
    expect((await get('/dead-letters', 'OPERATOR')).status).toBe(200);
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'status=GONE', 'topic=nothing', 'topic=', 'other=1']) {
      expect(await get(`/dead-letters?${query}`)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    }
  });

  describe('GET /dead-letters/{id}', () => {
    const text = `${'극한'.repeat(1_000)}\u0000`;
    const bytes = Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]);
    const [long, garbled, empty, cut] = Array.from({ length: 4 }, () => randomUUID()) as [string, string, string, string];
    const one = async (id: string) => (await get(`/dead-letters/${id}`)) as unknown as { status: number; data: Row };

    beforeAll(async () => {
      written = await append(
        log,
        [
          { ...letter(long, 'logins', 10), payload: text },
          { ...letter(garbled, 'logins', 11), payload: '', payloadBase64: bytes.toString('base64') },
          { ...letter(empty, 'logins', 12), key: '', keyBase64: null, payload: '', payloadBase64: null },
          { ...letter(cut, 'logins', 13), isCut: true },
        ].map((data) => fact({ type: 'MessageDeadLettered', data })),
      );
    });

    it('shows the whole payload, which the list cuts', async () => {
      const [row] = (await get('/dead-letters?limit=1&topic=logins&status=OPEN')).data;
      expect(row).toMatchObject({ id: cut, payloadCut: true });
      const listed = (await get('/dead-letters')).data.find(({ id }) => id === long);
      expect(listed).toMatchObject({ payload: text.slice(0, 1_000), payloadCut: true });
      expect(await one(long)).toMatchObject({
        status: 200,
        data: { ...listed, payload: text, payloadCut: false, payloadBase64: Buffer.from(text).toString('base64') },
      });
    });

    it('shows bytes that are not UTF-8 in base64 alone', async () => {
      expect((await one(garbled)).data).toMatchObject({
        payload: null,
        payloadBase64: 'sdjH0Q==',
        payloadCut: false,
        key: 'key',
      });
    });

    it('tells a missing key and value from empty ones', async () => {
      expect((await one(empty)).data).toMatchObject({ key: null, keyBase64: null, payload: null, payloadBase64: null });
      expect((await one(first)).data).toMatchObject({ key: 'key', keyBase64: 'a2V5', redrives: 1, status: 'REDRIVEN' });
    });

    it('says that a payload was not stored completely', async () => {
      expect((await one(cut)).data).toMatchObject({ payload: 'not json', payloadCut: true });
    });

    it('is for operators and auditors, and for what there is', async () => {
      expect((await get(`/dead-letters/${long}`, 'USER')).status).toBe(403);
      for (const id of [randomUUID(), 'x'])
        expect(await get(`/dead-letters/${id}`)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    });
  });
});
