import { randomUUID } from 'node:crypto';
import { formatPosition, parsePosition, streams } from '@rewards/contracts';
import { factsOfParticipation, type Fact } from '@rewards/contracts/testing/sample-events';
import { problemBody, type HttpResponse } from '@rewards/testing/http';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

const loggedIn = ({ accountId }: Caller, loginId: string, at = '2026-11-15T00:00:00.000Z'): Fact => ({
  stream: streams.login(accountId, at),
  event: { type: 'LoggedIn', data: { loginId, accountId, at } },
});

describe('a query with afterLogin', () => {
  let world: QueryWorld;
  let eventId: string;
  let player: Caller;
  let loginId: string;

  beforeAll(async () => {
    world = await createQueryWorld();
    eventId = await world.newEvent();
  });
  beforeEach(() => {
    player = world.person('USER');
    loginId = randomUUID();
  });
  afterAll(() => world.close());

  /** Sends a query without X-Min-Position. */
  const read = (path: string): Promise<HttpResponse> => world.get(path, player, {});
  const progress = (id = loginId) => read(`/events/${eventId}/progress?afterLogin=${id}`);
  const counted = (): Fact[] => {
    const { started, counted: count } = factsOfParticipation(eventId, player.accountId);
    return [started(), count(1)];
  };
  const expectNotCounted = ({ status, headers, body }: HttpResponse) => {
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body).toEqual({
      ...problemBody(503, 'NOT_CAUGHT_UP'),
      detail: 'The login in afterLogin has not been counted yet, or this account has no such login. Retry shortly.',
    });
  };

  it('waits until the login is recorded, the counter has passed it and the read models show it', async () => {
    const answers = Promise.all([progress(), read(`/participations?afterLogin=${loginId}`)]);
    await world.record(loggedIn(player, loginId));
    await world.record(...counted());
    await world.counterReached();
    const [one, list] = await answers;
    expect([one.status, one.data.progress]).toEqual([200, 1]);
    expect([list.status, list.data[0].progress]).toEqual([200, 1]);
  });

  it('answers as soon as the login was judged not to count', async () => {
    await world.record(loggedIn(player, loginId));
    await world.counterReached();
    const { status, progress: shown } = (await progress()).data;
    expect([status, shown]).toEqual(['NOT_STARTED', 0]);
  });

  it('waits for the backfill of the event, which counts the logins until it has finished', async () => {
    const backfilled = await world.newEvent({ startsAt: '2025-11-01T00:00:00.000Z' });
    await world.record(loggedIn(player, loginId));
    await world.counterReached();
    const read = () => world.get(`/events/${backfilled}/progress?afterLogin=${loginId}`, player, {});
    expectNotCounted(await read());
    const { started, counted: count } = factsOfParticipation(backfilled, player.accountId);
    const answer = read();
    await world.record(started(), count(1));
    const at = '2026-11-15T00:00:00.000Z';
    const data = { eventId: backfilled, position: await world.store.head(), at };
    await world.record({ stream: streams.backfill(backfilled), event: { type: 'LoginsBackfilled', data } });
    expect([(await answer).status, (await answer).data.progress]).toEqual([200, 1]);
  });

  it('finds a login of an earlier month', async () => {
    const { accountId } = player;
    const at = '2026-07-31T23:59:59.999Z';
    await world.record(
      { stream: streams.account(accountId), event: { type: 'AccountRegistered', data: { accountId, at } } },
      loggedIn(player, loginId, at),
    );
    await world.counterReached();
    expect((await progress()).status).toBe(200);
  });

  it.each([
    ['the counter has not passed it', () => world.record(loggedIn(player, loginId))],
    ['it is unknown', () => world.counterReached()],
    [
      'it is of another account',
      async () => {
        await world.record(loggedIn(world.person('USER'), loginId));
        await world.counterReached();
      },
    ],
  ])('answers NOT_CAUGHT_UP within about two seconds if %s', async (_when, given) => {
    await given();
    const start = performance.now();
    expectNotCounted(await progress());
    const waitedMs = performance.now() - start;
    expect(waitedMs).toBeGreaterThanOrEqual(2_000);
    expect(waitedMs).toBeLessThan(4_000);
  });

  it.each(['', 'x', `${randomUUID()}0`, randomUUID().toUpperCase()])('rejects the malformed loginId %j', async (malformed) => {
    for (const { status, body } of [await progress(malformed), await read(`/participations?afterLogin=${malformed}`)]) {
      const errors = [{ field: 'afterLogin', message: 'must be the loginId of a login response' }];
      expect([status, body]).toEqual([400, problemBody(400, 'VALIDATION_FAILED', { errors })]);
    }
  });

  // Runs last, because a checkpoint never moves back.
  it.each([
    ['of another log', randomUUID],
    ['past the end of the log', () => world.store.logId()],
  ])('does not accept a checkpoint %s', async (_what, logId) => {
    await world.record(loggedIn(player, loginId));
    const { commit } = parsePosition(await world.store.head());
    await world.counterReached({ logId: await logId(), position: formatPosition(commit + 100n), eventId: randomUUID() });
    expectNotCounted(await progress());
  });
});
