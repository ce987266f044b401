import { randomUUID } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryBus } from '@nestjs/cqrs';
import { ELIXIR, factsOfParticipation } from '../../projections/src/testing/facts';
import { until } from '../../projections/src/testing/until';
import { ListClaims } from '../src/claims/claims.queries';
import { createQueryWorld, type Person, type QueryWorld } from '../src/testing/query-world';

describe('GET /claims/export', () => {
  let world: QueryWorld;
  let auditor: Person;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
  });

  afterAll(() => world.close());

  it('answers the claims of the list as a file that spreadsheets open rightly', async () => {
    const eventId = randomUUID();
    const accountId = randomUUID();
    await world.directory.insert(accountId, { accountId, email: '+anna@example.com' });
    const { claimed, claimRefused } = factsOfParticipation(eventId, accountId);
    await world.record(
      claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: '-1', at: '2026-11-06T01:00:00.000Z' }),
      claimRefused({
        requestId: 'b',
        requested: 'all',
        rewardName: '=1+1, "x"',
        type: null,
        code: 'NO_SUCH_REWARD',
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
        '\uFEFFrequestId,eventId,accountId,email,rewardName,type,amount,status,reason,at,position,claimId',
        `b,${ids},"'=1+1, ""x""",,,FAILURE,NO_SUCH_REWARD,2026-11-06T02:00:00.000Z,${rows[0]?.position},`,
        `'-1,${ids},${ELIXIR.name},ITEM,20,SUCCESS,,2026-11-06T01:00:00.000Z,${rows[1]?.position},${rows[1]?.claimId}`,
        '',
      ].join('\r\n'),
    );
  });

  it('has every row once, however many pages they fill, and the filters of the list', async () => {
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

  it('refuses with a problem what it cannot answer', async () => {
    for (const query of ['eventId=x', 'limit=10', 'from=yesterday']) {
      expect(await world.get(`/claims/export?${query}`, auditor)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED' },
      });
    }
    expect((await world.get('/claims/export', world.person('USER'))).status).toBe(403);
    const { statusCode } = await world.service.app.inject({
      url: '/claims/export',
      headers: { authorization: auditor.authorization, 'x-min-position': 'f'.repeat(32) },
    });
    expect(statusCode).toBe(503);
  });

  it('reads no more than a slow client takes, and nothing when it has gone', async () => {
    const { accountId } = world.person('USER');
    const [row] = (await world.get('/claims?limit=1', auditor)).body.data as readonly object[];
    const endless = { rows: Array(200).fill({ ...row, accountId, email: null }), next: 'more' };
    let reads = 0;
    const queries: { execute(query: unknown): Promise<unknown> } = world.service.app.get(QueryBus, { strict: false });
    const execute = queries.execute.bind(queries);
    jest.spyOn(queries, 'execute').mockImplementation(async (query) => {
      if (!(query instanceof ListClaims)) return execute(query);
      reads += 1;
      return endless;
    });
    const standsStill = () => {
      const seen: number[] = [];
      return until(
        () => seen.push(reads),
        () => seen.length > 20 && seen.slice(-20).every((count) => count === reads),
      );
    };

    await world.service.app.listen(0, '127.0.0.1');
    const { port } = world.service.app.getHttpServer().address() as AddressInfo;
    const { authorization } = auditor;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/claims/export', headers: { authorization } }, resolve).on('error', reject).end();
    });
    answer.on('error', () => undefined);
    await standsStill();
    const whilePaused = reads;
    let received = 0;
    answer.on('data', (chunk: Buffer) => (received += chunk.length));
    await until(
      () => received,
      (bytes) => bytes > 30_000_000,
    );
    answer.destroy();
    await standsStill();
    expect(whilePaused).toBeLessThan(reads);
  });
});
