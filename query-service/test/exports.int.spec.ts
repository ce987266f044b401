import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DocumentStoreUnavailable } from '@rewards/document-store';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { invalidOf, openStream, problemOf } from '@rewards/testing/http';
import { AuditReader } from '../src/audit/audit.queries';
import { ParticipantReader } from '../src/participations/participations.queries';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

type Row = Readonly<Record<string, unknown>>;

describe('exports', () => {
  let world: QueryWorld;
  let auditor: Caller;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
    await world.service.app.listen(0, '127.0.0.1');
  });

  afterAll(() => world.close());

  /** Reads every page of a list. */
  const listed = async (path: string): Promise<readonly Row[]> => {
    const rows: Row[] = [];
    for (let cursor = ''; ;) {
      const { body } = await world.get(`${path}${cursor && `&cursor=${cursor}`}`, auditor);
      rows.push(...(body.data as readonly Row[]));
      if (body.page.next === null) return rows;
      cursor = encodeURIComponent(body.page.next as string);
    }
  };
  const headersOf = ({ status, headers }: Awaited<ReturnType<QueryWorld['get']>>) => [
    status,
    headers['content-type'],
    headers['content-disposition'],
  ];
  /** Whether the transfer of an export that fails on its second page is complete. */
  const isComplete = async (path: string, reader: object, firstPage: object): Promise<boolean> => {
    const page = jest.spyOn(reader as { page: () => Promise<unknown> }, 'page');
    page.mockResolvedValueOnce(firstPage).mockRejectedValueOnce(new DocumentStoreUnavailable('no answer'));
    const answer: IncomingMessage = await openStream(world.service.app, { path, as: auditor });
    expect(answer.statusCode).toBe(200);
    await new Promise((resolve) =>
      answer
        .on('error', () => undefined)
        .resume()
        .on('close', resolve),
    );
    page.mockRestore();
    return answer.complete;
  };

  describe('GET /audit/export', () => {
    const eventId = randomUUID();
    const { started, claimRefused } = factsOfParticipation(eventId, randomUUID());

    beforeAll(async () => {
      const refusals = Array.from({ length: 450 }, (_, index) =>
        claimRefused({ requestId: `r${index}`, rewardName: '한\n"글"' }),
      );
      await world.record(factsOfEvent(eventId).created(), started(), ...refusals);
    });

    it('returns the rows of the list as lines of JSON, in the same order', async () => {
      const rows = await listed(`/audit?eventId=${eventId}&limit=100`);
      expect(rows).toHaveLength(452);
      const answer = await world.get(`/audit/export?eventId=${eventId}`, auditor);
      expect(headersOf(answer)).toEqual([200, 'application/x-ndjson', 'attachment; filename="audit.ndjson"']);
      expect(answer.text).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    });

    it('supports the filters of the list', async () => {
      const linesOf = async (filter: string) => (await world.get(`/audit/export?eventId=${eventId}&${filter}`, auditor)).text;
      const [only] = (await world.get(`/audit?eventId=${eventId}&type=ParticipationStarted`, auditor)).data as readonly Row[];
      expect(await linesOf('type=ParticipationStarted')).toBe(`${JSON.stringify(only)}\n`);
      expect(await linesOf('type=RewardClaimed')).toBe('');
      for (const query of ['type=Nothing', 'limit=10', 'cursor=x', 'actor=A', 'traceId=x', 'from=yesterday'])
        expect(await world.get(`/audit/export?${query}`, auditor)).toEqual(invalidOf(query.split('=')[0] ?? ''));
    });

    it('requires an operator or auditor', async () => {
      expect((await world.get('/audit/export', world.person('USER'))).status).toBe(403);
      expect((await world.get('/audit/export', world.person('OPERATOR'))).status).toBe(200);
    });

    it('closes the connection when it cannot be completed', async () => {
      const reader = world.service.app.get(AuditReader);
      expect(await isComplete('/audit/export', reader, { rows: [{ data: {} }], places: [], next: 'more' })).toBe(false);
    });
  });

  describe('GET /events/{eventId}/participations/export', () => {
    let eventId: string;
    const anna = randomUUID();

    beforeAll(async () => {
      eventId = await world.newEvent();
      const ofAnna = factsOfParticipation(eventId, anna);
      await world.directory.insert(anna, { accountId: anna, email: '+anna@example.com' });
      await world.record(
        ...Array.from({ length: 250 }, () => factsOfParticipation(eventId, randomUUID()).started()),
        ...[ofAnna.started(), ofAnna.counted(1), ofAnna.counted(2), ofAnna.counted(3), ofAnna.completed()],
        ofAnna.claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
      );
    });

    const path = (query = '') => `/events/${eventId}/participations/export?${query}`;
    const linesOf = async (query: string) => (await world.get(path(query), auditor)).text.split('\r\n').slice(1, -1);

    it('has the fields of the list in their order, with one cell for the rewards and one for the milestones', async () => {
      const answer = await world.get(path('status=COMPLETED'), auditor);
      expect(headersOf(answer)).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="participations.csv"']);
      const [row] = await listed(`/events/${eventId}/participations?status=COMPLETED`);
      expect(answer.text).toBe(
        [
          `\uFEFF${Object.keys(row ?? {}).join()}`,
          `${eventId},${anna},,COMPLETED,3,3,${ELIXIR.name} 20/100; 사우나 이용권 0/5,2026-11-05T00:00:00.000Z,3 COMPLETED,2026-12-15T00:00:00.000Z,'+anna@example.com`,
          '',
        ].join('\r\n'),
      );
    });

    it('returns every row once across many pages, in the order of the list', async () => {
      const accounts = (await listed(`/events/${eventId}/participations?limit=100`)).map(({ accountId }) => accountId);
      expect(accounts).toHaveLength(251);
      expect((await linesOf('')).map((line) => line.split(',')[1])).toEqual(accounts);
    });

    it('supports the filters of the list', async () => {
      expect(await linesOf('email=%2Banna@example.com')).toHaveLength(1);
      expect(await linesOf('email=%2Banna@example.com&status=ELIGIBLE')).toEqual([]);
      expect(await linesOf('email=nobody@example.com')).toEqual([]);
      for (const query of ['status=NOT_STARTED', 'limit=10', 'cursor=x', 'email=a+b@example.com', 'cycle=2026-13-01'])
        expect(await world.get(path(query), auditor)).toEqual(invalidOf(query.split('=')[0] ?? ''));
      expect(await world.get(path('cycle=2026-11-01'), auditor)).toEqual(
        problemOf(404, 'NO_SUCH_CYCLE', { cycle: '2026-11-01' }),
      );
    });

    it('requires an operator or auditor, and an existing event', async () => {
      expect((await world.get(path(), world.person('USER'))).status).toBe(403);
      for (const id of [randomUUID(), 'x'])
        expect(await world.get(`/events/${id}/participations/export`, auditor)).toEqual(problemOf(404, 'NOT_FOUND'));
    });

    it('closes the connection when it cannot be completed', async () => {
      const reader = world.service.app.get(ParticipantReader);
      expect(await isComplete(path(), reader, { rows: [{ rewards: [], milestones: [] }], places: [], next: 'more' })).toBe(false);
    });
  });
});
