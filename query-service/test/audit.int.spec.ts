import { randomUUID } from 'node:crypto';
import { QueryBus } from '@nestjs/cqrs';
import { streams } from '@rewards/contracts';
import { dataOf, invalidOf } from '@rewards/testing/http';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { GetStatistics } from '../src/statistics/statistics.queries';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

type Row = Record<string, unknown>;

describe('audit and statistics', () => {
  let world: QueryWorld;
  let auditor: Caller;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
  });

  afterAll(() => world.close());

  describe('GET /audit', () => {
    const eventId = randomUUID();
    const accountId = randomUUID();
    const { created, added } = factsOfEvent(eventId);
    const { stream, started, counted, claimRefused } = factsOfParticipation(eventId, accountId);
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const login: Fact = {
      stream: streams.login(accountId, '2026-11-02T00:00:00.000Z'),
      event: { type: 'LoggedIn', data: { loginId: 'l1', accountId, at: '2026-11-02T00:00:00.000Z' } },
    };
    const types = async (query: string) =>
      ((await world.get(`/audit?${query}`, auditor)).body.data as readonly Row[]).map(({ type }) => type);

    beforeAll(async () => {
      await world.record(created(), added(ELIXIR), login, started(), counted(1), { ...claimRefused(), traceparent });
    });

    it('lists every domain event including refusals, newest first, with the fields of the contract in order', async () => {
      const { body } = await world.get(`/audit?eventId=${eventId}`, auditor);
      const rows = body.data as readonly Row[];
      expect(rows.map(({ type }) => type)).toEqual([
        'ClaimRefused',
        'LoginCounted',
        'ParticipationStarted',
        'RewardAdded',
        'RewardEventCreated',
      ]);
      expect(rows[0]).toEqual({
        position: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        stream: streams.refusals(stream),
        revision: 0,
        type: 'ClaimRefused',
        at: '2026-11-07T00:00:00.000Z',
        actor: { service: 'test' },
        accountId,
        eventId,
        data: claimRefused().event.data,
        correlationId: 'request',
        causationId: null,
      });
      const fields = 'position stream revision type at actor accountId eventId data correlationId causationId';
      expect(Object.keys(rows[0] ?? {})).toEqual(fields.split(' '));
    });

    it.each([
      ['type', () => `type=LoggedIn&accountId=${accountId}`, ['LoggedIn']],
      ['account', () => `accountId=${accountId}`, ['ClaimRefused', 'LoginCounted', 'ParticipationStarted', 'LoggedIn']],
      ['event and type', () => `eventId=${eventId}&type=RewardAdded`, ['RewardAdded']],
      ['actor', () => `actor=test&eventId=${eventId}&type=RewardAdded`, ['RewardAdded']],
      ['another actor', () => `actor=${randomUUID()}`, []],
      ['trace of the request', () => `traceId=${traceId}`, ['ClaimRefused']],
      ['trace and another type', () => `traceId=${traceId}&type=RewardAdded`, []],
      ['from, inclusive', () => `eventId=${eventId}&from=2026-11-07T00:00:00Z`, ['ClaimRefused']],
      ['to, exclusive', () => `eventId=${eventId}&to=2026-10-01T00:01:00Z`, ['RewardEventCreated']],
      ['a type without events', () => 'type=RewardEventDeleted', []],
    ])('filters by %s', async (_name, query, expected) => {
      expect(await types(query())).toEqual(expected);
    });

    it('pages by a cursor that stays valid while events are added', async () => {
      const seen: unknown[] = [];
      let next: string | null | undefined;
      for (let page = 0; next !== null; page += 1) {
        const { body } = await world.get(`/audit?accountId=${accountId}&limit=1${next ? `&cursor=${next}` : ''}`, auditor);
        seen.push(...(body.data as readonly Row[]).map(({ type }) => type));
        next = body.page?.next;
        await world.record(claimRefused({ requestId: `later-${page}`, at: '2026-11-09T00:00:00.000Z' }));
      }
      expect(seen).toEqual(['ClaimRefused', 'LoginCounted', 'ParticipationStarted', 'LoggedIn']);
    });

    it('ends a page at 1 MiB, and continues on the next page', async () => {
      const largeId = randomUUID();
      const { changed } = factsOfEvent(largeId);
      // Escaped, each of these characters takes six bytes.
      const sizes = [1_000, 50_000, 50_000, 50_000, 50_000, 100_000, 1_000];
      for (const size of sizes) await world.record(changed({ description: '\u0001'.repeat(size) }));
      const lengths: number[][] = [];
      let next: string | null | undefined;
      for (; next !== null;) {
        const { body, text } = await world.get(`/audit?eventId=${largeId}&limit=100${next ? `&cursor=${next}` : ''}`, auditor);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_048_576);
        lengths.push((body.data as readonly { data: { description: string } }[]).map(({ data }) => data.description.length));
        next = body.page?.next ?? null;
      }
      expect(lengths).toEqual([
        [1_000, 100_000, 50_000],
        [50_000, 50_000, 50_000, 1_000],
      ]);
    });

    describe('of misdated events', () => {
      const player = randomUUID();
      const at = (day: string, loginId: string): Fact => ({
        stream: streams.login(player, day),
        event: { type: 'LoggedIn', data: { loginId, accountId: player, at: `${day}T00:00:00.000Z` } },
      });
      const listed = async (query = '') => {
        const { body } = await world.get(`/audit?accountId=${player}${query}`, auditor);
        return { ids: (body.data as readonly { data: Row }[]).map(({ data }) => data.loginId), next: body.page?.next };
      };

      beforeAll(() =>
        world.record(at('2026-11-10', 'a'), at('2099-01-01', 'far'), at('2099-02-01', 'farther'), at('2026-11-16', 'b')),
      );

      it('lists events dated more than a day ahead of the clock last, and each event once by cursor', async () => {
        expect((await listed()).ids).toEqual(['b', 'a', 'farther', 'far']);
        const seen: unknown[] = [];
        let next: string | null | undefined;
        for (; next !== null;) {
          const page = await listed(`&limit=1${next ? `&cursor=${next}` : ''}`);
          seen.push(...page.ids);
          next = page.next ?? null;
        }
        expect(seen).toEqual(['b', 'a', 'farther', 'far']);
      });

      it('filters misdated events by time like all others', async () => {
        expect((await listed('&from=2026-11-11T00:00:00Z')).ids).toEqual(['b', 'farther', 'far']);
        expect((await listed('&to=2099-01-15T00:00:00Z')).ids).toEqual(['b', 'a', 'far']);
        expect((await listed('&from=2099-01-15T00:00:00Z')).ids).toEqual(['farther']);
        expect((await listed('&from=2099-01-01T00:00:00Z&to=2099-02-01T00:00:00Z')).ids).toEqual(['far']);
      });

      it('accepts a cursor from before misdated events came last, and continues with all other events', async () => {
        const { body } = await world.get(`/audit?accountId=${player}&from=2099-02-01T00:00:00Z`, auditor);
        const [{ position } = { position: '' }] = body.data as readonly { position: string }[];
        const cursor = Buffer.from(`2099-02-01T00:00:00.000Z|${position}`).toString('base64url');
        expect((await listed(`&cursor=${cursor}`)).ids).toEqual(['b', 'a', 'farther', 'far']);
        for (const wrong of [`2099-02-01T00:00:00.000Z|${position}|x`, `2099-02-01T00:00:00.000Z|${position}|ahead|ahead`]) {
          const answer = await world.get(`/audit?cursor=${Buffer.from(wrong).toString('base64url')}`, auditor);
          expect(answer.status).toBe(400);
        }
      });
    });

    it.each([
      'type=__proto__',
      'from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z',
      'limit=01',
      'eventId=x',
      'accountId=x',
      'traceId=x',
      'actor=',
      'actor=player@example.com',
      'traceId=',
      `traceId=${'A'.repeat(32)}`,
      'from=yesterday',
      'cursor=x',
      'limit=0',
      'page=1',
    ])('rejects ?%s', async (query) => {
      expect(await world.get(`/audit?${query}`, auditor)).toEqual(
        invalidOf(query.startsWith('from=2026') ? 'to' : (query.split('=')[0] ?? '')),
      );
    });

    it('requires an operator or auditor', async () => {
      expect((await world.get('/audit', world.person('USER'))).status).toBe(403);
      expect((await world.get('/audit', world.person('OPERATOR'))).status).toBe(200);
    });
  });

  describe('GET /events/{eventId}/statistics', () => {
    it('sums the activity in the event, in total and by hour', async () => {
      const eventId = await world.newEvent();
      const [a, b] = [factsOfParticipation(eventId, randomUUID()), factsOfParticipation(eventId, randomUUID())];
      await world.record(
        ...[a.started(), a.counted(1), a.counted(2), a.counted(3), b.started(), b.counted(1)],
        ...[a.completed([ELIXIR]), a.claimed(20, ELIXIR, { claimed: 20, remaining: 80 }), a.claimRefused()],
        b.claimRefused({ code: 'NOT_COMPLETED' }),
      );
      const none = { logins: 0, completions: 0, claims: 0, amount: 0 };
      expect((await world.get(`/events/${eventId}/statistics`, auditor)).body).toEqual({
        data: {
          participants: 2,
          eligible: 1,
          completed: 1,
          claims: { success: 1, failure: 2, byReason: { INSUFFICIENT_REMAINING: 1, NOT_COMPLETED: 1 } },
          rewards: [
            { milestone: 3, name: ELIXIR.name, promised: 100, claimed: 20, remaining: 80 },
            { milestone: 3, name: SAUNA.name, promised: 0, claimed: 0, remaining: 0 },
          ],
          milestones: [{ count: 3, eligible: 1, completed: 1 }],
          byHour: [
            { ...none, hour: '2026-11-02T00:00:00.000Z', logins: 2 },
            { ...none, hour: '2026-11-03T00:00:00.000Z', logins: 1 },
            { ...none, hour: '2026-11-04T00:00:00.000Z', logins: 1 },
            { ...none, hour: '2026-11-05T00:00:00.000Z', completions: 1 },
            { ...none, hour: '2026-11-06T00:00:00.000Z', claims: 1, amount: 20 },
            { ...none, hour: '2026-11-07T00:00:00.000Z' },
          ],
        },
      });
    });

    it('answers zeros for an event without activity, and 404 for an unknown event', async () => {
      const eventId = await world.newEvent();
      expect(await world.get(`/events/${eventId}/statistics`, auditor)).toEqual(
        dataOf(200, {
          ...{ participants: 0, eligible: 0, completed: 0, claims: { success: 0, failure: 0, byReason: {} } },
          rewards: [ELIXIR, SAUNA].map(({ name }) => ({ milestone: 3, name, promised: 0, claimed: 0, remaining: 0 })),
          milestones: [{ count: 3, eligible: 0, completed: 0 }],
          byHour: [],
        }),
      );
      for (const id of [randomUUID(), 'x']) expect((await world.get(`/events/${id}/statistics`, auditor)).status).toBe(404);
      expect((await world.get(`/events/${eventId}/statistics`, world.person('USER'))).status).toBe(403);
    });

    it('reads an event with more hours than one page, and stops when the client disconnects', async () => {
      const eventId = await world.newEvent();
      const { counted } = factsOfParticipation(eventId, randomUUID());
      const { stream, event } = counted(1);
      const facts = Array.from({ length: 1_001 }, (_, index) => {
        const at = new Date(Date.UTC(2026, 10, 1, index)).toISOString();
        return { stream, event: { ...event, data: { ...(event.data as object), at } } };
      });
      await world.record(...facts);
      const { data } = (await world.get(`/events/${eventId}/statistics`, auditor)).body as {
        data: { byHour: readonly unknown[] };
      };
      expect(data.byHour).toHaveLength(1_001);

      const client = new AbortController();
      client.abort(new Error('disconnected'));
      const query = new GetStatistics(eventId, ['AUDITOR'], undefined, null, client.signal);
      await expect(world.service.app.get(QueryBus, { strict: false }).execute(query)).rejects.toThrow('disconnected');
    });
  });
});
