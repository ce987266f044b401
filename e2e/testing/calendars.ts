import { randomUUID } from 'node:crypto';
import { automaticRequestId, toBusMessage } from '@rewards/contracts';
import { readSettings } from '@rewards/service-kit';
import { openMessageBus } from '@rewards/service-kit/engines';
import { until } from '@rewards/testing/until';
import { Client, type Answer } from './client';
import { gem, potion, sauna, type Story } from './story';
import type { System } from './system';

const DAY = 86_400_000;
const iso = (time: number): string => new Date(time).toISOString();
const inAnHour = (): string => iso(Date.now() + DAY / 24);

/** Plays three calendars with logins of the past, which the bus delivers with their own times. Play it once on a system. */
export const playCalendars = async (story: Story, system: System): Promise<void> => {
  await playAttendance(story, system);
  await playWeeks(story, system);
  await playDailyBonus(story, system);
};

/** Registers a player who has not logged in yet. */
const newPlayer = async (story: Story): Promise<readonly [player: Client, accountId: string]> => {
  const player = new Client(story.gateway);
  return [player, await player.register()];
};

/** Publishes logins as auth-service does, with their own times. They are counted before any later login of the account. */
const logInAt = async (system: System, accountId: string, times: readonly string[]): Promise<void> => {
  const bus = openMessageBus(readSettings(system.scriptEnvironment));
  try {
    const messages = times.map((at) => {
      const loginId = randomUUID();
      const actor = { accountId, roles: ['USER'] } as const;
      const event = { type: 'LoggedIn', data: { loginId, accountId, at } } as const;
      return toBusMessage({ messageId: loginId, event, actor, correlationId: randomUUID() });
    });
    await bus.publish('logins', messages);
  } finally {
    await bus.close();
  }
};

/** Reads until the read models contain the login, however long its message takes. */
const readAfter = async (loginId: string, read: (afterLogin: string) => Promise<Answer>): Promise<Answer['body']> =>
  (
    await until(
      'the login to be counted',
      () => read(`afterLogin=${loginId}`),
      ({ status }) => status === 200,
      { withinMs: 30_000 },
    )
  ).body;

const expectOk = ({ status, body }: Answer): Answer['body'] => {
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
};

/** 28 days in Seoul that begin at 05:00, with five milestones that logins complete and the player claims. */
const playAttendance = async (story: Story, system: System): Promise<void> => {
  const { auditor } = story;
  const first = Date.parse('2025-06-01T05:00:00.000+09:00');
  const counts = [1, 3, 7, 14, 28];
  const eventId = await story.createEvent({
    ...{ name: '28일 출석', startsAt: iso(first), endsAt: inAnHour(), dayStartsAt: '05:00' },
    condition: { type: 'LOGIN_DAYS', count: 28 },
    milestones: counts.slice(0, -1).map((count) => ({ count, rewards: count === 7 ? [gem, sauna] : [gem] })),
    ...{ rewards: [potion], autoComplete: true },
  });
  const [player, accountId] = await newPlayer(story);
  const days = Array.from({ length: 27 }, (_, day) => first + day * DAY);
  // The first and the last moment of each day: it counts once.
  await logInAt(
    system,
    accountId,
    days.flatMap((begin) => [iso(begin), iso(begin + DAY - 1)]),
  );
  const last = await player.logIn();
  const { data: progress } = await readAfter(last, (after) => player.get(`/events/${eventId}/progress?${after}`));
  const completedAt = expect.any(String) as string;
  const rows = counts.map((count) => ({ count, status: 'COMPLETED', completedAt }));
  expect(progress).toMatchObject({
    ...{ eventId, accountId, cycle: null, status: 'COMPLETED', progress: 28, required: 28, completedAt, milestones: rows },
  });
  expect(progress.days.slice(0, 27)).toEqual(days.map((begin) => iso(begin + 9 * (DAY / 24)).slice(0, 10)));
  expect(progress.days).toHaveLength(28);
  expect(progress.milestones[2].rewards.map((reward: { name: string }) => reward.name)).toEqual([gem.name, sauna.name]);

  const claim = (body: object) => player.post(`/events/${eventId}/claims`, body);
  const ofSeventh = { requestId: 'seventh', rewardName: gem.name, amount: 40, milestone: 7 };
  const seventh = await claim(ofSeventh);
  expect([seventh.status, seventh.body.data]).toMatchObject([201, { milestone: 7, claimed: 40, remaining: 60 }]);
  expect([(await claim(ofSeventh)).status, (await claim({ ...ofSeventh, milestone: 3 })).body.code]).toEqual([
    200,
    'REQUEST_ID_REUSED',
  ]);
  const over = await claim({ ...ofSeventh, requestId: 'over', amount: 61 });
  expect([over.status, over.body.code, over.body.remaining]).toEqual([409, 'INSUFFICIENT_REMAINING', 60]);
  const unknown = await claim({ ...ofSeventh, requestId: 'unknown', milestone: 8 });
  expect([unknown.status, unknown.body.code]).toEqual([404, 'NO_SUCH_MILESTONE']);
  const lastClaim = await claim({ requestId: 'last', rewardName: potion.name, all: true });
  expect([lastClaim.status, lastClaim.body.data]).toMatchObject([201, { milestone: 28, cycle: null, amount: potion.amount }]);

  const upTo = { 'x-min-position': lastClaim.headers.get('x-position') ?? '' };
  const listed = async (filter: string) =>
    expectOk(await auditor.get(`/claims?eventId=${eventId}&${filter}`, upTo)).data.map((row: Record<string, unknown>) => [
      row.requestId,
      row.status,
      row.milestone,
    ]);
  expect(await listed('milestone=7')).toEqual([
    ['over', 'FAILURE', 7],
    ['seventh', 'SUCCESS', 7],
  ]);
  expect(await listed('milestone=28')).toEqual([['last', 'SUCCESS', 28]]);
  expect(expectOk(await player.get(`/claims/mine?eventId=${eventId}`, upTo)).data).toMatchObject([
    { milestone: 28 },
    { milestone: 7 },
  ]);

  const { data: statistics } = expectOk(await auditor.get(`/events/${eventId}/statistics`, upTo));
  // Other accounts have logged in today, so they have reached the first milestone.
  expect(statistics.milestones.slice(1)).toEqual(counts.slice(1).map((count) => ({ count, eligible: 1, completed: 1 })));
  expect(statistics).toMatchObject({ eligible: 1, completed: 1, claims: { success: 2 } });
  expect(statistics.rewards).toContainEqual({ milestone: 7, name: gem.name, promised: 100, claimed: 40, remaining: 60 });
  expect(statistics.rewards).toContainEqual({ milestone: 28, name: potion.name, promised: 100, claimed: 100, remaining: 0 });

  const { data: explained } = expectOk(await auditor.get(`/participations/${eventId}/${accountId}/explain`, upTo));
  expect(explained.milestones.map((row: { count: number }) => row.count)).toEqual(counts);
  expect(explained.logins.filter((row: { counted: boolean }) => row.counted)).toHaveLength(28);
  const { data: past } = expectOk(await auditor.get(`/participations/${eventId}/${accountId}`, upTo));
  expect(past.state).toMatchObject({ status: 'COMPLETED', cycle: null, progress: 28, milestones: rows });
  expect(
    past.facts.flatMap(({ type, data }: { type: string; data: { milestone?: number } }) =>
      type === 'EventCompleted' ? [data.milestone ?? 28] : [],
    ),
  ).toEqual(counts);
  const { data: participations } = expectOk(await auditor.get(`/events/${eventId}/participations?status=COMPLETED`, upTo));
  expect(participations).toMatchObject([{ accountId, cycle: null, progress: 28, milestones: rows, email: player.email }]);
};

/** Weeks in Berlin over the end of a year and the beginning of summer time, with rewards that are granted automatically. */
const playWeeks = async (story: Story, system: System): Promise<void> => {
  const { auditor } = story;
  const eventId = await story.createEvent({
    ...{ name: '주간 접속', startsAt: '2024-12-22T23:00:00.000Z', endsAt: inAnHour(), timeZone: 'Europe/Berlin' },
    ...{ condition: { type: 'LOGIN_DAYS', count: 3 }, milestones: [{ count: 1, rewards: [sauna] }], rewards: [potion] },
    ...{ cycle: 'WEEK', autoClaim: true, confirmPast: true },
  });
  const [player, accountId] = await newPlayer(story);
  await logInAt(system, accountId, [
    // Tuesday, Wednesday at 00:00 of the new year, and the last moment of Sunday.
    ...['2024-12-31T11:00:00.000Z', '2024-12-31T23:00:00.000Z', '2025-01-05T22:59:59.999Z'],
    // Monday at 00:00.
    '2025-01-05T23:00:00.000Z',
    // The last moment of the Sunday on which summer time began, and Monday at 00:00.
    ...['2025-03-30T21:59:59.999Z', '2025-03-30T22:00:00.000Z'],
  ]);
  const loginId = await player.logIn();
  await readAfter(loginId, (after) => player.get(`/events/${eventId}/progress?${after}`));
  const weeks = [
    ['2024-12-23', 0, []],
    ['2024-12-30', 3, ['2024-12-31', '2025-01-01', '2025-01-05']],
    ['2025-01-06', 1, ['2025-01-06']],
    ['2025-03-24', 1, ['2025-03-30']],
    ['2025-03-31', 1, ['2025-03-31']],
  ] as const;
  for (const [cycle, progress, days] of weeks) {
    const status = progress === 0 ? 'NOT_STARTED' : progress === 3 ? 'COMPLETED' : 'IN_PROGRESS';
    const milestones = [
      { count: 1, status: progress > 0 ? 'COMPLETED' : 'LOCKED' },
      { count: 3, status: progress === 3 ? 'COMPLETED' : 'LOCKED' },
    ];
    const expected = { cycle, status, progress, required: 3, milestones };
    const { data: own } = expectOk(await player.get(`/events/${eventId}/progress?cycle=${cycle}`));
    expect(own).toMatchObject({ ...expected, days });

    const claims = [
      ...(progress === 3 ? [[automaticRequestId(3, potion.name), potion.name, 3, 100]] : []),
      ...(progress > 0 ? [[automaticRequestId(1, sauna.name), sauna.name, 1, 5]] : []),
    ];
    const { data: listed } = expectOk(await auditor.get(`/claims?eventId=${eventId}&accountId=${accountId}&cycle=${cycle}`));
    expect(
      listed.map((row: Record<string, unknown>) => [
        row.requestId,
        row.rewardName,
        row.milestone,
        row.amount,
        row.cycle,
        row.status,
      ]),
    ).toEqual(claims.map((claim) => [...claim, cycle, 'SUCCESS']));

    const [participants, completed] = [Math.sign(progress), progress === 3 ? 1 : 0];
    const { data: statistics } = expectOk(await auditor.get(`/events/${eventId}/statistics?cycle=${cycle}`));
    expect(statistics).toMatchObject({
      ...{ participants, eligible: completed, completed, claims: { success: claims.length, failure: 0 } },
      milestones: [
        { count: 1, eligible: participants, completed: participants },
        { count: 3, eligible: completed, completed },
      ],
    });

    const { data: participations } = expectOk(await auditor.get(`/events/${eventId}/participations?cycle=${cycle}`));
    expect(participations).toMatchObject(progress === 0 ? [] : [{ ...expected, accountId }]);
    expect(participations).toHaveLength(participants);
    const { data: explained } = expectOk(await auditor.get(`/participations/${eventId}/${accountId}/explain?cycle=${cycle}`));
    const reasons = explained.logins.map((row: { counted: boolean; reason: string | null }) =>
      row.counted ? 'COUNTED' : row.reason,
    );
    expect(reasons.filter((reason: string) => reason === 'COUNTED')).toHaveLength(progress);
    expect(reasons.filter((reason: string) => reason === 'OTHER_CYCLE')).toHaveLength(7 - progress);
    const { data: past } = expectOk(await auditor.get(`/participations/${eventId}/${accountId}?cycle=${cycle}`));
    expect(past.state).toMatchObject({ cycle, status });
  }

  const claim = (body: object) =>
    player.post(`/events/${eventId}/claims`, { requestId: 'r1', rewardName: potion.name, all: true, ...body });
  const codeOf = async (body: object) => {
    const { status, body: answer } = await claim(body);
    return [status, answer.code];
  };
  expect(await codeOf({})).toEqual([400, 'VALIDATION_FAILED']);
  expect(await codeOf({ cycle: '2025-01-06' })).toEqual([409, 'NOT_COMPLETED']);
  expect(await codeOf({ cycle: '2024-12-30' })).toEqual([409, 'INSUFFICIENT_REMAINING']);
  expect(await codeOf({ cycle: '2024-12-31' })).toEqual([404, 'NO_SUCH_CYCLE']);
  expect(await codeOf({ cycle: '2024-12-30', requestId: automaticRequestId(3, potion.name) })).toEqual([
    400,
    'VALIDATION_FAILED',
  ]);
};

/** A bonus for the first login of each day, granted with the login. */
const playDailyBonus = async (story: Story, system: System): Promise<void> => {
  const now = Date.now();
  const eventId = await story.createEvent({
    ...{ name: '매일 접속', startsAt: iso(now - 5 * DAY), endsAt: inAnHour(), dayStartsAt: '05:00' },
    ...{ condition: { type: 'LOGIN_COUNT', count: 1 }, rewards: [sauna], cycle: 'DAY', autoClaim: true, confirmPast: true },
  });
  const [player, accountId] = await newPlayer(story);
  const times = [3, 2, 1].map((days) => iso(now - days * DAY));
  await logInAt(system, accountId, [...times, ...times]);
  await player.logIn();
  const loginId = await player.logIn();
  const { data: today } = await readAfter(loginId, (after) => player.get(`/events/${eventId}/progress?${after}`));
  expect(today).toMatchObject({ status: 'COMPLETED', progress: 1, rewards: [{ ...sauna, claimed: 5, remaining: 0 }] });
  const { data: claims } = await until(
    'the claims of every day',
    async () => (await player.get(`/claims/mine?eventId=${eventId}`)).body,
    ({ data }) => data.length === 4,
    { withinMs: 30_000 },
  );
  const days = [...times, iso(now)].map((at) => iso(Date.parse(at) + (9 - 5) * (DAY / 24)).slice(0, 10));
  expect(claims.map((row: { cycle: string }) => row.cycle).toSorted()).toEqual(days);
  for (const row of claims) expect(row).toMatchObject({ requestId: automaticRequestId(1, sauna.name), amount: 5, milestone: 1 });
  const { data: mine } = expectOk(await player.get('/participations?limit=100'));
  const own = mine.filter((row: { eventId: string }) => row.eventId === eventId);
  expect(own.map((row: { cycle: string }) => row.cycle).toSorted()).toEqual(days);
};
