import { randomUUID } from 'node:crypto';
import { automaticRequestId, streams } from '@rewards/contracts';
import {
  ELIXIR,
  eventRewardResponse,
  factsOfEvent,
  factsOfParticipation,
  rewardResponse,
  SAUNA,
  type Fact,
} from '@rewards/contracts/testing/sample-events';
import { invalidOf, problemOf } from '@rewards/testing/http';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

type Row = Record<string, unknown>;

const only = (row: Row, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, row[name]]));
const NOTHING = { claimed: 0, remaining: 0 };
const untouched = (reward: typeof ELIXIR) => ({ ...rewardResponse(reward), claimed: 0, remaining: reward.amount });
const TEA = { name: '차', type: 'ITEM', amount: 2 } as const;
/** Seven days, with a reward on the first and on the third. */
const CALENDAR = {
  condition: { type: 'LOGIN_DAYS', count: 7 },
  milestones: [
    { count: 1, rewards: [TEA] },
    { count: 3, rewards: [SAUNA, TEA] },
  ],
} as const;
const WEEKLY = { ...CALENDAR, cycle: 'WEEK', endsAt: '2026-11-30T00:00:00.000Z' } as const;

describe('milestones and cycles in queries', () => {
  let world: QueryWorld;
  let [player, auditor] = [] as unknown as [Caller, Caller];
  let email: string;

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
  });

  afterAll(() => world.close());

  beforeEach(async () => {
    world.now = Date.parse('2026-11-15T00:00:00.000Z');
    player = world.person('USER');
    email = `${player.accountId}@example.com`;
    await world.directory.insert(player.accountId, { accountId: player.accountId, email });
  });

  const dataOf = async (path: string, who = auditor): Promise<never> => {
    const { status, body } = await world.get(path, who);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body.data as never;
  };
  const rowsOf = (path: string, who = auditor): Promise<readonly Row[]> => dataOf(path, who);
  const loggedIn = (loginId: string, at: string): Fact => ({
    stream: streams.login(player.accountId, at),
    event: { type: 'LoggedIn', data: { loginId, accountId: player.accountId, at } },
  });

  /** A calendar in which the player reached two milestones, completed the first and claimed half of the second. */
  const halfway = async () => {
    const eventId = await world.newEvent(CALENDAR);
    const { started, counted, completed, claimed } = factsOfParticipation(eventId, player.accountId);
    const open = { conditionMet: false };
    await world.record(
      ...[started(), counted(1, { ...open, reached: [1] }), counted(2, open), counted(3, { ...open, reached: [3] })],
      completed([TEA], '2026-11-04T01:00:00.000Z', 1),
      completed([SAUNA, TEA], '2026-11-04T02:00:00.000Z', 3),
      claimed(3, SAUNA, { claimed: 3, remaining: 2, milestone: 3, requestId: automaticRequestId(3, SAUNA.name) }),
      claimed(2, TEA, { claimed: 2, remaining: 0, milestone: 1, requestId: 'tea' }),
    );
    return eventId;
  };
  const MILESTONES = [
    { count: 1, status: 'COMPLETED', completedAt: '2026-11-04T01:00:00.000Z' },
    { count: 3, status: 'COMPLETED', completedAt: '2026-11-04T02:00:00.000Z' },
    { count: 7, status: 'LOCKED', completedAt: null },
  ];

  describe('of a calendar', () => {
    it('are all in an event, and in its list by count only', async () => {
      const eventId = await world.newEvent({ ...CALENDAR, autoComplete: true, autoClaim: true });
      await world.record(factsOfEvent(eventId).held(TEA.name, 3));
      const { milestones, ...event } = (await dataOf(`/events/${eventId}`)) as Row;
      expect(milestones).toEqual([
        { count: 1, rewards: [eventRewardResponse(TEA)] },
        { count: 3, rewards: [eventRewardResponse(SAUNA), eventRewardResponse(TEA, true)] },
        { count: 7, rewards: [ELIXIR, SAUNA].map((reward) => eventRewardResponse(reward)) },
      ]);
      expect(only(event, 'cycle', 'autoComplete', 'autoClaim')).toEqual({ cycle: null, autoComplete: true, autoClaim: true });
      const [listed] = await rowsOf('/events?limit=1', player);
      expect(listed).toEqual({ ...event, milestones: [{ count: 1 }, { count: 3 }, { count: 7 }] });
    });

    it('show how far a player is, with the balances of each and the counted days', async () => {
      const eventId = await halfway();
      expect(await dataOf(`/events/${eventId}/progress`, player)).toEqual({
        ...{ eventId, accountId: player.accountId, cycle: null, status: 'IN_PROGRESS', progress: 3, required: 7 },
        ...{ rewards: [ELIXIR, SAUNA].map(untouched), completedAt: null },
        milestones: [
          { ...MILESTONES[0], rewards: [{ ...untouched(TEA), claimed: 2, remaining: 0 }] },
          { ...MILESTONES[1], rewards: [{ ...untouched(SAUNA), claimed: 3, remaining: 2 }, untouched(TEA)] },
          { ...MILESTONES[2], rewards: [ELIXIR, SAUNA].map(untouched) },
        ],
        days: ['2026-11-02', '2026-11-03', '2026-11-04'],
        claimsUntil: '2026-12-15T00:00:00.000Z',
      });
      const [row] = await rowsOf('/participations', player);
      const { days: _days, ...progress } = (await dataOf(`/events/${eventId}/progress`, player)) as Row;
      expect(row).toEqual({ ...progress, milestones: MILESTONES });
      expect((await rowsOf(`/events/${eventId}/participations`))[0]).toEqual({ ...row, email });
    });

    it('promise the greater of the amounts at the start and now, before their completion', async () => {
      const eventId = await world.newEvent(CALENDAR);
      const { rewardChanged, withdrawn } = factsOfEvent(eventId);
      const { started, counted } = factsOfParticipation(eventId, player.accountId);
      await world.record(
        ...[started(), counted(1, { reached: [1], conditionMet: false })],
        ...[rewardChanged(TEA.name, 9, 3), rewardChanged(TEA.name, 1, 1), withdrawn(SAUNA.name, 3)],
      );
      const { milestones } = (await dataOf(`/events/${eventId}/progress`, player)) as { milestones: readonly Row[] };
      expect(milestones.map(({ count, status, rewards }) => ({ count, status, rewards }))).toEqual([
        { count: 1, status: 'ELIGIBLE', rewards: [untouched(TEA)] },
        { count: 3, status: 'LOCKED', rewards: [untouched(SAUNA), untouched({ ...TEA, amount: 9 })] },
        { count: 7, status: 'LOCKED', rewards: [ELIXIR, SAUNA].map(untouched) },
      ]);
    });

    it('are 503 until the events show the terms of the participation', async () => {
      const eventId = await world.newEvent(CALENDAR);
      await world.record(factsOfParticipation(eventId, player.accountId).started({ termsVersion: 2 }));
      for (const [path, who] of [
        [`/events/${eventId}/progress`, player],
        ['/participations', player],
        [`/events/${eventId}/participations`, auditor],
      ] as const) {
        const response = await world.get(path, who);
        expect(response).toEqual(problemOf(503, 'NOT_CAUGHT_UP'));
        expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      }
    });

    it('are counted separately', async () => {
      const eventId = await halfway();
      const statistics = (await dataOf(`/events/${eventId}/statistics`)) as Row;
      expect(only(statistics, 'participants', 'eligible', 'completed')).toEqual({ participants: 1, eligible: 0, completed: 0 });
      expect(statistics.milestones).toEqual([
        { count: 1, eligible: 1, completed: 1 },
        { count: 3, eligible: 1, completed: 1 },
        { count: 7, eligible: 0, completed: 0 },
      ]);
      expect(statistics.rewards).toEqual([
        { milestone: 1, name: TEA.name, promised: 2, claimed: 2, remaining: 0 },
        { milestone: 3, name: SAUNA.name, promised: 5, claimed: 3, remaining: 2 },
        { milestone: 3, name: TEA.name, promised: 2, claimed: 0, remaining: 2 },
        { milestone: 7, name: ELIXIR.name, promised: 0, ...NOTHING },
        { milestone: 7, name: SAUNA.name, promised: 0, ...NOTHING },
      ]);
      expect((statistics.byHour as readonly Row[]).map(({ completions }) => completions)).toEqual([0, 0, 0, 1, 1, 0]);
    });

    it('narrow claims, the last one by its count too', async () => {
      const eventId = await halfway();
      const { claimRefused, completed, claimed } = factsOfParticipation(eventId, player.accountId);
      await world.record(
        completed([ELIXIR], '2026-11-08T00:00:00.000Z'),
        claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'last', at: '2026-11-08T01:00:00.000Z' }),
        claimRefused({ requestId: 'last-by-count', milestone: 7, at: '2026-11-08T02:00:00.000Z' }),
        claimRefused({ requestId: 'no-such', milestone: 5, code: 'NO_SUCH_MILESTONE', at: '2026-11-08T03:00:00.000Z' }),
      );
      const found = async (query: string) =>
        (await rowsOf(`/claims?${query}`)).map(({ requestId, milestone }) => [requestId, milestone]);
      const third = [automaticRequestId(3, SAUNA.name), 3];
      expect(await found(`eventId=${eventId}`)).toEqual([['no-such', 5], ['last-by-count', 7], ['last', 7], ['tea', 1], third]);
      expect(await found(`eventId=${eventId}&milestone=7`)).toEqual([
        ['last-by-count', 7],
        ['last', 7],
      ]);
      expect(await found(`eventId=${eventId}&milestone=3`)).toEqual([third]);
      expect(await found(`eventId=${eventId}&milestone=7&status=SUCCESS`)).toEqual([['last', 7]]);
      expect(await found(`accountId=${player.accountId}&milestone=7`)).toEqual([
        ['last-by-count', 7],
        ['last', 7],
      ]);
      expect(await found(`eventId=${eventId}&milestone=5`)).toEqual([['no-such', 5]]);
      expect(await found(`eventId=${eventId}&requestId=${encodeURIComponent(automaticRequestId(3, SAUNA.name))}`)).toEqual([
        third,
      ]);
      const pageOne = await world.get(`/claims?eventId=${eventId}&milestone=7&limit=1`, auditor);
      expect(await found(`eventId=${eventId}&milestone=7&limit=1&cursor=${pageOne.body.page?.next}`)).toEqual([['last', 7]]);
      const { text } = await world.get(`/claims/export?eventId=${eventId}&milestone=7`, auditor);
      expect(text.split('\r\n').map((line) => line.split(',')[0])).toEqual(['\uFEFFrequestId', 'last-by-count', 'last', '']);
      const automatic = encodeURIComponent(automaticRequestId(3, SAUNA.name));
      expect(await rowsOf(`/players?q=${automatic}`)).toContainEqual({
        accountId: player.accountId,
        email,
        matchedBy: 'requestId',
      });
    });

    it('are explained one by one', async () => {
      const eventId = await halfway();
      await world.record(factsOfEvent(eventId).held(TEA.name, 3));
      const { completion, milestones, claims } = (await dataOf(`/participations/${eventId}/${player.accountId}/explain`)) as Row;
      const done = { allowed: true, code: null, message: 'The player has already completed the milestone.' };
      const claim = (rewardName: string, code: string | null, remaining: number) => ({
        ...{ rewardName, allowed: code === null, code, remaining },
      });
      const last = {
        completion: { allowed: false, code: 'CONDITION_NOT_MET', message: '3 of 7 counted so far.' },
        claims: [claim(ELIXIR.name, 'NOT_COMPLETED', 100), claim(SAUNA.name, 'NOT_COMPLETED', 5)],
      };
      expect(milestones).toEqual([
        { count: 1, completion: done, claims: [claim(TEA.name, 'INSUFFICIENT_REMAINING', 0)] },
        { count: 3, completion: done, claims: [claim(SAUNA.name, null, 2), claim(TEA.name, 'REWARD_ON_HOLD', 2)] },
        { count: 7, ...last },
      ]);
      expect({ completion, claims }).toEqual(last);
      await world.record({
        stream: streams.account(player.accountId),
        event: {
          type: 'AccountRegistered',
          data: { accountId: player.accountId, roles: ['USER'], at: '2026-10-01T00:00:00.000Z' },
        },
      });
      const { participations } = (await dataOf(`/players/${player.accountId}`)) as { participations: readonly Row[] };
      const [row] = await rowsOf('/participations', player);
      expect(participations).toEqual([{ ...row, milestones: MILESTONES, explain: { ...last, milestones } }]);
    });

    it('are shown as of a time, with the amounts of that time', async () => {
      const eventId = await world.newEvent(CALENDAR);
      const { started, counted, completed } = factsOfParticipation(eventId, player.accountId);
      const { rewardChanged } = factsOfEvent(eventId);
      const before = await world.record(started(), counted(1, { reached: [1], conditionMet: false }));
      await world.record(rewardChanged(TEA.name, 9, 1), completed([{ ...TEA, amount: 9 }], '2026-11-05T00:00:00.000Z', 1));
      const stateAt = async (asOf: string) =>
        ((await dataOf(`/participations/${eventId}/${player.accountId}?asOf=${asOf}`)) as { state: Row }).state;
      const first = async (asOf: string) => ((await stateAt(asOf)).milestones as readonly Row[])[0];
      expect(await first(before)).toEqual({ count: 1, status: 'ELIGIBLE', completedAt: null, rewards: [untouched(TEA)] });
      expect(await first('2026-11-06T00:00:00Z')).toEqual({
        ...{ count: 1, status: 'COMPLETED', completedAt: '2026-11-05T00:00:00.000Z' },
        rewards: [untouched({ ...TEA, amount: 9 })],
      });
      expect(only(await stateAt(before), 'status', 'required', 'condition')).toEqual({
        ...{ status: 'IN_PROGRESS', required: 7, condition: CALENDAR.condition },
      });
    });
  });

  describe('of an event with cycles', () => {
    /** A weekly event in which the player took part in the first and in the third week. */
    const weekly = async () => {
      const eventId = await world.newEvent(WEEKLY);
      const [first, third] = ['2026-11-02', '2026-11-16'].map((cycle) => factsOfParticipation(eventId, player.accountId, cycle));
      const other = factsOfParticipation(eventId, randomUUID(), '2026-11-02');
      await world.record(
        loggedIn('login-1', '2026-11-02T00:00:00.000Z'),
        first!.started(),
        first!.counted(1, { reached: [1], conditionMet: false }),
        first!.completed([TEA], '2026-11-02T00:00:00.000Z', 1),
        first!.claimed(2, TEA, { claimed: 2, remaining: 0, milestone: 1, requestId: 'first', at: '2026-11-02T00:00:00.000Z' }),
        ...[other.started(), other.counted(1, { reached: [1], conditionMet: false })],
        loggedIn('third-1', '2026-11-17T00:00:00.000Z'),
        third!.started({ at: '2026-11-17T00:00:00.000Z' }),
        third!.counted(1, { loginId: 'third-1', at: '2026-11-17T00:00:00.000Z', day: '2026-11-17', conditionMet: false }),
      );
      return eventId;
    };
    const at = (day: string) => (world.now = Date.parse(`${day}T03:00:00.000Z`));

    it('show the cycle of the current time by default, the first before the window and the last after it', async () => {
      const eventId = await weekly();
      const progress = async (query = '') => (await dataOf(`/events/${eventId}/progress${query}`, player)) as Row;
      for (const [day, cycle, count] of [
        // The window begins on a Sunday.
        ['2026-10-15', '2026-10-26', 0],
        ['2026-11-04', '2026-11-02', 1],
        ['2026-11-11', '2026-11-09', 0],
        ['2026-11-18', '2026-11-16', 1],
        ['2027-01-01', '2026-11-30', 0],
      ] as const) {
        at(day);
        const status = count > 0 ? 'IN_PROGRESS' : 'NOT_STARTED';
        expect(only(await progress(), 'cycle', 'progress', 'status')).toEqual({ cycle, progress: count, status });
      }
      const first = await progress('?cycle=2026-11-02');
      expect(only(first, 'cycle', 'progress', 'days')).toEqual({ cycle: '2026-11-02', progress: 1, days: ['2026-11-02'] });
      expect((await rowsOf('/participations', player)).map(({ cycle }) => cycle)).toEqual(['2026-11-16', '2026-11-02']);
    });

    it.each([
      ['of a day within a week', 'WEEK', '2026-11-03'],
      ['that has not begun', 'WEEK', '2026-11-23'],
      ['before the window', 'WEEK', '2026-10-19'],
      ['of an event without cycles', null, '2026-11-02'],
    ])('reject a cycle %s on every route', async (_what, cycle, named) => {
      at('2026-11-18');
      const eventId = await world.newEvent(cycle === null ? CALENDAR : WEEKLY);
      const path = `/participations/${eventId}/${player.accountId}`;
      for (const [url, who] of [
        [`/events/${eventId}/progress`, player],
        [`/events/${eventId}/participations`, auditor],
        [`/events/${eventId}/statistics`, auditor],
        [path, auditor],
        [`${path}/explain`, auditor],
      ] as const) {
        expect(await world.get(`${url}?cycle=${named}`, who)).toEqual(problemOf(404, 'NO_SUCH_CYCLE', { cycle: named }));
        for (const text of ['2026-11-31', 'today', '2026-11-2', ''])
          expect(await world.get(`${url}?cycle=${text}`, who)).toEqual(invalidOf('cycle'));
      }
      expect(await world.get('/claims?cycle=2026-02-30', auditor)).toEqual(invalidOf('cycle'));
      for (const milestone of ['0', '01', 'x', '1001', ''])
        expect(await world.get(`/claims?milestone=${milestone}`, auditor)).toEqual(invalidOf('milestone'));
    });

    it('narrow participations, claims and statistics, which otherwise have all cycles', async () => {
      const eventId = await weekly();
      at('2026-11-18');
      const cyclesOf = async (query: string) =>
        (await rowsOf(`/events/${eventId}/participations?${query}`)).map(({ cycle, email: of }) => [cycle, of]);
      const [first, third] = [
        ['2026-11-02', email],
        ['2026-11-16', email],
      ];
      expect(await cyclesOf('')).toEqual([third, ['2026-11-02', null], first]);
      expect(await cyclesOf('cycle=2026-11-02')).toEqual([['2026-11-02', null], first]);
      expect(await cyclesOf('cycle=2026-11-02&status=COMPLETED')).toEqual([]);
      expect(await cyclesOf(`email=${email}`)).toEqual([third, first]);
      expect(await cyclesOf(`email=${email}&status=IN_PROGRESS&limit=1`)).toEqual([third]);
      expect(await cyclesOf(`email=${email}&status=COMPLETED`)).toEqual([]);
      expect(await cyclesOf(`email=${email}&cycle=2026-11-02`)).toEqual([first]);
      const one = await world.get(`/events/${eventId}/participations?email=${email}&limit=1`, auditor);
      expect(await cyclesOf(`email=${email}&limit=1&cursor=${one.body.page?.next}`)).toEqual([first]);

      const claims = await rowsOf(`/claims?eventId=${eventId}&cycle=2026-11-02`);
      const ofFirst = { cycle: '2026-11-02', milestone: 1 };
      expect(claims.map((row) => only(row, 'requestId', 'cycle', 'milestone'))).toEqual([{ requestId: 'first', ...ofFirst }]);
      expect(await rowsOf(`/claims?eventId=${eventId}&cycle=2026-11-16`)).toEqual([]);
      const claimId = String(claims[0]?.claimId);
      expect(only(await dataOf(`/claims/${claimId}`, player), 'claimId', 'cycle', 'milestone')).toEqual({ claimId, ...ofFirst });

      const totals = async (query: string) => {
        const { participants, milestones, byHour } = (await dataOf(`/events/${eventId}/statistics${query}`)) as Row;
        return { participants, milestones, hours: (byHour as readonly Row[]).length };
      };
      const counts = (eligible: number, completed: number) => [
        { count: 1, eligible, completed },
        { count: 3, eligible: 0, completed: 0 },
        { count: 7, eligible: 0, completed: 0 },
      ];
      expect(await totals('')).toEqual({ participants: 3, milestones: counts(2, 1), hours: 2 });
      expect(await totals('?cycle=2026-11-02')).toEqual({ participants: 2, milestones: counts(2, 1), hours: 1 });
      expect(await totals('?cycle=2026-11-09')).toEqual({ participants: 0, milestones: counts(0, 0), hours: 0 });
    });

    it('are shown as of a time in the cycle of that time', async () => {
      const eventId = await weekly();
      at('2026-11-18');
      const stateOf = async (query: string) =>
        ((await dataOf(`/participations/${eventId}/${player.accountId}?${query}`)) as { state: Row }).state;
      const placeAt = async (query: string) => only(await stateOf(query), 'cycle', 'progress');
      expect(await placeAt('')).toEqual({ cycle: '2026-11-16', progress: 1 });
      expect(await placeAt('asOf=2026-11-04T00:00:00Z')).toEqual({ cycle: '2026-11-02', progress: 1 });
      expect(await stateOf('asOf=2026-11-11T00:00:00Z')).toEqual({ status: 'NOT_STARTED', cycle: '2026-11-09' });
      const [{ position } = { position: '' }] = await rowsOf(`/claims?eventId=${eventId}`);
      expect(await placeAt(`asOf=${String(position)}`)).toEqual({ cycle: '2026-11-02', progress: 1 });
      const late = await world.record(loggedIn('late', '2026-11-03T00:00:00.000Z'));
      expect(await placeAt(`asOf=${late}&cycle=2026-11-16`)).toEqual({ cycle: '2026-11-16', progress: 1 });
      const early = `/participations/${eventId}/${player.accountId}?asOf=2026-11-04T00:00:00Z&cycle=2026-11-09`;
      expect(await world.get(early, auditor)).toEqual(problemOf(404, 'NO_SUCH_CYCLE', { cycle: '2026-11-09' }));
    });

    it('explain that a login belongs to another cycle', async () => {
      const eventId = await weekly();
      at('2026-11-18');
      await world.record(
        loggedIn('before', '2026-10-30T00:00:00.000Z'),
        loggedIn('same-day', '2026-11-17T01:00:00.000Z'),
        loggedIn('login-1', '2026-11-17T02:00:00.000Z'),
        factsOfEvent(eventId).paused('2026-11-10T00:00:00.000Z'),
        loggedIn('paused-elsewhere', '2026-11-10T01:00:00.000Z'),
      );
      const reasons = async (query: string) => {
        const path = `/participations/${eventId}/${player.accountId}/explain${query}`;
        const { logins } = (await dataOf(path)) as { logins: readonly Row[] };
        return logins.map(({ loginId, counted, reason }) => `${String(loginId)}: ${counted ? 'counted' : String(reason)}`);
      };
      expect(await reasons('')).toEqual([
        'before: OUTSIDE_WINDOW',
        'login-1: OTHER_CYCLE',
        'paused-elsewhere: OTHER_CYCLE',
        'third-1: counted',
        'same-day: SAME_DAY',
        'login-1: REPEATED',
      ]);
      expect((await reasons('?cycle=2026-11-02'))[1]).toBe('login-1: counted');
    });

    it('answer 503 for an event whose time zone is unknown here', async () => {
      const eventId = await world.newEvent({ ...WEEKLY, timeZone: '+09:00' });
      expect(await world.get(`/events/${eventId}/progress`, player)).toEqual(problemOf(503, 'UNAVAILABLE'));
    });
  });
});

describe('GET /events with a search', () => {
  let world: QueryWorld;
  let auditor: Caller;
  let [summer, autumn, winter] = ['', '', ''];

  beforeAll(async () => {
    world = await createQueryWorld();
    auditor = world.person('AUDITOR');
    world.now = Date.parse('2026-11-15T00:00:00.000Z');
    const newEvent = (name: string, startsAt: string, endsAt: string) =>
      world.newEvent({ name, startsAt: `${startsAt}T00:00:00.000Z`, endsAt: `${endsAt}T00:00:00.000Z` });
    summer = await newEvent('여름 출석 Event (50%)', '2026-07-01', '2026-08-01');
    winter = await newEvent('겨울 출석 EVENT', '2026-11-20', '2027-03-01');
    autumn = await newEvent('Ένας ΟΔΌΣ', '2026-08-01', '2026-12-01');
  });

  afterAll(() => world.close());

  const found = async (query: string): Promise<readonly string[]> => {
    const { status, data, body } = await world.get(`/events?${query}`, auditor);
    expect(status).toBe(200);
    const ids = (data as unknown as readonly { readonly eventId: string }[]).map(({ eventId }) => eventId);
    if (!query.includes('limit')) expect(body.page?.total).toBe(ids.length);
    return ids;
  };

  it('finds a part of the name in upper or lower case, of any script', async () => {
    expect(await found('q=event')).toEqual([winter, summer]);
    expect(await found(`q=${encodeURIComponent('출석 e')}`)).toEqual([winter, summer]);
    expect(await found(`q=${encodeURIComponent('출석'.normalize('NFD'))}`)).toEqual([winter, summer]);
    expect(await found(`q=${encodeURIComponent('(50%')}`)).toEqual([summer]);
    expect(await found(`q=${encodeURIComponent('οδός')}`)).toEqual([autumn]);
    for (const none of ['.*', '%25%25', '_', 'winter']) expect(await found(`q=${none}`)).toEqual([]);
  });

  it('finds windows that overlap a span, whose ends are exclusive', async () => {
    const span = (from: string, to: string) => found(`from=${from}T00:00:00Z&to=${to}T00:00:00Z`);
    expect(await span('2026-07-31', '2026-08-01')).toEqual([summer]);
    expect(await span('2026-08-01', '2026-08-02')).toEqual([autumn]);
    expect(await span('2026-07-15', '2026-11-21')).toEqual([autumn, winter, summer]);
    expect(await found('from=2026-12-01T00:00:00Z')).toEqual([winter]);
    expect(await found('to=2026-07-01T00:00:00.001Z')).toEqual([summer]);
    expect(await found('to=2026-07-01T00:00:00Z')).toEqual([]);
    expect(await found('status=ACTIVE&from=2026-01-01T00:00:00Z')).toEqual([autumn]);
    expect(await found('status=ACTIVE&from=2026-12-01T00:00:00Z')).toEqual([]);
    expect(await found('status=SCHEDULED&to=2026-11-20T00:00:00Z')).toEqual([]);
    expect(await found('q=event&status=ENDED&to=2027-01-01T00:00:00Z')).toEqual([summer]);
  });

  it('sorts by the start and by the end, in pages that no event leaves', async () => {
    expect(await found('sort=startsAt')).toEqual([summer, autumn, winter]);
    expect(await found('sort=-startsAt')).toEqual([winter, autumn, summer]);
    expect(await found('sort=endsAt')).toEqual([summer, autumn, winter]);
    expect(await found('sort=-endsAt&q=event')).toEqual([winter, summer]);
    const same = await Promise.all([1, 2, 3, 4].map(() => world.newEvent({ name: 'same' })));
    const pages = await Promise.all([1, 2, 3, 4].map((page) => found(`q=same&sort=-startsAt&limit=1&page=${page}`)));
    expect(pages.flat().toSorted()).toEqual(same.toSorted());
  });

  it.each([
    ['q=', 'q'],
    ['q=%E2%80%8B', 'q'],
    [`q=${'x'.repeat(101)}`, 'q'],
    ['q=a&q=b', 'q'],
    ['from=yesterday', 'from'],
    ['to=2026-13-01T00:00:00Z', 'to'],
    ['from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'to'],
    ['sort=name', 'sort'],
    ['sort=startsAt,endsAt', 'sort'],
  ])('rejects ?%s', async (query, field) => {
    expect(await world.get(`/events?${query}`, auditor)).toEqual(invalidOf(field));
  });
});
