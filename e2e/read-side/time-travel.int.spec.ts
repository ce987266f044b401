import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatPosition, streams } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { append } from '@rewards/event-store/testing/append-facts';
import { until } from '../../projections/src/testing/until';
import { ParticipationLog } from '../../query-service/src/time-travel/participation-log';
import { createQueryWorld, type Person, type QueryWorld } from './testing/query-world';

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
      const token = between + ((await world.log.eventIdAt(between)) ?? '').replaceAll('-', '').slice(0, 16);
      expect(await asOf(`?asOf=${token}`)).toMatchObject({ revision: 2 });
      for (const noPlace of ['f'.repeat(32), formatPosition(1, 2), between + '0'.repeat(16)]) {
        const answer = await world.get(`/participations/${eventId}/${accountId}?asOf=${noPlace}`, auditor);
        expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: 'asOf' }] } });
      }
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

  describe('what cannot be read or computed here', () => {
    const broken = ({ stream, event: { type } }: Fact): Fact => ({ stream, event: { type, data: null } });
    type Unreadable = { readonly stream: string; readonly revision: number };
    const answers = async (eventId: string, accountId: string) => {
      const path = `/participations/${eventId}/${accountId}`;
      const [past, explained] = [await world.get(path, auditor), await world.get(`${path}/explain`, auditor)];
      return { past, explained };
    };
    const blocked = (message: string) => ({ completion: { allowed: false, code: 'UNAVAILABLE', message } });

    it('is the day of a login in an unknown time zone, unless it was recorded', async () => {
      const eventId = await world.newEvent({ timeZone: '+09:00', condition: { type: 'LOGIN_DAYS', count: 3 } });
      const accountId = await newAccount();
      const { started, counted } = factsOfParticipation(eventId, accountId);
      await world.record(
        ...[loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), counted(1)],
        loggedIn(accountId, '2026-11-03T00:00:00.000Z', 'waits'),
      );
      const { past, explained } = await answers(eventId, accountId);
      expect(past).toMatchObject({ status: 200, body: { data: { state: { progress: 1 } } } });
      expect(explained).toMatchObject({
        status: 200,
        body: {
          data: {
            completion: {
              code: 'CONDITION_NOT_MET',
              message: '1 of 3 counted so far. This service does not know the time zone +09:00: logins wait.',
            },
            logins: [
              { loginId: 'login-1', day: '2026-11-02', counted: true },
              { loginId: 'waits', day: null, counted: false, reason: null },
            ],
          },
        },
      });
      for (const path of [
        `/events/${eventId}`,
        `/events/${eventId}/statistics`,
        `/events/${eventId}/participations`,
        '/events',
      ]) {
        expect((await world.get(path, auditor)).status).toBe(200);
      }
      expect((await world.get(`/events/${eventId}/progress`, world.person('USER'))).status).toBe(200);
    });

    it('is an event of the participation: its events are shown, and no claim is promised', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { stream, started, counted, completed } = factsOfParticipation(eventId, accountId);
      const readable = await append(world.log, [started(), counted(1)]);
      await append(world.log, [broken(counted(2)), counted(3), completed()]);
      const { past, explained } = await answers(eventId, accountId);
      const message = `Event 2 (LoginCounted) of ${stream} cannot be read by this version of the program.`;
      const unreadable = [{ stream, revision: 2, type: 'LoginCounted', message }];
      expect(past).toMatchObject({ status: 200, body: { data: { state: { progress: 1 }, revision: 4, unreadable } } });
      expect(explained).toMatchObject({
        status: 200,
        body: { data: { ...blocked(message), claims: [{ allowed: false, code: 'UNAVAILABLE' }, {}], unreadable } },
      });
      const before = await world.get(`/participations/${eventId}/${accountId}?asOf=${readable}`, auditor);
      expect(before.body.data).toMatchObject({ state: { progress: 1 }, revision: 1 });
      expect(before.body.data).not.toHaveProperty('unreadable');
    });

    it('is an event of the reward event', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { paused, created } = factsOfEvent(eventId);
      await append(world.log, [broken(paused())]);
      const { past, explained } = await answers(eventId, accountId);
      const message = `Event 4 (RewardEventPaused) of ${streams.rewardEvent(eventId)} cannot be read by this version of the program.`;
      expect(past.status).toBe(200);
      expect(explained).toMatchObject({ status: 200, body: { data: blocked(message) } });

      const other = randomUUID();
      await append(world.log, [{ ...broken(created()), stream: streams.rewardEvent(other) }]);
      for (const { status, body } of Object.values(await answers(other, accountId))) {
        expect({ status, body }).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
        expect(body).toHaveProperty('detail', expect.stringContaining(`Event 0 (RewardEventCreated) of rewardEvent-${other}`));
      }
    });

    it('is a login: the others are explained, and nothing else depends on it', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const login = loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1');
      await append(
        world.log,
        [broken(login), login, loggedIn(accountId, 'yesterday', 'x')].map((fact) => ({ ...fact, stream: login.stream })),
      );
      const { data } = (await answers(eventId, accountId)).explained.body as { data: { unreadable: readonly Unreadable[] } };
      expect(data).toMatchObject({ completion: { code: 'CONDITION_NOT_MET' }, logins: [{ loginId: 'login-1' }] });
      expect(data.unreadable.map(({ stream, revision }) => [stream, revision])).toEqual([
        [login.stream, 0],
        [login.stream, 2],
      ]);
    });
  });

  describe('logins dated far ahead', () => {
    const FAR = '2099-01-02T00:00:00.000Z';

    it('neither hide what was recorded after them, nor are they left out of the explanation', async () => {
      const [eventId, accountId] = [await world.newEvent({ endsAt: '2100-01-01T00:00:00.000Z' }), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      const dated = (fact: Fact, data: object): Fact => ({
        ...fact,
        event: { ...fact.event, data: { ...(fact.event.data as object), ...data } },
      });
      await world.record(
        loggedIn(accountId, FAR, 'far'),
        dated(started(), { at: FAR }),
        dated(counted(1), { at: FAR, loginId: 'far', day: '2099-01-02' }),
        ...[loggedIn(accountId, '2026-11-03T00:00:00.000Z', 'login-2'), counted(2)],
      );
      const asOf = async (at: string) =>
        (await world.get(`/participations/${eventId}/${accountId}?asOf=${at}`, auditor)).body.data as { state: object };
      expect((await asOf('2026-11-15T00:00:00Z')).state).toMatchObject({ status: 'IN_PROGRESS', progress: 2 });
      expect((await asOf('2026-11-02T00:00:00Z')).state).toMatchObject({ progress: 1 });
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body as {
        data: { logins: readonly object[] };
      };
      expect(data.logins).toMatchObject([
        { loginId: 'login-2', counted: true },
        { loginId: 'far', at: FAR, day: '2099-01-02', counted: true },
      ]);
    });
  });

  describe('GET /participations/{eventId}/{accountId}/explain', () => {
    it('shows the recorded day, whatever the zone data of today say', async () => {
      const [eventId, accountId] = [await world.newEvent({ condition: { type: 'LOGIN_DAYS', count: 3 } }), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      const fact = counted(1);
      const recorded = { ...fact, event: { ...fact.event, data: { ...(fact.event.data as object), day: '2026-11-01' } } };
      await world.record(loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), recorded);
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect(data).toMatchObject({ logins: [{ loginId: 'login-1', day: '2026-11-01', counted: true, reason: null }] });
    });

    it('counts a login id that two months have once, at the time that counted', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      await world.record(
        loggedIn(accountId, '2026-10-30T00:00:00.000Z', 'login-1'),
        ...[loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), counted(1)],
        loggedIn(accountId, '2026-12-02T00:00:00.000Z', 'login-1'),
      );
      world.now = Date.parse('2026-12-10T00:00:00.000Z');
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect(data).toMatchObject({
        logins: [
          { at: '2026-10-30T00:00:00.000Z', counted: false, reason: 'OUTSIDE_WINDOW' },
          { at: '2026-11-02T00:00:00.000Z', counted: true, reason: null },
          { at: '2026-12-02T00:00:00.000Z', counted: false, reason: 'REPEATED' },
        ],
      });
    });

    it('answers 60 clients at once about an event since 1970', async () => {
      const [eventId, accountId] = [await world.newEvent({ startsAt: '1970-01-01T00:00:00.000Z' }), await newAccount()];
      await world.record({
        stream: streams.account(accountId),
        event: {
          type: 'AccountRegistered',
          data: { messageId: 'm', accountId, roles: ['USER'], at: '2026-11-01T00:00:00.000Z' },
        },
      });
      await world.record(loggedIn(accountId, '2026-11-03T00:00:00.000Z', 'one'));
      const path = `/participations/${eventId}/${accountId}`;
      const all = await Promise.all(Array.from({ length: 60 }, () => world.get(`${path}/explain`, auditor)));
      for (const { status, body } of all) {
        expect({ status, body }).toMatchObject({ status: 200, body: { data: { logins: [{ loginId: 'one' }] } } });
      }
    });

    it('ends its reads when the client leaves', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const signals: AbortSignal[] = [];
      const log = world.service.app.get(ParticipationLog);
      const logins = jest.spyOn(log, 'logins').mockImplementation(async (_wanted, signal) => {
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw signal.reason;
      });
      await world.service.app.listen(0, '127.0.0.1');
      const { port } = world.service.app.getHttpServer().address() as AddressInfo;
      const { authorization } = auditor;
      // Two more than run at a time: those that wait leave too.
      const clients = Array.from({ length: 6 }, () =>
        request({ port, host: '127.0.0.1', path: `/participations/${eventId}/${accountId}/explain`, headers: { authorization } })
          .on('error', () => undefined)
          .end(),
      );
      await until(
        () => signals.length,
        (count) => count === 4,
      );
      for (const client of clients) client.destroy();
      await until(
        () => signals.every(({ aborted }) => aborted),
        (isEnded) => isEnded,
      );
      logins.mockRestore();
      expect((await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).status).toBe(200);
      expect(signals.length).toBeLessThan(7);
    });

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
