import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatPosition, streams } from '@rewards/contracts';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import {
  ELIXIR,
  factsOfEvent,
  factsOfParticipation,
  SAUNA,
  type Fact,
  rewardResponse,
} from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { until } from '@rewards/testing/until';
import { ParticipationLog } from '../src/time-travel/participation-log';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

/** The page of a response with all facts. */
const LAST_PAGE = { limit: 200, next: null };

describe('time travel', () => {
  let world: QueryWorld;
  let auditor: Caller;

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

  const loginOf = (number: number, changes: object = {}) => {
    const day = `2026-11-0${number + 1}`;
    return { loginId: `login-${number}`, at: `${day}T00:00:00.000Z`, day, ...changes };
  };
  /** Expected state of a participation in the sample event with `progress` logins. */
  const stateOf = (
    status: string,
    progress: number,
    changes: { rewards?: object[]; completedAt?: string; logins?: object[]; claims?: object[] } = {},
  ) => {
    const {
      rewards = [ELIXIR, SAUNA].map((reward) => ({ ...rewardResponse(reward), claimed: 0, remaining: reward.amount })),
      completedAt = null,
    } = changes;
    const milestone = { count: 3, status: status === 'IN_PROGRESS' ? 'LOCKED' : status, completedAt, rewards };
    return {
      ...{ status, cycle: null, progress, required: 3, condition: { type: 'LOGIN_COUNT', count: 3 }, termsVersion: 1 },
      ...{ rewards, milestones: [milestone] },
      logins: Array.from({ length: progress }, (_, index) => loginOf(index + 1)),
      ...{ completedAt, claims: [], ...changes },
    };
  };
  const NOT_STARTED = { status: 'NOT_STARTED', cycle: null };
  /** Expected explanation of a participation in the running sample event, before its completion. */
  const explained = (progress: number, changes: object = {}) => {
    const { completion, claims, logins, ...others } = {
      completion: {
        allowed: false,
        code: 'CONDITION_NOT_MET',
        message: `${progress || 'None'}${progress ? ' of 3' : ''} counted so far.`,
      },
      claims: [ELIXIR, SAUNA].map(({ name, amount }) => ({
        ...{ rewardName: name, allowed: false, code: 'NOT_COMPLETED', remaining: amount },
      })),
      logins: [],
      ...changes,
    };
    return { completion, milestones: [{ count: 3, completion, claims }], claims, logins, ...others };
  };
  const shown = (login: object, reason: string | null = null, counted = reason === null) => ({ ...login, counted, reason });

  describe('GET /participations/{eventId}/{accountId}', () => {
    it('folds the stream as of now, a time and a position', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted, completed, claimed } = factsOfParticipation(eventId, accountId);
      await world.record(started(), counted(1));
      const between = await world.record(counted(2));
      await world.record(counted(3), completed(), claimed(20, ELIXIR, { claimed: 20, remaining: 80 }));
      const asOf = async (query = '') => (await world.get(`/participations/${eventId}/${accountId}${query}`, auditor)).body.data;

      const claim = claimed(20, ELIXIR, { claimed: 20, remaining: 80 });
      const facts = [started(), counted(1), counted(2), counted(3), completed(), claim].map(
        ({ event: { type, data } }, revision) => ({
          ...{ type, at: (data as { at: string }).at, revision, data },
        }),
      );
      const at = (revision: number, status: string, changes: object = {}) => ({
        state: stateOf(status, Math.min(revision, 3), changes),
        facts: facts.slice(0, revision + 1),
        revision,
        page: LAST_PAGE,
      });
      const { event } = claim;
      const { eventId: _, accountId: __, rewardName: name, ...granted } = event.data as Record<string, unknown>;
      expect(await asOf()).toEqual(
        at(5, 'COMPLETED', {
          completedAt: '2026-11-05T00:00:00.000Z',
          rewards: [
            { ...rewardResponse(ELIXIR), claimed: 20, remaining: 80 },
            { ...rewardResponse(SAUNA), claimed: 0, remaining: 5 },
          ],
          claims: [{ name, ...granted }],
        }),
      );
      expect(await asOf(`?asOf=${between}`)).toEqual(at(2, 'IN_PROGRESS'));
      expect(await asOf('?asOf=2026-11-03T00:00:00Z')).toEqual(at(2, 'IN_PROGRESS'));
      expect(await asOf('?asOf=2026-11-04T00:00:00.000Z')).toEqual(at(3, 'ELIGIBLE'));
      expect(await asOf('?asOf=2026-11-02T23:59:59.999Z')).toEqual(at(1, 'IN_PROGRESS'));
      const nothing = { state: NOT_STARTED, facts: [], revision: -1, page: LAST_PAGE };
      expect(await asOf('?asOf=2026-11-01T00:00:00Z')).toEqual(nothing);
      expect(await asOf(`?asOf=${'0'.repeat(32)}`)).toEqual(nothing);
      const token = between + ((await world.store.eventIdAt(between)) ?? '').replaceAll('-', '').slice(0, 16);
      expect(await asOf(`?asOf=${token}`)).toEqual(at(2, 'IN_PROGRESS'));
      for (const unknownPlace of ['f'.repeat(32), formatPosition(1, 2), between + '0'.repeat(16)]) {
        const answer = await world.get(`/participations/${eventId}/${accountId}?asOf=${unknownPlace}`, auditor);
        expect(answer).toEqual(invalidOf('asOf'));
      }
    });

    it('is empty for an account that does not participate, and answers 404 for unknown accounts and events', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      expect(await world.get(`/participations/${eventId}/${accountId}`, auditor)).toEqual(
        dataOf(200, { state: NOT_STARTED, facts: [], revision: -1, page: LAST_PAGE }),
      );
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

  describe('with a long stream', () => {
    const CLAIMS = 2_500;
    const MAX_LISTED = 1_000;
    const MIB = 1_048_576;
    let path: string;
    let accountId: string;
    let middle: string;

    const claims = (from: number, to: number): Fact[] => {
      const { claimed } = factsOfParticipation(path.split('/')[2] ?? '', accountId);
      return Array.from({ length: to - from }, (_, index) => {
        const number = from + index;
        const requestId = String(number).padStart(100, '0');
        const reward = { ...ELIXIR, name: '비'.repeat(100) };
        return claimed(1, reward, { requestId, claimed: number + 1, remaining: CLAIMS - number - 1 });
      });
    };

    beforeAll(async () => {
      const eventId = await world.newEvent();
      accountId = await newAccount();
      path = `/participations/${eventId}/${accountId}`;
      const { started, counted, completed } = factsOfParticipation(eventId, accountId);
      const rewards = [{ ...ELIXIR, name: '비'.repeat(100), amount: CLAIMS }];
      await world.record(started(), counted(1), counted(2), counted(3), completed(rewards));
      for (let from = 0; from < CLAIMS; from += 500) {
        const position = await world.record(...claims(from, from + 500));
        if (from === 0) middle = position;
      }
    });

    const read = async (query: string) => {
      const response = await world.get(`${path}?${query}`, auditor);
      expect(response.status).toBe(200);
      return response;
    };
    const remainingIn = (state: { readonly rewards: readonly { readonly remaining: number }[] }) => state.rewards[0]?.remaining;

    it('pages through all facts, and shows the whole state on every page', async () => {
      const revisions: number[] = [];
      for (let next: number | null = 0; next !== null;) {
        const { data } = await read(`fromRevision=${next}&limit=300`);
        expect([data.revision, data.page.limit, remainingIn(data.state)]).toEqual([CLAIMS + 4, 300, 0]);
        expect(data.facts.length).toBeLessThanOrEqual(300);
        revisions.push(...data.facts.map(({ revision }: { readonly revision: number }) => revision));
        next = data.page.next;
      }
      expect(revisions).toEqual(Array.from({ length: CLAIMS + 5 }, (_, revision) => revision));
    });

    it('starts at revision 0 with 200 facts by default, and has no page after the last fact', async () => {
      const { data } = await read('');
      expect([data.facts.length, data.facts[0].revision, data.page]).toEqual([200, 0, { limit: 200, next: 200 }]);
      const last = (await read(`fromRevision=${CLAIMS + 4}&limit=1`)).data;
      expect([last.facts.length, last.page]).toEqual([1, { limit: 1, next: null }]);
      const none = (await read(`fromRevision=${CLAIMS + 5}`)).data;
      expect([none.facts, none.revision, none.page, remainingIn(none.state)]).toEqual([[], CLAIMS + 4, LAST_PAGE, 0]);
    });

    it('pages through the facts as of a position', async () => {
      const { data } = await read(`asOf=${middle}&fromRevision=500&limit=10`);
      expect([data.facts.length, data.revision, data.page.next, remainingIn(data.state)]).toEqual([5, 504, null, CLAIMS - 500]);
    });

    it('limits the size of every response', async () => {
      for (const query of ['limit=1000', `limit=1000&fromRevision=1200`]) {
        const { text, data } = await read(query);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MIB);
        expect([data.state.claims.length, data.state.omittedClaims]).toEqual([MAX_LISTED, CLAIMS - MAX_LISTED]);
        expect(data.state.claims.at(-1).requestId).toBe(String(CLAIMS - 1).padStart(100, '0'));
      }
    });

    it('lists the newest logins of an explanation, and the number of the others', async () => {
      const at = (login: number) => new Date(Date.parse('2026-11-10T00:00:00.000Z') + login).toISOString();
      const logins = Array.from({ length: MAX_LISTED + 7 }, (_, login) => loggedIn(accountId, at(login), `more-${login}`));
      await world.record(...logins);
      const { data } = await world.get(`${path}/explain`, auditor);
      expect([data.logins.length, data.omittedLogins]).toEqual([MAX_LISTED, 7]);
      expect(data.logins.at(-1).loginId).toBe(`more-${MAX_LISTED + 6}`);
    });

    it.each(['limit=0', 'limit=1001', 'limit=01', 'fromRevision=-1', 'fromRevision=x', 'fromRevision=1&fromRevision=2'])(
      'rejects %s',
      async (query) => {
        expect(await world.get(`${path}?${query}`, auditor)).toEqual(invalidOf(query.split('=')[0] ?? ''));
      },
    );
  });

  describe('with unreadable events or an unknown time zone', () => {
    const broken = ({ stream, event: { type } }: Fact): Fact => ({ stream, event: { type, data: null } });
    type Unreadable = { readonly stream: string; readonly revision: number };
    const answers = async (eventId: string, accountId: string) => {
      const path = `/participations/${eventId}/${accountId}`;
      const [past, explanation] = [await world.get(path, auditor), await world.get(`${path}/explain`, auditor)];
      return { past, explanation };
    };
    const blocked = (message: string) => ({
      completion: { allowed: false, code: 'UNAVAILABLE', message },
      claims: [ELIXIR, SAUNA].map(({ name, amount }) => ({
        ...{ rewardName: name, allowed: false, code: 'UNAVAILABLE', remaining: amount },
      })),
    });

    it('shows only recorded days if the time zone is unknown', async () => {
      const eventId = await world.newEvent({ timeZone: '+09:00', condition: { type: 'LOGIN_DAYS', count: 3 } });
      const accountId = await newAccount();
      const { started, counted } = factsOfParticipation(eventId, accountId);
      await world.record(
        ...[loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), counted(1)],
        loggedIn(accountId, '2026-11-03T00:00:00.000Z', 'deferred'),
      );
      const { past, explanation } = await answers(eventId, accountId);
      const condition = { type: 'LOGIN_DAYS', count: 3 };
      expect([past.status, past.data.state]).toEqual([200, { ...stateOf('IN_PROGRESS', 1), condition }]);
      const message = '1 of 3 counted so far. New logins are deferred because the time zone +09:00 is unknown to this service.';
      const deferred = { loginId: 'deferred', at: '2026-11-03T00:00:00.000Z', day: null };
      expect(explanation).toEqual(
        dataOf(
          200,
          explained(1, {
            completion: { allowed: false, code: 'CONDITION_NOT_MET', message },
            logins: [shown(loginOf(1)), shown(deferred, null, false)],
          }),
        ),
      );
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

    it('shows the events of a participation with an unreadable event, and allows no claim', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { stream, started, counted, completed } = factsOfParticipation(eventId, accountId);
      const readable = await appendFacts(world.store, [started(), counted(1)]);
      await appendFacts(world.store, [broken(counted(2)), counted(3), completed()]);
      const { past, explanation } = await answers(eventId, accountId);
      const message = `Event 2 (LoginCounted) of ${stream} cannot be read by this version of the program.`;
      const unreadable = [{ stream, revision: 2, type: 'LoginCounted', message }];
      const facts = [started(), counted(1), broken(counted(2)), counted(3), completed()].map(
        ({ event: { type, data } }, revision) => ({
          ...{ type, at: expect.any(String) as string, revision, data },
        }),
      );
      const state = stateOf('IN_PROGRESS', 1);
      expect(past).toEqual(dataOf(200, { state, facts, revision: 4, page: LAST_PAGE, unreadable }));
      expect(explanation).toEqual(dataOf(200, { ...explained(1, blocked(message)), unreadable }));
      const before = await world.get(`/participations/${eventId}/${accountId}?asOf=${readable}`, auditor);
      expect(before).toEqual(dataOf(200, { state, facts: facts.slice(0, 2), revision: 1, page: LAST_PAGE }));
    });

    it('allows no claim if an event of the reward event is unreadable', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { paused, created } = factsOfEvent(eventId);
      await appendFacts(world.store, [broken(paused())]);
      const { past, explanation } = await answers(eventId, accountId);
      const message = `Event 4 (RewardEventPaused) of ${streams.rewardEvent(eventId)} cannot be read by this version of the program.`;
      expect(past.status).toBe(200);
      expect(explanation.data).toEqual(explained(0, { ...blocked(message), unreadable: expect.any(Array) }));

      const other = randomUUID();
      await appendFacts(world.store, [{ ...broken(created()), stream: streams.rewardEvent(other) }]);
      for (const answer of Object.values(await answers(other, accountId))) {
        expect(answer).toEqual(problemOf(503, 'UNAVAILABLE'));
        expect(answer.body).toHaveProperty(
          'detail',
          expect.stringContaining(`Event 0 (RewardEventCreated) of rewardEvent-${other}`),
        );
      }
    });

    it('explains the other logins if a login is unreadable, and blocks nothing', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const login = loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1');
      await appendFacts(
        world.store,
        [broken(login), login, loggedIn(accountId, 'yesterday', 'x')].map((fact) => ({ ...fact, stream: login.stream })),
      );
      const { unreadable, ...rest } = (await answers(eventId, accountId)).explanation.data;
      expect(rest).toEqual(explained(0, { logins: [shown(loginOf(1), null, false)] }));
      expect(unreadable.map(({ stream, revision }: Unreadable) => [stream, revision])).toEqual([
        [login.stream, 0],
        [login.stream, 2],
      ]);
    });
  });

  describe('logins dated far ahead', () => {
    const FAR = '2099-01-02T00:00:00.000Z';

    it('do not hide later events, and are part of the explanation', async () => {
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
      const far = { loginId: 'far', at: FAR, day: '2099-01-02' };
      expect((await asOf('2026-11-15T00:00:00Z')).state).toEqual(stateOf('IN_PROGRESS', 2, { logins: [far, loginOf(2)] }));
      expect((await asOf('2026-11-02T00:00:00Z')).state).toEqual(stateOf('IN_PROGRESS', 1, { logins: [far] }));
      const { data } = await world.get(`/participations/${eventId}/${accountId}/explain`, auditor);
      expect(data.logins).toEqual([shown(loginOf(2)), shown(far)]);
    });
  });

  describe('GET /participations/{eventId}/{accountId}/explain', () => {
    it('shows the recorded day, even if current zone data give another one', async () => {
      const [eventId, accountId] = [await world.newEvent({ condition: { type: 'LOGIN_DAYS', count: 3 } }), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      const fact = counted(1);
      const recorded = { ...fact, event: { ...fact.event, data: { ...(fact.event.data as object), day: '2026-11-01' } } };
      await world.record(loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), recorded);
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect(data.logins).toEqual([shown(loginOf(1, { day: '2026-11-01' }))]);
    });

    it('counts a login id of several months once, at the time that was counted', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      await world.record(
        loggedIn(accountId, '2026-10-30T00:00:00.000Z', 'login-1'),
        ...[loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'), started(), counted(1)],
        loggedIn(accountId, '2026-12-02T00:00:00.000Z', 'login-1'),
      );
      world.now = Date.parse('2026-12-10T00:00:00.000Z');
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect(data.logins).toEqual([
        shown(loginOf(1, { at: '2026-10-30T00:00:00.000Z', day: '2026-10-30' }), 'OUTSIDE_WINDOW'),
        shown(loginOf(1)),
        shown(loginOf(1, { at: '2026-12-02T00:00:00.000Z', day: '2026-12-02' }), 'REPEATED'),
      ]);
    });

    it.each([
      ['CONTINUE' as const, null],
      [undefined, 'PAUSED'],
    ])('explains a login in a pause with counting %p', async (counting, reason) => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      await world.record(factsOfEvent(eventId).paused('2026-11-02T00:00:00.000Z', counting));
      await world.record(loggedIn(accountId, '2026-11-02T12:00:00.000Z', 'one'));
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect([data.logins, data.completion.code]).toEqual([
        [{ loginId: 'one', at: '2026-11-02T12:00:00.000Z', day: '2026-11-02', counted: false, reason }],
        'EVENT_NOT_OPEN',
      ]);
    });

    it('explains that a reward is on hold', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { started, counted, completed } = factsOfParticipation(eventId, accountId);
      await world.record(started(), counted(1), counted(2), counted(3), completed(), factsOfEvent(eventId).held(ELIXIR.name));
      const { data } = (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body;
      expect(data.claims).toEqual([
        { rewardName: ELIXIR.name, allowed: false, code: 'REWARD_ON_HOLD', remaining: 100 },
        { rewardName: SAUNA.name, allowed: true, code: null, remaining: 5 },
      ]);
    });

    it('judges a login of an unpublished event by its next publication', async () => {
      const [eventId, accountId] = [await world.newEvent(), await newAccount()];
      const { unpublished, changed, published } = factsOfEvent(eventId);
      const login = { loginId: 'one', at: '2026-10-20T00:00:00.000Z', day: '2026-10-20' };
      const logins = async () => (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body.data.logins;
      await world.record(
        unpublished(),
        loggedIn(accountId, login.at, login.loginId),
        changed({ startsAt: '2026-10-19T00:00:00.000Z' }),
      );
      expect(await logins()).toEqual([shown(login, 'OUTSIDE_WINDOW')]);
      await world.record(published('2026-10-21T00:00:00.000Z'));
      expect(await logins()).toEqual([shown(login, null, false)]);
    });

    it('answers 60 concurrent clients about an event since 1970', async () => {
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
      const login = { loginId: 'one', at: '2026-11-03T00:00:00.000Z', day: '2026-11-03' };
      for (const answer of all) expect(answer).toEqual(dataOf(200, explained(0, { logins: [shown(login, null, false)] })));
    });

    it('stops its reads when the client disconnects', async () => {
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
      // Two more than the limit: the waiting ones stop too.
      const clients = Array.from({ length: 6 }, () =>
        request({ port, host: '127.0.0.1', path: `/participations/${eventId}/${accountId}/explain`, headers: { authorization } })
          .on('error', () => undefined)
          .end(),
      );
      await until(
        'four reads of the log',
        () => signals.length,
        (count) => count === 4,
      );
      for (const client of clients) client.destroy();
      await until('every read of the log to be aborted', () => signals.every(({ aborted }) => aborted));
      logins.mockRestore();
      expect((await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).status).toBe(200);
      expect(signals.length).toBeLessThan(7);
    });

    const explain = async (eventId: string, accountId: string) =>
      (await world.get(`/participations/${eventId}/${accountId}/explain`, auditor)).body.data;

    it('shows for every login whether it counted, or why not', async () => {
      const [eventId, accountId] = [await world.newEvent({ condition: { type: 'LOGIN_DAYS', count: 3 } }), await newAccount()];
      const { started, counted } = factsOfParticipation(eventId, accountId);
      const { paused, resumed } = factsOfEvent(eventId);
      await world.record(
        loggedIn(accountId, '2026-10-31T12:00:00.000Z', 'before'),
        loggedIn(accountId, '2026-11-02T00:00:00.000Z', 'login-1'),
        loggedIn(accountId, '2026-11-02T01:00:00.000Z', 'same-day'),
        ...[started(), counted(1), paused('2026-11-02T06:00:00.000Z')],
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

    it('computes the day by the start of the day of the event', async () => {
      const [eventId, accountId] = [await world.newEvent({ dayStartsAt: '05:00' }), await newAccount()];
      await world.record(
        loggedIn(accountId, '2026-11-01T19:59:59.999Z', 'night'),
        loggedIn(accountId, '2026-11-01T20:00:00.000Z', 'morning'),
      );
      const { logins } = (await explain(eventId, accountId)) as Record<string, readonly unknown[]>;
      expect(logins).toEqual([
        shown({ loginId: 'night', at: '2026-11-01T19:59:59.999Z', day: '2026-11-01' }, null, false),
        shown({ loginId: 'morning', at: '2026-11-01T20:00:00.000Z', day: '2026-11-02' }, null, false),
      ]);
    });

    it('shows the codes with which a completion or a claim would be rejected', async () => {
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
