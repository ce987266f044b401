import { randomUUID } from 'node:crypto';
import { streams } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '../../projections/src/testing/facts';
import { createQueryWorld, type Person, type QueryWorld } from '../src/testing/query-world';

describe('time travel', () => {
  let world: QueryWorld;
  let auditor: Person;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
  });

  afterAll(() => world.close());

  beforeEach(() => {
    world.now = Date.parse('2026-11-15T00:00:00.000Z');
  });

  const newAccount = async (): Promise<string> => {
    const accountId = randomUUID();
    await world.directory.insert(accountId, { accountId, email: `${accountId}@example.com` });
    return accountId;
  };
  const loggedIn = (accountId: string, at: string, loginId: string): Fact => ({
    stream: streams.login(accountId, at),
    event: { type: 'LoggedIn', data: { loginId, accountId, at } },
  });

  describe('GET /participations/{eventId}/{accountId}', () => {
    it('folds the stream, now, as of a time, and as of a position', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted, completed, claimed } = factsOfParticipation(eventId, accountId);
      await world.record(started(), counted(1));
      const between = await world.record(counted(2));
      await world.record(counted(3), completed(), claimed(20, ELIXIR, { claimed: 20, remaining: 80 }));
      const asOf = async (query = '') => (await world.get(`/participations/${eventId}/${accountId}${query}`, auditor)).body.data;

      expect(await asOf()).toMatchObject({
        state: {
          status: 'COMPLETED',
          progress: 3,
          required: 3,
          completedAt: '2026-11-05T00:00:00.000Z',
          rewards: [{ ...ELIXIR, claimed: 20, remaining: 80 }, SAUNA],
          logins: [{ loginId: 'login-1' }, { loginId: 'login-2' }, { loginId: 'login-3' }],
          claims: [{ requestId: 'request-20', amount: 20 }],
        },
        revision: 5,
      });
      expect(await asOf(`?asOf=${between}`)).toMatchObject({ state: { status: 'IN_PROGRESS', progress: 2 }, revision: 2 });
      expect(await asOf('?asOf=2026-11-03T00:00:00Z')).toMatchObject({ state: { progress: 2 }, revision: 2 });
      expect(await asOf('?asOf=2026-11-04T00:00:00.000Z')).toMatchObject({ state: { status: 'ELIGIBLE' }, revision: 3 });
      expect(await asOf('?asOf=2026-11-02T23:59:59.999Z')).toEqual({
        state: expect.objectContaining({ status: 'IN_PROGRESS', progress: 1 }) as object,
        facts: [
          { type: 'ParticipationStarted', at: '2026-11-02T00:00:00.000Z', revision: 0, data: started().event.data },
          { type: 'LoginCounted', at: '2026-11-02T00:00:00.000Z', revision: 1, data: counted(1).event.data },
        ],
        revision: 1,
      });
      const nothing = { state: { status: 'NOT_STARTED' }, facts: [], revision: -1 };
      expect(await asOf('?asOf=2026-11-01T00:00:00Z')).toEqual(nothing);
      expect(await asOf(`?asOf=${'0'.repeat(32)}`)).toEqual(nothing);
    });

    it('has nothing of an account that takes no part, and knows no other accounts or events', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      expect((await world.get(`/participations/${eventId}/${accountId}`, auditor)).body.data).toMatchObject({ facts: [] });
      for (const path of [`${eventId}/${randomUUID()}`, `${randomUUID()}/${accountId}`, `x/${accountId}`, `${eventId}/x`]) {
        expect((await world.get(`/participations/${path}`, auditor)).status).toBe(404);
        expect((await world.get(`/participations/${path}/explain`, auditor)).status).toBe(404);
      }
      for (const asOf of ['yesterday', '', '2026-02-30T00:00:00Z']) {
        expect((await world.get(`/participations/${eventId}/${accountId}?asOf=${asOf}`, auditor)).status).toBe(400);
      }
      expect((await world.get(`/participations/${eventId}/${accountId}`, world.person('USER'))).status).toBe(403);
    });
  });

  describe('GET /participations/{eventId}/{accountId}/explain', () => {
    const explain = async (eventId: string, accountId: string) =>
      (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body.data;

    it('says of every login whether it counted, or why not', async () => {
      const [eventId, accountId] = [await world.newEvent({ condition: { type: 'LOGIN_DAYS', count: 3 } }), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      const { paused, resumed } = factsOfEvent(eventId);
      const condition = { type: 'LOGIN_DAYS', count: 3 };
      const begun = started();
      await world.record(
        loggedIn(accountId, '2026-10-31T12:00:00.000Z', 'before'),
        loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'),
        loggedIn(accountId, '2026-11-02T01:00:00.000Z', 'same-day'),
        { ...begun, event: { ...begun.event, data: { ...(begun.event.data as object), condition } } },
        ...[counted(1), paused('2026-11-02T06:00:00.000Z')],
        loggedIn(accountId, '2026-11-02T12:00:00.000Z', 'paused'),
        resumed(),
        ...[loggedIn(accountId, '2026-11-03T00:00:00.000Z', 'login-2'), counted(2)],
        ...[loggedIn(accountId, '2026-11-04T00:00:00.000Z', 'login-3'), counted(3)],
        loggedIn(accountId, '2026-11-05T00:00:00.000Z', 'late'),
      );
      const { completion, claims, logins } = (await explain(eventId, accountId)) as Record<string, readonly unknown[]>;
      expect(completion).toEqual({ allowed: true, code: null, message: 'The condition is met.' });
      expect(claims).toEqual([
        { rewardName: ELIXIR.name, allowed: false, code: 'NOT_COMPLETED', remaining: 100 },
        { rewardName: SAUNA.name, allowed: false, code: 'NOT_COMPLETED', remaining: 5 },
      ]);
      const login = (loginId: string, at: string, day: string, reason: string | null) => ({
        loginId,
        at: `2026-${at}.000Z`,
        day: `2026-${day}`,
        counted: loginId.startsWith('login'),
        reason,
      });
      expect(logins).toEqual([
        login('before', '10-31T12:00:00', '10-31', 'OUTSIDE_WINDOW'),
        login('login-1', '11-02T00:00:00', '11-02', null),
        login('same-day', '11-02T01:00:00', '11-02', 'SAME_DAY'),
        login('paused', '11-02T12:00:00', '11-02', 'PAUSED'),
        login('login-2', '11-03T00:00:00', '11-03', null),
        login('login-3', '11-04T00:00:00', '11-04', null),
        login('late', '11-05T00:00:00', '11-05', 'ALREADY_MET'),
      ]);
    });

    it('names the day of the event, which begins when the event says', async () => {
      const [eventId, accountId] = [await world.newEvent({ dayStartsAt: '05:00' }), await newAccount()];
      await world.record(
        loggedIn(accountId, '2026-11-01T19:59:59.999Z', 'night'),
        loggedIn(accountId, '2026-11-01T20:00:00.000Z', 'morning'),
      );
      const { logins } = (await explain(eventId, accountId)) as Record<string, readonly unknown[]>;
      expect(logins).toMatchObject([
        { loginId: 'night', day: '2026-11-01' },
        { loginId: 'morning', day: '2026-11-02' },
      ]);
    });

    it('says what a completion or a claim would be refused with', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted, completed, claimed } = factsOfParticipation(eventId, accountId);
      const { paused, resumed, deleted } = factsOfEvent(eventId);
      const codes = async () => {
        const { completion, claims } = (await explain(eventId, accountId)) as {
          completion: { allowed: boolean; code: string | null };
          claims: readonly { code: string | null; remaining: number }[];
        };
        return [completion.code, ...claims.map(({ code, remaining }) => `${code} ${remaining}`)];
      };
      expect(await codes()).toEqual(['CONDITION_NOT_MET', 'NOT_COMPLETED 100', 'NOT_COMPLETED 5']);
      await world.record(started(), counted(1), counted(2), counted(3), paused());
      expect(await codes()).toEqual(['EVENT_NOT_OPEN', 'EVENT_NOT_OPEN 100', 'EVENT_NOT_OPEN 5']);
      await world.record(resumed(), completed(), claimed(5, SAUNA, { claimed: 5, remaining: 0 }));
      expect(await codes()).toEqual([null, 'null 100', 'INSUFFICIENT_REMAINING 0']);
      world.now = Date.parse('2026-12-15T00:00:00.000Z');
      expect(await codes()).toEqual([null, 'CLAIMS_CLOSED 100', 'CLAIMS_CLOSED 0']);
      await world.record(deleted());
      expect(await codes()).toEqual(['NOT_FOUND', 'NOT_FOUND 100', 'NOT_FOUND 0']);
    });
  });
});
