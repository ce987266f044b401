import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNT_DIRECTORY, ROUTES, tokenOf, type AccountDirectoryEntry, type Role } from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { handledRoutes } from '@rewards/service-kit/http-service';
import { createTestTokens } from '@rewards/service-kit/testing/tokens';
import { createProjections, type Projections } from '../../projections/src/projections';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { createQueryService, type QueryService } from '../../query-service/src/query-service';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly data?: unknown;
    readonly page?: { readonly next?: string | null; readonly total?: number };
    readonly code?: string;
    readonly errors?: readonly { readonly field: string }[];
  };
}

interface Person {
  readonly accountId: string;
  readonly authorization: string;
}

const tokens = createTestTokens();
const verifier = new AccessTokenVerifier(tokens.keySource);
const identify = (authorization: string | undefined) => verifier.identify(authorization);
const logger = createLogger('query-service', 'silent');
const NOVEMBER = Date.parse('2026-11-15T00:00:00.000Z');

const person = (...roles: Role[]): Person => {
  const accountId = randomUUID();
  return { accountId, authorization: `Bearer ${tokens.sign({ accountId, roles })}` };
};

const ask = async (
  { app }: QueryService,
  url: string,
  who: Person | null,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const answer = await app.inject({ url, headers: { ...(who && { authorization: who.authorization }), ...headers } });
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body) as Answer['body'] };
};

describe('query-service', () => {
  const player = person('USER');
  const operator = person('OPERATOR');
  const auditor = person('AUDITOR');
  const admin = person('ADMIN');

  let settings: Settings;
  let log: EventStore;
  let accounts: DocumentStore;
  let directory: Collection<AccountDirectoryEntry>;
  let projections: Projections;
  let service: QueryService;
  let now = NOVEMBER;
  let written = '';

  beforeAll(async () => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'query-service-')) });
    log = openEventStore(settings, 'write');
    accounts = openDocumentStore(settings, 'accounts', 'write');
    directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
    projections = await createProjections(settings, logger, { identify });
    service = await createQueryService(settings, logger, { identify, now: () => now });
  });

  afterAll(async () => {
    await service.close();
    await projections.close();
    await Promise.all([log.close(), accounts.close()]);
    rmSync(settings.dataDir, { recursive: true });
  });

  beforeEach(() => {
    now = NOVEMBER;
  });

  const record = async (...facts: readonly Fact[]): Promise<string> => (written = await append(log, facts));
  /** Sees everything that was recorded. */
  const get = (url: string, who: Person | null = player): Promise<Answer> =>
    ask(service, url, who, written ? { 'x-min-position': written } : {});
  const rows = async <Row extends object>(url: string, who: Person = player): Promise<readonly Row[]> => {
    const { status, body } = await get(url, who);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body.data as readonly Row[];
  };
  const newEvent = async (details: Parameters<ReturnType<typeof factsOfEvent>['created']>[0] = {}): Promise<string> => {
    const eventId = randomUUID();
    const { created, added, published } = factsOfEvent(eventId);
    await record(created(details), added(ELIXIR), added(SAUNA), published());
    return eventId;
  };
  const newDraft = async (): Promise<string> => {
    const eventId = randomUUID();
    await record(factsOfEvent(eventId).created(), factsOfEvent(eventId).added(ELIXIR));
    return eventId;
  };

  it('serves every route of the table', () => {
    const listed = ROUTES.filter((route) => route.service === 'query').map(({ method, path }) => `${method} ${path}`);
    expect(handledRoutes(service.app).sort()).toEqual(listed.sort());
  });

  it('asks for a token on every route, and for a role where the table says so', async () => {
    for (const { path } of ROUTES.filter((route) => route.service === 'query')) {
      const url = path.replaceAll(/\{\w+\}/g, randomUUID());
      expect({ path, status: (await get(url, null)).status }).toEqual({ path, status: 401 });
    }
    expect(await get('/claims', player)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    for (const who of [operator, auditor, admin]) expect((await get('/claims', who)).status).toBe(200);
    expect(await get('/nothing-here', player)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('tells health, OpenAPI and metrics', async () => {
    expect((await get('/health/ready', null)).body).toEqual({
      data: { status: 'ok', parts: { documentStore: 'up', accountDirectory: 'up' } },
    });
    const { body } = await get('/api-docs.json', null);
    const { paths } = body as unknown as { paths: Record<string, unknown> };
    expect(Object.keys(paths).sort()).toEqual(
      [...new Set(ROUTES.filter(({ service: by }) => by === 'query').map(({ path }) => path))].sort(),
    );
  });

  describe('GET /events/{eventId}', () => {
    it('answers the event with its revision as ETag', async () => {
      const eventId = await newEvent({ description: '3일' });
      const { status, headers, body } = await get(`/events/${eventId}`);
      expect(status).toBe(200);
      expect(headers['etag']).toBe('"3"');
      expect(body).toEqual({
        data: {
          eventId,
          name: '접속 이벤트',
          description: '3일',
          status: 'ACTIVE',
          startsAt: '2026-11-01T00:00:00.000Z',
          endsAt: '2026-12-01T00:00:00.000Z',
          claimsUntil: '2026-12-15T00:00:00.000Z',
          timeZone: 'Asia/Seoul',
          dayStartsAt: '00:00',
          condition: { type: 'LOGIN_COUNT', count: 3 },
          rewards: [ELIXIR, SAUNA],
          termsVersion: 1,
          createdBy: '00000000-0000-4000-8000-00000000000a',
          createdAt: '2026-10-01T00:00:00.000Z',
        },
      });
    });

    it('says when a day begins', async () => {
      const eventId = await newEvent({ dayStartsAt: '05:00' });
      expect((await get(`/events/${eventId}`)).body).toMatchObject({ data: { dayStartsAt: '05:00' } });
    });

    it('moves the status with the clock, at each bound exactly', async () => {
      const eventId = await newEvent();
      for (const [at, status] of [
        ['2026-10-31T23:59:59.999Z', 'SCHEDULED'],
        ['2026-11-01T00:00:00.000Z', 'ACTIVE'],
        ['2026-11-30T23:59:59.999Z', 'ACTIVE'],
        ['2026-12-01T00:00:00.000Z', 'ENDED'],
        ['2026-12-14T23:59:59.999Z', 'ENDED'],
        ['2026-12-15T00:00:00.000Z', 'CLOSED'],
      ] as const) {
        now = Date.parse(at);
        expect((await get(`/events/${eventId}`)).body.data).toMatchObject({ status });
        const listed = await rows<{ eventId: string }>(`/events?limit=100&status=${status}`);
        expect(listed.map((event) => event.eventId)).toContain(eventId);
      }
    });

    it('hides a draft from players, not from staff', async () => {
      const eventId = await newDraft();
      expect(await get(`/events/${eventId}`, player)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      for (const who of [operator, auditor, admin, person('USER', 'OPERATOR')]) {
        expect((await get(`/events/${eventId}`, who)).body.data).toMatchObject({ status: 'DRAFT' });
      }
    });

    it('hides a deleted one from players, not from staff, until it is restored', async () => {
      const eventId = await newEvent();
      await record(factsOfEvent(eventId).deleted());
      expect((await get(`/events/${eventId}`, player)).status).toBe(404);
      expect((await get(`/events/${eventId}/progress`, player)).status).toBe(404);
      expect((await get(`/events/${eventId}`, auditor)).body.data).toMatchObject({ status: 'DELETED' });
      expect((await get(`/events/${eventId}/progress`, auditor)).status).toBe(200);
      await record(factsOfEvent(eventId).restored());
      expect((await get(`/events/${eventId}`, player)).body.data).toMatchObject({ status: 'ACTIVE' });
    });

    it('answers 404 for an unknown and for a malformed id', async () => {
      for (const id of [randomUUID(), 'x', '__proto__', randomUUID().toUpperCase()]) {
        expect(await get(`/events/${id}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }
    });
  });

  describe('GET /events', () => {
    const idsOf = async (url: string, who = player) => (await rows<{ eventId: string }>(url, who)).map(({ eventId }) => eventId);

    it('lists the newest first, in pages with a total', async () => {
      const created = [await newEvent(), await newEvent(), await newEvent()].reverse();
      const { body } = await get('/events?page=1&limit=2');
      const total = body.page?.total ?? 0;
      expect(body.page).toEqual({ page: 1, limit: 2, total });
      expect(await idsOf('/events?page=1&limit=2')).toEqual(created.slice(0, 2));
      expect((await idsOf('/events?page=2&limit=2'))[0]).toBe(created[2]);
      expect((await idsOf('/events?limit=100')).length).toBe(total);
      expect((await get('/events?page=1000&limit=100')).body).toEqual({ data: [], page: { page: 1_000, limit: 100, total } });
    });

    it('does not list drafts to players, nor count them', async () => {
      const draft = await newDraft();
      const ofPlayer = await get('/events?limit=100', player);
      const ofStaff = await get('/events?limit=100', auditor);
      expect(await idsOf('/events?limit=100', player)).not.toContain(draft);
      expect(await idsOf('/events?limit=100', auditor)).toContain(draft);
      expect(ofStaff.body.page?.total).toBeGreaterThan(ofPlayer.body.page?.total ?? Infinity);
      expect((await get('/events?status=DRAFT', player)).body).toMatchObject({ data: [], page: { total: 0 } });
      expect(await idsOf('/events?limit=100&status=DRAFT', operator)).toContain(draft);
    });

    it('lists by status only what has that status, and the deleted only then', async () => {
      const past = { startsAt: '2026-09-01T00:00:00.000Z', endsAt: '2026-10-01T00:00:00.000Z' };
      await newEvent({ startsAt: '2026-11-20T00:00:00.000Z' });
      await newEvent(past);
      await newEvent({ ...past, claimsUntil: '2026-10-02T00:00:00.000Z' });
      await newDraft();
      await record(factsOfEvent(await newEvent()).paused());
      await record(factsOfEvent(await newEvent(past)).paused('2026-09-15T00:00:00.000Z'));
      await record(factsOfEvent(await newEvent()).ended());
      await record(factsOfEvent(await newEvent({ startsAt: '2026-11-20T00:00:00.000Z' })).ended());
      const deleted = [await newEvent(), await newDraft()];
      for (const eventId of deleted) await record(factsOfEvent(eventId).deleted());

      const all = await rows<{ eventId: string; status: string }>('/events?limit=100', admin);
      const statuses = ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED'];
      expect([...new Set(all.map(({ status }) => status))].sort()).toEqual(statuses.toSorted());
      for (const status of statuses) {
        const expected = all.filter((event) => event.status === status).map(({ eventId }) => eventId);
        expect(await idsOf(`/events?limit=100&status=${status}`, admin)).toEqual(expected);
      }
      expect((await idsOf('/events?limit=100&status=DELETED', admin)).slice(0, 2)).toEqual(deleted.toReversed());
      expect(await idsOf('/events?limit=100&status=DELETED', player)).toEqual([]);
    });

    it.each([
      ['page=0', 'page'],
      ['page=-1', 'page'],
      ['page=x', 'page'],
      ['page=', 'page'],
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['status=OPEN', 'status'],
      ['status=', 'status'],
      ['colour=red', 'colour'],
    ])('refuses ?%s', async (query, field) => {
      expect(await get(`/events?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ field }] },
      });
    });
  });

  describe('GET /events/{eventId}/progress', () => {
    it('answers NOT_STARTED with the rewards of the event to whoever has not begun', async () => {
      const eventId = await newEvent();
      expect((await get(`/events/${eventId}/progress`)).body).toEqual({
        data: {
          eventId,
          accountId: player.accountId,
          status: 'NOT_STARTED',
          progress: 0,
          required: 3,
          rewards: [
            { ...ELIXIR, claimed: 0, remaining: 100 },
            { ...SAUNA, claimed: 0, remaining: 5 },
          ],
          completedAt: null,
          claimsUntil: '2026-12-15T00:00:00.000Z',
        },
      });
    });

    it('shows progress, then eligibility, then what was claimed and remains', async () => {
      const eventId = await newEvent();
      const { started, counted, completed, claimed } = factsOfParticipation(eventId, player.accountId);
      await record(started(), counted(1));
      expect((await get(`/events/${eventId}/progress`)).body.data).toMatchObject({
        status: 'IN_PROGRESS',
        progress: 1,
        required: 3,
      });
      await record(counted(2), counted(3));
      expect((await get(`/events/${eventId}/progress`)).body.data).toMatchObject({ status: 'ELIGIBLE', progress: 3 });
      await record(completed(), claimed(20, ELIXIR, { claimed: 20, remaining: 80 }));
      expect((await get(`/events/${eventId}/progress`)).body.data).toMatchObject({
        status: 'COMPLETED',
        completedAt: '2026-11-05T00:00:00.000Z',
        rewards: [
          { ...ELIXIR, claimed: 20, remaining: 80 },
          { ...SAUNA, claimed: 0, remaining: 5 },
        ],
      });
    });

    it('shows the greater of the terms at the start and those of the event until completion fixes them', async () => {
      const eventId = await newEvent();
      const { started, counted, completed } = factsOfParticipation(eventId, player.accountId);
      const rewardsOf = async () => (await get(`/events/${eventId}/progress`)).body.data;
      const cut = { ...ELIXIR, amount: 10 };
      const more = { ...SAUNA, amount: 50 };
      await record(started([cut, more]), counted(1), counted(2), counted(3));
      expect(await rewardsOf()).toMatchObject({ rewards: [{ ...ELIXIR, remaining: 100 }, more] });
      await record(completed([cut, more]));
      expect(await rewardsOf()).toMatchObject({ rewards: [cut, more] });
    });

    it("shows nobody else's", async () => {
      const eventId = await newEvent();
      await record(factsOfParticipation(eventId, randomUUID()).started());
      expect((await get(`/events/${eventId}/progress`)).body.data).toMatchObject({ status: 'NOT_STARTED' });
    });

    it('answers 404 for an unknown event, a malformed id and a draft', async () => {
      for (const id of [randomUUID(), 'x', await newDraft()]) {
        expect(await get(`/events/${id}/progress`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }
      expect((await get(`/events/${await newDraft()}/progress`, operator)).status).toBe(200);
    });
  });

  describe('GET /participations', () => {
    it('lists the own ones, the newest started first, in pages with a total', async () => {
      const who = person('USER');
      const eventIds: string[] = [];
      for (let index = 0; index < 3; index += 1) {
        const eventId = await newEvent();
        eventIds.unshift(eventId);
        await record(
          factsOfParticipation(eventId, who.accountId).started(),
          factsOfParticipation(eventId, randomUUID()).started(),
        );
      }
      const all = await get('/participations', who);
      expect(all.body.page).toEqual({ page: 1, limit: 20, total: 3 });
      expect(all.body.data).toMatchObject(
        eventIds.map((eventId) => ({ eventId, accountId: who.accountId, status: 'IN_PROGRESS' })),
      );
      const second = await get('/participations?page=2&limit=2', who);
      expect(second.body).toMatchObject({ data: [{ eventId: eventIds[2] }], page: { page: 2, limit: 2, total: 3 } });
      const { body } = await get(`/events/${eventIds[0]}/progress`, who);
      expect((all.body.data as readonly unknown[])[0]).toEqual(body.data);
    });

    it('does not show those in events that are hidden from the caller', async () => {
      const hidden = await newEvent();
      const shown = await newEvent();
      await record(factsOfEvent(hidden).deleted());
      const facts = (accountId: string) => [hidden, shown].map((id) => factsOfParticipation(id, accountId).started());
      const who = person('USER');
      const staff = person('USER', 'AUDITOR');
      await record(...facts(who.accountId), ...facts(staff.accountId));
      expect((await get('/participations', who)).body).toMatchObject({ data: [{ eventId: shown }], page: { total: 1 } });
      expect((await get('/participations', staff)).body).toMatchObject({ page: { total: 2 } });
    });

    it('is empty for whoever has none, and refuses what is no page', async () => {
      expect((await get('/participations', person('USER'))).body).toEqual({ data: [], page: { page: 1, limit: 20, total: 0 } });
      expect((await get('/participations?limit=101')).status).toBe(400);
      expect((await get(`/participations?accountId=${player.accountId}`)).status).toBe(400);
    });
  });

  describe('GET /claims', () => {
    const eventId = randomUUID();
    const otherEventId = randomUUID();
    const anna = { ...person('USER'), email: 'anna@example.com' };
    const bora = { ...person('USER'), email: 'bora@example.com' };
    const ofAnna = factsOfParticipation(eventId, anna.accountId);
    const ofBora = factsOfParticipation(otherEventId, bora.accountId);
    type Row = Record<string, unknown>;
    const requestIds = async (query: string) => (await rows<Row>(`/claims?${query}`, auditor)).map(({ requestId }) => requestId);

    beforeAll(async () => {
      for (const { accountId, email } of [anna, bora]) await directory.insert(accountId, { accountId, email });
      await record(
        ofAnna.claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'a1', at: '2026-11-06T01:00:00.000Z' }),
        ofAnna.claimRefused({ requestId: 'a2', at: '2026-11-06T02:00:00.000Z' }),
        ofBora.claimed(5, SAUNA, { claimed: 5, remaining: 0, requestId: 'b1', requested: 'all', at: '2026-11-06T03:00:00.000Z' }),
        ofBora.claimRefused({
          requestId: 'b2',
          requested: 'all',
          rewardName: '없는 보상',
          type: null,
          code: 'NO_SUCH_REWARD',
          at: '2026-11-06T04:00:00.000Z',
        }),
      );
    });

    it('answers every recorded claim, granted or refused, newest first, with the fields of the contract in their order', async () => {
      const found = await rows<Row>(`/claims?eventId=${eventId}`, operator);
      expect(found).toEqual([
        {
          requestId: 'a2',
          eventId,
          accountId: anna.accountId,
          email: 'anna@example.com',
          rewardName: ELIXIR.name,
          type: 'ITEM',
          amount: 200,
          status: 'FAILURE',
          reason: 'INSUFFICIENT_REMAINING',
          at: '2026-11-06T02:00:00.000Z',
          position: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
          claimId: null,
        },
        expect.objectContaining({
          requestId: 'a1',
          amount: 20,
          status: 'SUCCESS',
          reason: null,
          claimId: claimIdOf({ eventId, accountId: anna.accountId, requestId: 'a1' }),
        }) as Row,
      ]);
      expect(Object.keys(found[0] ?? {})).toEqual([
        'requestId',
        'eventId',
        'accountId',
        'email',
        'rewardName',
        'type',
        'amount',
        'status',
        'reason',
        'at',
        'position',
        'claimId',
      ]);
    });

    it('shows the units granted to a claim for all, and none for a refused one', async () => {
      expect(await rows<Row>(`/claims?eventId=${otherEventId}`, operator)).toMatchObject([
        { requestId: 'b2', amount: null, type: null, rewardName: '없는 보상' },
        { requestId: 'b1', amount: 5, type: 'COUPON' },
      ]);
    });

    it.each([
      ['eventId', () => `eventId=${eventId}`, ['a2', 'a1']],
      ['accountId', () => `accountId=${bora.accountId}`, ['b2', 'b1']],
      ['e-mail', () => 'email=anna@example.com', ['a2', 'a1']],
      ['e-mail in another spelling', () => `email=${encodeURIComponent('  Anna@Example.COM ')}`, ['a2', 'a1']],
      ['e-mail of nobody', () => 'email=nobody@example.com', []],
      ['e-mail and another account', () => `email=anna@example.com&accountId=${bora.accountId}`, []],
      ['e-mail and its account', () => `email=anna@example.com&accountId=${anna.accountId}`, ['a2', 'a1']],
      ['requestId', () => `eventId=${eventId}&requestId=a2`, ['a2']],
      ['requestId of another event', () => `eventId=${eventId}&requestId=b1`, []],
      ['rewardName', () => `rewardName=${encodeURIComponent(SAUNA.name)}`, ['b1']],
      ['rewardName in another form', () => `rewardName=${encodeURIComponent(` ${SAUNA.name.normalize('NFD')} `)}`, ['b1']],
      ['status', () => `status=SUCCESS&from=2026-11-06T00:30:00Z&to=2026-11-06T05:00:00Z`, ['b1', 'a1']],
      ['reason', () => 'reason=NO_SUCH_REWARD', ['b2']],
      ['event and status', () => `eventId=${eventId}&status=FAILURE`, ['a2']],
      ['from, inclusive', () => `eventId=${eventId}&from=2026-11-06T02:00:00.000Z`, ['a2']],
      ['to, exclusive', () => `eventId=${eventId}&to=2026-11-06T02:00:00.000Z`, ['a1']],
      ['a time in another zone', () => `eventId=${eventId}&from=${encodeURIComponent('2026-11-06T11:00:00+09:00')}`, ['a2']],
      ['an unknown event', () => `eventId=${randomUUID()}`, []],
      ['an unknown account', () => `accountId=${randomUUID()}`, []],
    ])('filters by %s', async (_name, query, expected) => {
      expect(await requestIds(query())).toEqual(expected);
    });

    it.each([
      ['eventId=x', 'eventId'],
      ['accountId=x', 'accountId'],
      ['status=OK', 'status'],
      ['reason=NONSENSE', 'reason'],
      ['reason=NO_SUCH_REWARD&status=SUCCESS', 'reason'],
      ['from=2026-11-07T00:00:00Z&to=2026-11-06T00:00:00Z', 'to'],
      ['from=2026-11-07T00:00:00Z&to=2026-11-07T09:00:00%2B09:00', 'to'],
      ['email=an+na@example.com', 'email'],
      ['email=nobody', 'email'],
      [`email=${'a'.repeat(65)}@example.com`, 'email'],
      ['limit=010', 'limit'],
      ['from=yesterday', 'from'],
      ['to=2026-02-30T00:00:00Z', 'to'],
      ['rewardName=', 'rewardName'],
      ['rewardName=a%E2%80%AEb', 'rewardName'],
      ['rewardName=%E2%80%8B', 'rewardName'],
      ['rewardName=..', 'rewardName'],
      ['requestId=a+b', 'requestId'],
      ['requestId=', 'requestId'],
      ['reason=%E2%81%A6x', 'reason'],
      ['cursor=x', 'cursor'],
      ['cursor=', 'cursor'],
      [`cursor=${Buffer.from('2026-11-06T02:00:00.000Z').toString('base64url')}`, 'cursor'],
      [`cursor=${Buffer.from(`2026-11-06T02:00:00Z|${'0'.repeat(32)}`).toString('base64url')}`, 'cursor'],
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['page=1', 'page'],
      ['email=a@example.com&email=b@example.com', 'email'],
    ])('refuses ?%s', async (query, field) => {
      expect(await get(`/claims?${query}`, auditor)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ field }] },
      });
    });

    it('shows no e-mail of an account that was erased, and finds nothing by it', async () => {
      const gone = { ...person('USER'), email: 'gone@example.com' };
      await directory.insert(gone.accountId, { accountId: gone.accountId, email: gone.email });
      await record(
        factsOfParticipation(eventId, gone.accountId).claimRefused({ requestId: 'g1', at: '2026-01-01T00:00:00.000Z' }),
      );
      expect(await requestIds('email=gone@example.com')).toEqual(['g1']);
      await directory.replace(gone.accountId, 1, { accountId: gone.accountId, email: null });
      expect(await requestIds('email=gone@example.com')).toEqual([]);
      expect(await rows<Row>(`/claims?accountId=${gone.accountId}`, auditor)).toMatchObject([{ requestId: 'g1', email: null }]);
    });

    it('pages by a cursor that stays right while claims arrive', async () => {
      const busyId = randomUUID();
      const { claimRefused } = factsOfParticipation(busyId, randomUUID());
      const refusedAt = (requestId: string, minute: number) =>
        claimRefused({ requestId, at: `2026-11-08T00:${String(minute).padStart(2, '0')}:00.000Z` });
      const times = [1, 2, 3, 3, 3, 4, 5];
      await record(...times.map((minute, index) => refusedAt(`c${index}`, minute)));

      const seen: unknown[] = [];
      let next: string | null | undefined;
      for (let page = 0; next !== null; page += 1) {
        const answer = await get(`/claims?eventId=${busyId}&limit=2${next ? `&cursor=${next}` : ''}`, auditor);
        expect(answer.body.page).toEqual({ limit: 2, next: answer.body.page?.next });
        seen.push(...(answer.body.data as readonly Row[]).map(({ requestId }) => requestId));
        next = answer.body.page?.next;
        await record(refusedAt(`newer${page}`, 30 + page));
      }
      expect(seen).toEqual(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
    });

    it('says that there is no next page when the last one is just full', async () => {
      expect((await get(`/claims?eventId=${otherEventId}&limit=2`, auditor)).body.page).toEqual({ limit: 2, next: null });
      expect((await get(`/claims?eventId=${otherEventId}&limit=1`, auditor)).body.page?.next).toMatch(/^[A-Za-z0-9_-]+$/);
    });

    it('keeps a cursor inside the span asked for', async () => {
      const span = `eventId=${otherEventId}&to=2026-11-06T04:00:00.000Z&limit=1`;
      const cursorOfNewest = (await get(`/claims?eventId=${otherEventId}&limit=1`, auditor)).body.page?.next;
      expect(await requestIds(`${span}&cursor=${cursorOfNewest}`)).toEqual(['b1']);
    });
  });

  describe('GET /claims/{claimId}', () => {
    it('answers a granted claim to its account, operators and auditors, and to nobody else', async () => {
      const [who, another] = [person('USER'), person('USER')];
      const eventId = await newEvent();
      const { claimed, claimRefused } = factsOfParticipation(eventId, who.accountId);
      await record(claimRefused({ requestId: 'c0' }), claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'c1' }));
      const claimId = claimIdOf({ eventId, accountId: who.accountId, requestId: 'c1' });
      const [mine] = await rows<object>(`/claims/mine?eventId=${eventId}`, who);
      expect(mine).toMatchObject({ requestId: 'c1', claimId });
      for (const reader of [who, operator, auditor, admin]) {
        expect(await get(`/claims/${claimId}`, reader)).toMatchObject({ status: 200, body: { data: mine } });
      }
      const refusedId = claimIdOf({ eventId, accountId: who.accountId, requestId: 'c0' });
      for (const [url, reader] of [
        [`/claims/${claimId}`, another],
        [`/claims/${refusedId}`, who],
        [`/claims/${refusedId}`, operator],
        [`/claims/${randomUUID()}`, operator],
        ['/claims/c1', who],
      ] as const) {
        expect(await get(url, reader)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }
    });

    it('is told apart from the lists', async () => {
      expect(await get('/claims/mine', player)).toMatchObject({ status: 200, body: { page: { limit: 20 } } });
      expect(await get('/claims/export', player)).toMatchObject({ status: 403 });
    });
  });

  describe('GET /claims/mine', () => {
    it('answers the own granted claims alone, without e-mail, newest first', async () => {
      const who = person('USER');
      const [first, second] = [await newEvent(), await newEvent()];
      const grant = (eventId: string, accountId: string, requestId: string) =>
        factsOfParticipation(eventId, accountId).claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId });
      await record(
        grant(first, who.accountId, 'm1'),
        grant(second, who.accountId, 'm2'),
        factsOfParticipation(second, who.accountId).claimRefused({ requestId: 'm3' }),
        grant(first, randomUUID(), 'other'),
      );
      const mine = await get('/claims/mine', who);
      expect(mine.body).toMatchObject({ data: [{ requestId: 'm2' }, { requestId: 'm1' }], page: { limit: 20, next: null } });
      expect(Object.keys((mine.body.data as readonly object[])[0] ?? {})).toEqual([
        'requestId',
        'eventId',
        'accountId',
        'rewardName',
        'type',
        'amount',
        'status',
        'reason',
        'at',
        'position',
        'claimId',
      ]);
      expect((await get(`/claims/mine?eventId=${first}`, who)).body.data).toMatchObject([{ requestId: 'm1' }]);
      const page = await get('/claims/mine?limit=1', who);
      expect((await get(`/claims/mine?limit=1&cursor=${page.body.page?.next}`, who)).body).toMatchObject({
        data: [{ requestId: 'm1' }],
        page: { next: null },
      });
    });

    it('refuses filters that are not its own', async () => {
      for (const query of [`accountId=${randomUUID()}`, 'status=SUCCESS', 'eventId=x', 'cursor=x', 'limit=0']) {
        expect((await get(`/claims/mine?${query}`)).status).toBe(400);
      }
    });
  });

  describe('X-Min-Position', () => {
    const urls = () => [
      '/events',
      `/events/${randomUUID()}`,
      `/events/${randomUUID()}/progress`,
      '/participations',
      '/claims',
      '/claims/mine',
      `/claims/${randomUUID()}`,
      '/audit',
      '/dead-letters',
    ];
    /** They read the log itself, so they wait for nothing. */
    const urlsOfTheLog = () => ['', '/explain'].map((end) => `/participations/${randomUUID()}/${randomUUID()}${end}`);

    it('shows a write to whoever names it, whatever read model it is of', async () => {
      const who = person('USER');
      const eventId = await newEvent();
      for (let progress = 1; progress <= 3; progress += 1) {
        const { started, counted } = factsOfParticipation(eventId, who.accountId);
        await record(...(progress === 1 ? [started()] : []), counted(progress));
        expect((await get(`/events/${eventId}/progress`, who)).body.data).toMatchObject({ progress });
        expect((await get('/events', who)).status).toBe(200);
        expect((await get('/claims', auditor)).status).toBe(200);
      }
    });

    it('is answered by 503 NOT_CAUGHT_UP at once when the log does not contain the write', async () => {
      const last = await log.head();
      const tokens = ['f'.repeat(32), `${last}${'0'.repeat(16)}`, `${last.slice(0, -1)}${last.endsWith('0') ? '1' : '0'}`];
      for (const token of tokens) {
        const since = performance.now();
        const all = [...urls(), ...urlsOfTheLog()];
        const answers = await Promise.all(all.map((url) => ask(service, url, admin, { 'x-min-position': token })));
        for (const answer of answers) {
          expect(answer).toMatchObject({ status: 503, body: { code: 'NOT_CAUGHT_UP' } });
          expect(answer.headers['retry-after']).toBe('1');
        }
        expect(performance.now() - since).toBeLessThan(1_900);
      }
    });

    it('is answered by 503 NOT_CAUGHT_UP after two seconds when the read models have not reached it', async () => {
      const own = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'query-service-')) });
      const behind = await createQueryService(own, logger, { identify });
      const ownLog = openEventStore(own, 'write');
      try {
        await append(ownLog, [factsOfEvent(randomUUID()).created()]);
        const position = await ownLog.head();
        const token = tokenOf({ position, eventId: (await ownLog.eventIdAt(position)) ?? '' });
        const since = performance.now();
        const answers = await Promise.all(urls().map((url) => ask(behind, url, admin, { 'x-min-position': token })));
        for (const answer of answers) expect(answer).toMatchObject({ status: 503, body: { code: 'NOT_CAUGHT_UP' } });
        expect(performance.now() - since).toBeGreaterThanOrEqual(1_990);
      } finally {
        await behind.close();
        await ownLog.close();
        rmSync(own.dataDir, { recursive: true });
      }
    });

    it('is 400 on every route when it is no position', async () => {
      for (const url of [...urls(), ...urlsOfTheLog()]) {
        for (const token of ['', 'x', 'F'.repeat(32), '0'.repeat(31)]) {
          expect(await ask(service, url, admin, { 'x-min-position': token })).toMatchObject({
            status: 400,
            body: { code: 'VALIDATION_FAILED', errors: [{ field: 'X-Min-Position' }] },
          });
        }
      }
    });
  });

  describe('before projections and auth-service ever ran', () => {
    it('starts, is ready, and answers empty lists', async () => {
      const empty = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'query-service-')) });
      const early = await createQueryService(empty, logger, { identify });
      try {
        for (const url of ['/events', '/participations', '/claims', '/claims?email=a@example.com', '/claims/mine']) {
          expect(await ask(early, url, admin)).toMatchObject({ status: 200, body: { data: [] } });
        }
        expect((await ask(early, `/events/${randomUUID()}`, admin)).status).toBe(404);
        expect((await ask(early, '/health/ready', null)).status).toBe(200);
        const waiting = await ask(early, '/events', admin, { 'x-min-position': '0'.repeat(31) + '1' });
        expect(waiting).toMatchObject({ status: 503, body: { code: 'NOT_CAUGHT_UP' } });
      } finally {
        await early.close();
        rmSync(empty.dataDir, { recursive: true });
      }
    });
  });
});
