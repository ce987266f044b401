import { randomUUID } from 'node:crypto';
import { ROUTES, tokenOf, type AccountDirectoryEntry } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { createLogger } from '@rewards/service-kit';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { openEventStore } from '@rewards/service-kit/engines';
import { handledRoutes } from '@rewards/service-kit/http-service';
import {
  ELIXIR,
  eventResponse,
  factsOfEvent,
  factsOfParticipation,
  SAUNA,
  rewardResponse,
  eventRewardResponse,
} from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { dataOf, invalidOf, problemOf, responseWith, send, type HttpResponse } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createCallers, type Caller } from '@rewards/testing/tokens';
import { createQueryService, type QueryService } from '../src/query-service';
import { createQueryWorld, type QueryWorld } from '../src/testing/query-world';

const people = createCallers();
const { identify, person } = people;
const logger = createLogger('query-service', 'silent');
const NOVEMBER = Date.parse('2026-11-15T00:00:00.000Z');

const ask = ({ app }: Pick<QueryService, 'app'>, path: string, as: Caller | null, headers: Record<string, string> = {}) =>
  send(app, { path, as, headers });
const A_POSITION = expect.stringMatching(/^[0-9a-f]{32}$/) as string;

describe('query-service', () => {
  let world: QueryWorld;
  let service: QueryService;
  let store: EventStore;
  let directory: Collection<AccountDirectoryEntry>;
  const [player, operator, auditor, admin] = [person('USER'), person('OPERATOR'), person('AUDITOR'), person('ADMIN')];

  beforeAll(async () => {
    world = await createQueryWorld(people);
    ({ service, store, directory } = world);
  });

  afterAll(() => world.close());

  beforeEach(() => {
    world.now = NOVEMBER;
  });

  const record: QueryWorld['record'] = (...facts) => world.record(...facts);
  const newEvent: QueryWorld['newEvent'] = (details) => world.newEvent(details);
  /** Sends a query that reflects everything that was recorded. */
  const get = (path: string, who: Caller | null = player): Promise<HttpResponse> => world.get(path, who);
  const rows = async <Row extends object>(path: string, who: Caller = player): Promise<readonly Row[]> => {
    const { status, data } = await get(path, who);
    expect(status).toBe(200);
    return data as readonly Row[];
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

  it('requires a token on every route, and a role according to the table', async () => {
    for (const { path } of ROUTES.filter((route) => route.service === 'query')) {
      const url = path.replaceAll(/\{\w+\}/g, randomUUID());
      expect({ path, status: (await get(url, null)).status }).toEqual({ path, status: 401 });
    }
    expect(await get('/claims', player)).toEqual(problemOf(403, 'FORBIDDEN'));
    for (const who of [operator, auditor, admin]) expect((await get('/claims', who)).status).toBe(200);
    expect(await get('/nothing-here', player)).toEqual(problemOf(404, 'NOT_FOUND'));
  });

  it('answers readiness and OpenAPI', async () => {
    expect((await get('/health/ready', null)).body).toEqual({
      data: { status: 'ok', parts: { documentStore: 'up', accountDirectory: 'up' } },
    });
    const { body } = await get('/api-docs.json', null);
    const { paths } = body as unknown as { paths: Record<string, unknown> };
    expect(Object.keys(paths).sort()).toEqual(
      [
        ...new Set([
          '/health/live',
          '/health/ready',
          ...ROUTES.filter(({ service: by }) => by === 'query').map(({ path }) => path),
        ]),
      ].sort(),
    );
  });

  describe('GET /events/{eventId}', () => {
    it('returns the event with its revision as ETag', async () => {
      const eventId = await newEvent({ description: '3일' });
      const { status, headers, body } = await get(`/events/${eventId}`);
      expect([status, headers.etag]).toEqual([200, '"3"']);
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
          rewards: [ELIXIR, SAUNA].map((reward) => eventRewardResponse(reward)),
          milestones: [{ count: 3, rewards: [ELIXIR, SAUNA].map((reward) => eventRewardResponse(reward)) }],
          cycle: null,
          autoComplete: false,
          autoClaim: false,
          metadata: {},
          termsVersion: 1,
          createdBy: '00000000-0000-4000-8000-00000000000a',
          createdAt: '2026-10-01T00:00:00.000Z',
        },
      });
    });

    it('shows when a day begins', async () => {
      const eventId = await newEvent({ dayStartsAt: '05:00' });
      expect(await get(`/events/${eventId}`)).toEqual(dataOf(200, eventResponse(eventId, { dayStartsAt: '05:00' })));
    });

    it('changes the status exactly at each bound of time', async () => {
      const eventId = await newEvent();
      for (const [at, status] of [
        ['2026-10-31T23:59:59.999Z', 'SCHEDULED'],
        ['2026-11-01T00:00:00.000Z', 'ACTIVE'],
        ['2026-11-30T23:59:59.999Z', 'ACTIVE'],
        ['2026-12-01T00:00:00.000Z', 'ENDED'],
        ['2026-12-14T23:59:59.999Z', 'ENDED'],
        ['2026-12-15T00:00:00.000Z', 'CLOSED'],
      ] as const) {
        world.now = Date.parse(at);
        expect(await get(`/events/${eventId}`)).toEqual(dataOf(200, eventResponse(eventId, { status })));
        const listed = await rows<{ eventId: string }>(`/events?limit=100&status=${status}`);
        expect(listed.map((event) => event.eventId)).toContain(eventId);
      }
    });

    it('hides a draft from players but not from staff', async () => {
      const eventId = await newDraft();
      const rewards = [eventRewardResponse(ELIXIR)];
      expect(await get(`/events/${eventId}`, player)).toEqual(problemOf(404, 'NOT_FOUND'));
      for (const who of [operator, auditor, admin, person('USER', 'OPERATOR')]) {
        expect(await get(`/events/${eventId}`, who)).toEqual(dataOf(200, eventResponse(eventId, { status: 'DRAFT', rewards })));
      }
    });

    it('hides a deleted event from players but not from staff, until it is restored', async () => {
      const eventId = await newEvent();
      await record(factsOfEvent(eventId).deleted());
      expect((await get(`/events/${eventId}`, player)).status).toBe(404);
      expect((await get(`/events/${eventId}/progress`, player)).status).toBe(404);
      expect(await get(`/events/${eventId}`, auditor)).toEqual(dataOf(200, eventResponse(eventId, { status: 'DELETED' })));
      expect((await get(`/events/${eventId}/progress`, auditor)).status).toBe(200);
      await record(factsOfEvent(eventId).restored());
      expect(await get(`/events/${eventId}`, player)).toEqual(dataOf(200, eventResponse(eventId)));
    });

    it('answers 404 for unknown and malformed ids', async () => {
      for (const id of [randomUUID(), 'x', '__proto__', randomUUID().toUpperCase()]) {
        expect(await get(`/events/${id}`)).toEqual(problemOf(404, 'NOT_FOUND'));
      }
    });
  });

  describe('GET /events', () => {
    const idsOf = async (url: string, who = player) => (await rows<{ eventId: string }>(url, who)).map(({ eventId }) => eventId);

    it('lists events newest first, in pages with a total', async () => {
      const created = [await newEvent(), await newEvent(), await newEvent()].reverse();
      const { body } = await get('/events?page=1&limit=2');
      const total = body.page?.total ?? 0;
      expect(body.page).toEqual({ page: 1, limit: 2, total });
      expect(await idsOf('/events?page=1&limit=2')).toEqual(created.slice(0, 2));
      expect((await idsOf('/events?page=2&limit=2'))[0]).toBe(created[2]);
      expect((await idsOf('/events?limit=100')).length).toBe(total);
      expect((await get('/events?page=1000&limit=100')).body).toEqual({ data: [], page: { page: 1_000, limit: 100, total } });
    });

    it('neither lists nor counts drafts for players', async () => {
      const draft = await newDraft();
      const ofPlayer = await get('/events?limit=100', player);
      const ofStaff = await get('/events?limit=100', auditor);
      expect(await idsOf('/events?limit=100', player)).not.toContain(draft);
      expect(await idsOf('/events?limit=100', auditor)).toContain(draft);
      expect(ofStaff.body.page?.total).toBeGreaterThan(ofPlayer.body.page?.total ?? Infinity);
      expect((await get('/events?status=DRAFT', player)).body).toEqual({ data: [], page: { page: 1, limit: 20, total: 0 } });
      expect(await idsOf('/events?limit=100&status=DRAFT', operator)).toContain(draft);
    });

    it('filters by status, and lists deleted events only with that filter', async () => {
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
    ])('rejects ?%s', async (query, field) => {
      expect(await get(`/events?${query}`)).toEqual(invalidOf(field));
    });
  });

  interface Shown {
    readonly status: string;
    readonly progress: number;
    readonly rewards: readonly object[];
    readonly completedAt: string | null;
  }
  const untouchedResponse = (reward: typeof ELIXIR) => ({ ...rewardResponse(reward), claimed: 0, remaining: reward.amount });

  /** Expected progress of the caller: not started, apart from the changes. */
  const progressShown = (eventId: string, { accountId }: Caller, changes: Partial<Shown> = {}) => {
    const shown = {
      eventId,
      accountId,
      cycle: null,
      status: 'NOT_STARTED',
      progress: 0,
      required: 3,
      rewards: [ELIXIR, SAUNA].map(untouchedResponse),
      completedAt: null,
      claimsUntil: '2026-12-15T00:00:00.000Z',
      days: [],
      ...changes,
    };
    const { status, rewards, completedAt } = shown;
    const last = { count: 3, status: status === 'COMPLETED' || status === 'ELIGIBLE' ? status : 'LOCKED', completedAt, rewards };
    return { ...shown, milestones: [last] };
  };
  /** A row of a list has no days, and no rewards of milestones. */
  const rowShown = (...args: Parameters<typeof progressShown>) => {
    const { days: _days, milestones, ...shown } = progressShown(...args);
    return { ...shown, milestones: milestones.map(({ rewards: _rewards, ...milestone }) => milestone) };
  };

  describe('GET /events/{eventId}/progress', () => {
    /** A running event and the domain events of a player in it. */
    const newStory = () => {
      const [eventId, who] = [randomUUID(), person('USER')];
      const { created, added, published } = factsOfEvent(eventId);
      const event = [created(), added(ELIXIR), added(SAUNA), published()];
      const request = { path: `/events/${eventId}/progress`, as: who };
      return { eventId, who, event, request, ...factsOfParticipation(eventId, who.accountId) };
    };

    it('shows NOT_STARTED and the rewards of the event to a player who has not started', async () => {
      const { eventId, who, event, request } = newStory();
      await world
        .given(...event)
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who)));
    });

    it('shows progress, then eligibility, then claimed and remaining units', async () => {
      const { eventId, who, event, request, started, counted, completed, claimed } = newStory();
      await world
        .given(...event, started(), counted(1))
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who, { status: 'IN_PROGRESS', progress: 1 })));
      await world
        .given(counted(2), counted(3))
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who, { status: 'ELIGIBLE', progress: 3 })));
      const rewards = [
        { ...rewardResponse(ELIXIR), claimed: 20, remaining: 80 },
        { ...rewardResponse(SAUNA), claimed: 0, remaining: 5 },
      ];
      const completedAt = '2026-11-05T00:00:00.000Z';
      await world
        .given(completed(), claimed(20, ELIXIR, { claimed: 20, remaining: 80 }))
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who, { status: 'COMPLETED', progress: 3, completedAt, rewards })));
    });

    it('shows the greater amounts of the terms at the start and of the event, until the completion fixes them', async () => {
      const { eventId, who, event, request, started, counted, completed } = newStory();
      const { rewardChanged } = factsOfEvent(eventId);
      const more = { ...ELIXIR, amount: 150 };
      const withRewards = (...rewards: readonly (typeof more)[]) => ({ progress: 3, rewards: rewards.map(untouchedResponse) });
      await world
        .given(
          ...event,
          started(),
          counted(1),
          counted(2),
          counted(3),
          rewardChanged(ELIXIR.name, 150),
          rewardChanged(SAUNA.name, 2),
        )
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who, { status: 'ELIGIBLE', ...withRewards(more, SAUNA) })));
      const completedAt = '2026-11-05T00:00:00.000Z';
      await world
        .given(completed([ELIXIR, SAUNA]))
        .when(request)
        .thenResponds(
          dataOf(200, progressShown(eventId, who, { status: 'COMPLETED', completedAt, ...withRewards(ELIXIR, SAUNA) })),
        );
    });

    it('does not show the progress of other accounts', async () => {
      const { eventId, who, event, request } = newStory();
      await world
        .given(...event, factsOfParticipation(eventId, randomUUID()).started())
        .when(request)
        .thenResponds(dataOf(200, progressShown(eventId, who)));
    });

    it('answers 404 for an unknown event, a malformed id and a draft', async () => {
      for (const id of [randomUUID(), 'x', await newDraft()]) {
        expect(await get(`/events/${id}/progress`)).toEqual(problemOf(404, 'NOT_FOUND'));
      }
      expect((await get(`/events/${await newDraft()}/progress`, operator)).status).toBe(200);
    });
  });

  describe('GET /participations', () => {
    it('lists own participations, latest start first, in pages with a total', async () => {
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
      expect(all.data).toEqual(eventIds.map((eventId) => rowShown(eventId, who, { status: 'IN_PROGRESS' })));
      const second = await get('/participations?page=2&limit=2', who);
      expect(second.body).toEqual({ data: [all.data[2]], page: { page: 2, limit: 2, total: 3 } });
    });

    it.each(['deleted', 'unpublished'] as const)(
      'omits participations in events that are %s, except for staff',
      async (change) => {
        const hidden = await newEvent();
        const shown = await newEvent();
        await record(factsOfEvent(hidden)[change]());
        const facts = (accountId: string) => [hidden, shown].map((id) => factsOfParticipation(id, accountId).started());
        const who = person('USER');
        const staff = person('USER', 'AUDITOR');
        await record(...facts(who.accountId), ...facts(staff.accountId));
        const page = { page: 1, limit: 20 };
        expect((await get('/participations', who)).body).toEqual({
          data: [rowShown(shown, who, { status: 'IN_PROGRESS' })],
          page: { ...page, total: 1 },
        });
        expect((await get('/participations', staff)).body).toEqual({
          data: [shown, hidden].map((id) => rowShown(id, staff, { status: 'IN_PROGRESS' })),
          page: { ...page, total: 2 },
        });
      },
    );

    it('is empty for an account without participations, and rejects invalid parameters', async () => {
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

    it('lists every recorded claim, granted or rejected, newest first, with the fields of the contract in order', async () => {
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
          position: A_POSITION,
          claimId: null,
          milestone: null,
          cycle: null,
          itemCode: null,
          target: null,
          delivery: null,
        },
        {
          ...{ requestId: 'a1', eventId, accountId: anna.accountId, email: 'anna@example.com' },
          ...{ rewardName: ELIXIR.name, type: 'ITEM', amount: 20, status: 'SUCCESS', reason: null },
          at: '2026-11-06T01:00:00.000Z',
          position: A_POSITION,
          claimId: claimIdOf({ eventId, accountId: anna.accountId, requestId: 'a1' }),
          milestone: null,
          cycle: null,
          itemCode: null,
          target: null,
          delivery: null,
        },
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
        'milestone',
        'cycle',
        'itemCode',
        'target',
        'delivery',
      ]);
    });

    it('shows the granted units of a claim for `all`, and null if it was rejected', async () => {
      expect(await rows<Row>(`/claims?eventId=${otherEventId}`, operator)).toEqual([
        {
          ...{ requestId: 'b2', eventId: otherEventId, accountId: bora.accountId, email: 'bora@example.com' },
          ...{ rewardName: '없는 보상', type: null, amount: null, status: 'FAILURE', reason: 'NO_SUCH_REWARD' },
          ...{
            at: '2026-11-06T04:00:00.000Z',
            position: A_POSITION,
            claimId: null,
            milestone: null,
            cycle: null,
            itemCode: null,
            target: null,
            delivery: null,
          },
        },
        {
          ...{ requestId: 'b1', eventId: otherEventId, accountId: bora.accountId, email: 'bora@example.com' },
          ...{ rewardName: SAUNA.name, type: 'COUPON', amount: 5, status: 'SUCCESS', reason: null },
          ...{ at: '2026-11-06T03:00:00.000Z', position: A_POSITION },
          claimId: claimIdOf({ eventId: otherEventId, accountId: bora.accountId, requestId: 'b1' }),
          milestone: null,
          cycle: null,
          itemCode: null,
          target: null,
          delivery: null,
        },
      ]);
    });

    it.each([
      ['eventId', () => `eventId=${eventId}`, ['a2', 'a1']],
      ['accountId', () => `accountId=${bora.accountId}`, ['b2', 'b1']],
      ['e-mail', () => 'email=anna@example.com', ['a2', 'a1']],
      ['e-mail in another spelling', () => `email=${encodeURIComponent('  Anna@Example.COM ')}`, ['a2', 'a1']],
      ['an unknown e-mail', () => 'email=nobody@example.com', []],
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
    ])('rejects ?%s', async (query, field) => {
      expect(await get(`/claims?${query}`, auditor)).toEqual(invalidOf(field));
    });

    it('shows no e-mail for an erased account, and finds no claims by its former e-mail', async () => {
      const erased = { ...person('USER'), email: 'gone@example.com' };
      await directory.insert(erased.accountId, { accountId: erased.accountId, email: erased.email });
      await record(
        factsOfParticipation(eventId, erased.accountId).claimRefused({ requestId: 'g1', at: '2026-01-01T00:00:00.000Z' }),
      );
      expect(await requestIds('email=gone@example.com')).toEqual(['g1']);
      await directory.replace(erased.accountId, 1, { accountId: erased.accountId, email: null });
      expect(await requestIds('email=gone@example.com')).toEqual([]);
      expect(await rows<Row>(`/claims?accountId=${erased.accountId}`, auditor)).toEqual([
        {
          ...{ requestId: 'g1', eventId, accountId: erased.accountId, email: null },
          ...{ rewardName: ELIXIR.name, type: 'ITEM', amount: 200, status: 'FAILURE', reason: 'INSUFFICIENT_REMAINING' },
          ...{
            at: '2026-01-01T00:00:00.000Z',
            position: A_POSITION,
            claimId: null,
            milestone: null,
            cycle: null,
            itemCode: null,
            target: null,
            delivery: null,
          },
        },
      ]);
    });

    it('pages by a cursor that stays valid while claims are added', async () => {
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

    it('has no next page after a last page that is exactly full', async () => {
      expect((await get(`/claims?eventId=${otherEventId}&limit=2`, auditor)).body.page).toEqual({ limit: 2, next: null });
      expect((await get(`/claims?eventId=${otherEventId}&limit=1`, auditor)).body.page?.next).toMatch(/^[A-Za-z0-9_-]+$/);
    });

    it('applies the time filter to a cursor from outside the span', async () => {
      const span = `eventId=${otherEventId}&to=2026-11-06T04:00:00.000Z&limit=1`;
      const cursorOfNewest = (await get(`/claims?eventId=${otherEventId}&limit=1`, auditor)).body.page?.next;
      expect(await requestIds(`${span}&cursor=${cursorOfNewest}`)).toEqual(['b1']);
    });
  });

  /** Expected claim of 20 elixirs, for the account itself. */
  const ownClaim = (eventId: string, { accountId }: Caller, requestId: string) => ({
    ...{ requestId, eventId, accountId, rewardName: ELIXIR.name, type: 'ITEM', amount: 20, status: 'SUCCESS', reason: null },
    ...{
      at: '2026-11-06T00:00:00.000Z',
      position: A_POSITION,
      claimId: claimIdOf({ eventId, accountId, requestId }),
      milestone: 3,
      cycle: null,
      itemCode: null,
      target: null,
      delivery: null,
    },
  });

  describe('GET /claims/{claimId}', () => {
    it('shows a granted claim only to its account and to staff', async () => {
      const [who, another] = [person('USER'), person('USER')];
      const eventId = await newEvent();
      const { claimed, claimRefused } = factsOfParticipation(eventId, who.accountId);
      await record(claimRefused({ requestId: 'c0' }), claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'c1' }));
      const claimId = claimIdOf({ eventId, accountId: who.accountId, requestId: 'c1' });
      const [mine] = await rows<object>(`/claims/mine?eventId=${eventId}`, who);
      expect(mine).toEqual(ownClaim(eventId, who, 'c1'));
      for (const reader of [who, operator, auditor, admin]) {
        expect(await get(`/claims/${claimId}`, reader)).toEqual(dataOf(200, mine));
      }
      const refusedId = claimIdOf({ eventId, accountId: who.accountId, requestId: 'c0' });
      for (const [url, reader] of [
        [`/claims/${claimId}`, another],
        [`/claims/${refusedId}`, who],
        [`/claims/${refusedId}`, operator],
        [`/claims/${randomUUID()}`, operator],
        ['/claims/c1', who],
      ] as const) {
        expect(await get(url, reader)).toEqual(problemOf(404, 'NOT_FOUND'));
      }
    });

    it('does not match the routes of the lists', async () => {
      expect(await get('/claims/mine', player)).toEqual(responseWith(200, { data: [], page: { limit: 20, next: null } }));
      expect(await get('/claims/export', player)).toEqual(problemOf(403, 'FORBIDDEN'));
    });
  });

  describe('GET /claims/mine', () => {
    it('lists only own granted claims, without e-mail, newest first', async () => {
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
      const [m2, m1] = [ownClaim(second, who, 'm2'), ownClaim(first, who, 'm1')];
      expect(mine.body).toEqual({ data: [m2, m1], page: { limit: 20, next: null } });
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
        'milestone',
        'cycle',
        'itemCode',
        'target',
        'delivery',
      ]);
      expect((await get(`/claims/mine?eventId=${first}`, who)).data).toEqual([m1]);
      const page = await get('/claims/mine?limit=1', who);
      expect((await get(`/claims/mine?limit=1&cursor=${page.body.page?.next}`, who)).body).toEqual({
        data: [m1],
        page: { limit: 1, next: null },
      });
    });

    it('rejects filters that it does not support', async () => {
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
      '/claims/export',
      '/audit',
      '/audit/export',
      `/events/${randomUUID()}/participations/export`,
      '/dead-letters',
      '/dead-letters/groups',
    ];
    /** Routes that read the log directly, so they never wait. */
    const urlsOfTheLog = () => ['', '/explain'].map((end) => `/participations/${randomUUID()}/${randomUUID()}${end}`);

    it('makes a query reflect a write to any read model', async () => {
      const who = person('USER');
      const eventId = await newEvent();
      for (let progress = 1; progress <= 3; progress += 1) {
        const { started, counted } = factsOfParticipation(eventId, who.accountId);
        await record(...(progress === 1 ? [started()] : []), counted(progress));
        expect((await get(`/events/${eventId}/progress`, who)).data.progress).toBe(progress);
        expect((await get('/events', who)).status).toBe(200);
        expect((await get('/claims', auditor)).status).toBe(200);
      }
    });

    it('causes an immediate 503 NOT_CAUGHT_UP if the log does not contain the write', async () => {
      const last = await store.head();
      const tokens = ['f'.repeat(32), `${last}${'0'.repeat(16)}`, `${last.slice(0, -1)}${last.endsWith('0') ? '1' : '0'}`];
      for (const token of tokens) {
        const since = performance.now();
        const all = [...urls(), ...urlsOfTheLog()];
        const answers = await Promise.all(all.map((url) => ask(service, url, admin, { 'x-min-position': token })));
        for (const answer of answers) {
          expect(answer).toEqual(problemOf(503, 'NOT_CAUGHT_UP'));
          expect(answer.headers['retry-after']).toBe('1');
        }
        expect(performance.now() - since).toBeLessThan(1_900);
      }
    });

    it('causes 503 NOT_CAUGHT_UP after two seconds if the read models have not caught up', async () => {
      const settings = testSettings();
      const behind = await createQueryService(settings, logger, { identify });
      const ownLog = openEventStore(settings, 'write');
      try {
        await appendFacts(ownLog, [factsOfEvent(randomUUID()).created()]);
        const position = await ownLog.head();
        const token = tokenOf({ position, eventId: (await ownLog.eventIdAt(position)) ?? '' });
        const since = performance.now();
        const answers = await Promise.all(urls().map((url) => ask(behind, url, admin, { 'x-min-position': token })));
        for (const answer of answers) expect(answer).toEqual(problemOf(503, 'NOT_CAUGHT_UP'));
        expect(performance.now() - since).toBeGreaterThanOrEqual(1_990);
      } finally {
        await behind.close();
        await ownLog.close();
        removeData(settings);
      }
    });

    it('causes 400 on every route if it is malformed', async () => {
      for (const url of [...urls(), ...urlsOfTheLog()]) {
        for (const token of ['', 'x', 'F'.repeat(32), '0'.repeat(31)]) {
          expect(await ask(service, url, admin, { 'x-min-position': token })).toEqual(invalidOf('X-Min-Position'));
        }
      }
    });
  });

  describe('before the first start of projections and auth-service', () => {
    it('starts, is ready, and returns empty lists', async () => {
      const empty = testSettings();
      const early = await createQueryService(empty, logger, { identify });
      try {
        for (const url of ['/events', '/participations', '/claims', '/claims?email=a@example.com', '/claims/mine']) {
          const { status, data } = await ask(early, url, admin);
          expect([status, data]).toEqual([200, []]);
        }
        expect((await ask(early, `/events/${randomUUID()}`, admin)).status).toBe(404);
        expect((await ask(early, '/health/ready', null)).status).toBe(200);
        const waiting = await ask(early, '/events', admin, { 'x-min-position': '0'.repeat(31) + '1' });
        expect(waiting).toEqual(problemOf(503, 'NOT_CAUGHT_UP'));
      } finally {
        await early.close();
        removeData(empty);
      }
    });
  });
});
