import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { QueryBus } from '@nestjs/cqrs';
import { DocumentStoreUnavailable } from '@rewards/document-store';
import { invalidOf, openStream, problemOf } from '@rewards/testing/http';
import { ELIXIR, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { until } from '@rewards/testing/until';
import { ExportClaims } from '../src/claims/claims-export.query';
import { ClaimReader, type ClaimRow } from '../src/claims/claims.queries';
import type { PlacedPage } from '../src/read-models/page';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

describe('GET /claims/export', () => {
  let world: QueryWorld;
  let auditor: Caller;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
  });

  afterAll(() => world.close());

  it('returns the claims of the list as a CSV file that is safe to open in spreadsheets', async () => {
    const eventId = randomUUID();
    const accountId = randomUUID();
    await world.directory.insert(accountId, { accountId, email: '+anna@example.com' });
    const { claimed, claimRefused } = factsOfParticipation(eventId, accountId);
    await world.record(
      claimed(20, ELIXIR, {
        claimed: 20,
        remaining: 80,
        requestId: '-1',
        itemCode: 'ITEM_2041',
        target: '루나/아델',
        milestone: 7,
        at: '2026-11-06T01:00:00.000Z',
      }),
      claimRefused({
        requestId: 'b',
        requested: 'all',
        rewardName: '=1+1, "x"',
        type: null,
        code: 'NO_SUCH_REWARD',
        target: '=2+2',
        cycle: '2026-11-05',
        at: '2026-11-06T02:00:00.000Z',
      }),
    );
    const { status, headers, text } = await world.get(`/claims/export?eventId=${eventId}`, auditor);
    expect({ status, type: headers['content-type'], disposition: headers['content-disposition'] }).toEqual({
      status: 200,
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="claims.csv"',
    });
    const rows = (await world.get(`/claims?eventId=${eventId}`, auditor)).body.data as readonly {
      position: string;
      claimId: string | null;
    }[];
    const ids = `${eventId},${accountId},'+anna@example.com`;
    expect(text).toBe(
      [
        '\uFEFFrequestId,eventId,accountId,email,rewardName,type,amount,status,reason,at,position,claimId,milestone,cycle,itemCode,target,deliveryStatus,deliveredAt',
        `b,${ids},"'=1+1, ""x""",,,FAILURE,NO_SUCH_REWARD,2026-11-06T02:00:00.000Z,${rows[0]?.position},,,2026-11-05,,'=2+2,,`,
        `'-1,${ids},${ELIXIR.name},ITEM,20,SUCCESS,,2026-11-06T01:00:00.000Z,${rows[1]?.position},${rows[1]?.claimId},7,,ITEM_2041,루나/아델,,`,
        '',
      ].join('\r\n'),
    );
  });

  it('returns every row once across many pages, and supports the filters of the list', async () => {
    const eventId = randomUUID();
    const { claimRefused } = factsOfParticipation(eventId, randomUUID());
    const requestIds = Array.from({ length: 600 }, (_, index) => `r${index}`);
    await world.record(...requestIds.map((requestId) => claimRefused({ requestId })));
    const { text } = await world.get(`/claims/export?eventId=${eventId}&status=FAILURE`, auditor);
    const [, ...lines] = text.trimEnd().split('\r\n');
    expect(lines.map((line) => line.split(',')[0])).toEqual(requestIds.toReversed());
    const { text: one } = await world.get(`/claims/export?eventId=${eventId}&requestId=r7`, auditor);
    expect(one.trimEnd().split('\r\n')).toHaveLength(2);
    for (const none of ['status=SUCCESS', 'requestId=none', 'email=nobody@example.com']) {
      const { text: header } = await world.get(`/claims/export?eventId=${eventId}&${none}`, auditor);
      expect(header.split('\r\n')).toHaveLength(2);
    }
  });

  it('rejects invalid requests with a problem', async () => {
    for (const query of ['eventId=x', 'limit=10', 'from=yesterday', 'email=a+b@example.com', 'reason=NONSENSE']) {
      expect(await world.get(`/claims/export?${query}`, auditor)).toEqual(invalidOf(query.split('=')[0] ?? ''));
    }
    expect((await world.get('/claims/export', world.person('USER'))).status).toBe(403);
    expect(await world.get('/claims/export', auditor, { 'x-min-position': 'f'.repeat(32) })).toEqual(
      problemOf(503, 'NOT_CAUGHT_UP', {}, { 'retry-after': '1' }),
    );
  });

  it('continues with the account that had the e-mail at the start if another account gets the e-mail', async () => {
    const { accountId } = world.person('USER');
    const eventId = randomUUID();
    const email = `${accountId}@example.com`;
    await world.directory.insert(accountId, { accountId, email });
    const { claimRefused } = factsOfParticipation(eventId, accountId);
    const requestIds = Array.from({ length: 450 }, (_, index) => `r${index}`);
    await world.record(...requestIds.map((requestId) => claimRefused({ requestId })));
    await world.get('/claims?limit=1', auditor);
    const never = new AbortController().signal;
    const pages = await world.service.app.get(QueryBus, { strict: false }).execute(new ExportClaims({ email }, null, never));
    const seen: string[] = [];
    for await (const rows of pages) {
      seen.push(...rows.map(({ requestId }) => requestId));
      const stored = await world.directory.get(accountId);
      if (!stored?.document.email) continue;
      await world.directory.replace(accountId, stored.version, { accountId, email: null });
      const successor = randomUUID();
      await world.directory.insert(successor, { accountId: successor, email });
      await world.record(factsOfParticipation(eventId, successor).claimRefused({ requestId: 'of-the-successor' }));
      await world.get('/claims?limit=1', auditor);
    }
    expect(seen).toEqual(requestIds.toReversed());
    expect((await world.get(`/claims?email=${email}`, auditor)).data.map(({ requestId }: ClaimRow) => requestId)).toEqual([
      'of-the-successor',
    ]);
  });

  describe('while a client reads', () => {
    let endless: PlacedPage<ClaimRow>;
    let page: jest.SpyInstance<Promise<PlacedPage<ClaimRow>>>;

    beforeAll(async () => {
      await world.service.app.listen(0, '127.0.0.1');
      const [row] = (await world.get('/claims?limit=1', auditor)).body.data as readonly ClaimRow[];
      endless = { rows: Array<ClaimRow>(200).fill(row as ClaimRow), places: [], next: 'more' };
      page = jest.spyOn(world.service.app.get(ClaimReader), 'page');
    });
    afterEach(() => page.mockReset());
    afterAll(() => page.mockRestore());

    const open = async (): Promise<IncomingMessage> => {
      const answer = await openStream(world.service.app, { path: '/claims/export', as: auditor });
      return answer.on('error', () => undefined);
    };
    const ended = (answer: IncomingMessage) =>
      new Promise<{ readonly complete: boolean }>((resolve) =>
        answer.resume().on('close', () => resolve({ complete: answer.complete })),
      );

    it('ends the response normally when the export is complete', async () => {
      page.mockResolvedValueOnce(endless).mockResolvedValueOnce({ ...endless, next: null });
      expect(await ended(await open())).toEqual({ complete: true });
    });

    it.each([new DocumentStoreUnavailable('no answer'), new Error('a defect')])(
      'closes the connection when the export cannot be completed: %s',
      async (error) => {
        page.mockResolvedValueOnce(endless).mockResolvedValueOnce(endless).mockRejectedValueOnce(error);
        const answer = await open();
        expect(answer.statusCode).toBe(200);
        expect(await ended(answer)).toEqual({ complete: false });
      },
    );

    it('answers 503 to an eleventh export until one of the ten ends', async () => {
      page.mockResolvedValue(endless);
      const running = await Promise.all(Array.from({ length: 10 }, open));
      const { statusCode, headers } = await open();
      expect([statusCode, headers['retry-after']]).toEqual([503, '1']);
      running[0]?.destroy();
      const next = await until('an export to begin', open, ({ statusCode }) => statusCode === 200);
      for (const answer of [...running, next]) answer.destroy();
    });

    it('reads at the pace of a slow client, and stops when it disconnects', async () => {
      let reads = 0;
      page.mockImplementation(async () => {
        reads += 1;
        return endless;
      });
      const readsPause = () => {
        const seen: number[] = [];
        return until(
          'the reads to pause',
          () => seen.push(reads),
          () => seen.length > 20 && seen.slice(-20).every((count) => count === reads),
        );
      };
      const answer = await until('an export to begin', open, ({ statusCode }) => statusCode === 200);
      await readsPause();
      const whilePaused = reads;
      let received = 0;
      answer.on('data', (chunk: Buffer) => (received += chunk.length));
      await until(
        '30 MB of the export',
        () => received,
        (bytes) => bytes > 30_000_000,
      );
      answer.destroy();
      await readsPause();
      expect(whilePaused).toBeLessThan(reads);
    });
  });
});
