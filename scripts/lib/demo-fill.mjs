import { randomUUID } from 'node:crypto';
import { DAY, startOfDay } from './demo-calendar.mjs';
import { FILL_TEXTS } from './demo-fill-texts.mjs';
import { fail, loginMessage, PASSWORD } from './demo-system.mjs';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Days of the history. */
const DAYS = 26;
const WITHIN_MS = 120_000;
/** How long the event whose claims close at the end remains open: time enough to register the players and to count their logins. */
const closesAfterMs = (players) => 20_000 + 100 * players;
const AT_ONCE = 8;
const BATCH = 500;

/** A sequence of numbers from 0 to 1 that is the same in every run. */
const sequence = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

/** Runs a task for each item, several at a time. */
const forEach = async (items, task) => {
  const pending = items.entries();
  const work = async () => {
    for (const [index, item] of pending) await task(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
};

/** Bodies of the events, by name. All windows are relative to now. @param now and closing in milliseconds since the epoch */
const eventBodies = ({ rewards, events }, now, closing) => {
  const day = (days) => new Date(startOfDay(now) + days * DAY).toISOString();
  const potion = { name: rewards.potion, type: 'ITEM', amount: 100, itemCode: 'ITEM_2041' };
  const gem = { name: rewards.gem, type: 'CURRENCY', amount: 100, itemCode: 'CORE_GEM' };
  const sauna = { name: rewards.sauna, type: 'COUPON', amount: 5, itemCode: 'SAUNA_1H' };
  const gold = { name: rewards.gold, type: 'CURRENCY', amount: 500, itemCode: 'GOLD' };
  const box = { name: rewards.box, type: 'ITEM', amount: 1, itemCode: 'BOX_RARE' };
  const frame = { name: rewards.frame, type: 'ITEM', amount: 1, itemCode: 'FRAME_28' };
  const logins = (count) => ({ type: 'LOGIN_COUNT', count });
  const days = (count) => ({ type: 'LOGIN_DAYS', count });
  const closesAt = new Date(closing).toISOString();
  const bodies = {
    attendance: {
      ...{
        startsAt: day(-20),
        endsAt: day(8),
        dayStartsAt: '05:00',
        condition: days(28),
        rewards: [frame, { ...gem, amount: 1_000 }],
      },
      milestones: [
        { count: 1, rewards: [gold] },
        { count: 3, rewards: [potion] },
        { count: 7, rewards: [gem, sauna] },
        { count: 14, rewards: [box] },
        { count: 21, rewards: [{ ...gem, amount: 300 }] },
      ],
      metadata: { image: 'attendance-28.png', order: '1' },
    },
    weekly: { startsAt: day(-25), endsAt: day(30), cycle: 'WEEK', condition: days(5), rewards: [sauna, gold] },
    daily: {
      ...{ startsAt: day(-14), endsAt: day(30), cycle: 'DAY', autoClaim: true, condition: logins(1), rewards: [gold] },
      confirmPast: true,
    },
    three: { startsAt: day(-10), endsAt: day(4), condition: logins(3), rewards: [potion, gem, sauna] },
    streak: {
      ...{ startsAt: day(-12), endsAt: day(10), condition: { type: 'LOGIN_STREAK', count: 7, graceDays: 1 } },
      rewards: [box, gem],
    },
    welcome: { startsAt: day(-18), endsAt: day(5), condition: logins(5), rewards: [potion], publish: false },
    raid: { startsAt: day(-3), endsAt: day(6), condition: logins(2), rewards: [{ ...gold, amount: 5_000 }] },
    autumn: { startsAt: day(-25), endsAt: day(2), claimsUntil: day(9), condition: days(4), rewards: [potion] },
    beta: { startsAt: day(-25), endsAt: closesAt, claimsUntil: closesAt, condition: logins(1), rewards: [gem] },
    newYear: { startsAt: day(2), endsAt: day(7), condition: logins(1), rewards: [{ ...gem, amount: 2_027 }] },
    winter: { startsAt: day(20), endsAt: day(48), dayStartsAt: '05:00', condition: days(28), rewards: [frame], publish: false },
    cancelled: { startsAt: day(1), endsAt: day(3), condition: logins(1), rewards: [gold] },
  };
  return Object.entries(bodies).map(([name, body]) => {
    const [title, description] = events[name];
    return [name, { name: title, description, publish: true, ...body }];
  });
};

/**
 * The logins of a player over the last days: some come every day, some on weekends, some once. Most come in the evening.
 * @returns times in milliseconds
 */
const loginTimes = (next, now) => {
  const loyalty = [0.95, 0.75, 0.5, 0.3, 0.12][Math.floor(next() * 5)];
  const since = next() < 0.6 ? DAYS : Math.ceil(next() * DAYS);
  const times = [];
  for (let ago = since; ago >= 0; ago -= 1) {
    const startsAt = startOfDay(now) - ago * DAY;
    const isWeekend = [0, 6].includes(new Date(startsAt + 12 * HOUR).getUTCDay());
    if (next() > loyalty + (isWeekend ? 0.15 : 0)) continue;
    for (let again = 1 + Math.floor(next() * 2.4); again > 0; again -= 1) {
      const evening = 15 * HOUR + (next() + next() - 1) * 7 * HOUR;
      times.push(startsAt + Math.round(next() < 0.75 ? evening : next() * 23 * HOUR));
    }
  }
  return times.filter((at) => at < now - MINUTE).sort((one, other) => one - other);
};

/** Messages of three shapes that no consumer can handle. */
const brokenMessages = (run) => [
  ...Array.from({ length: 4 }, (_, index) => ['logins', { key: `broken-${index}`, value: `{"messageId":"${run}-${index}",` }]),
  ...Array.from({ length: 6 }, (_, index) => [
    'logins',
    {
      key: `old-${index}`,
      value: JSON.stringify({ messageId: randomUUID(), user: `player${index}`, time: 1_764_000_000 + index }),
    },
  ]),
  ...Array.from({ length: 3 }, (_, index) => [
    'accounts',
    {
      key: `account-${index}`,
      value: JSON.stringify({ messageId: randomUUID(), event: { type: 'AccountMerged', data: { into: randomUUID() } } }),
    },
  ]),
];

/** Fills a running system with a history. @param players number of players */
export const fillSystem = async ({ system, bus, terminal, language, players: count }) => {
  const texts = FILL_TEXTS[language];
  if (!Number.isInteger(count) || count < 10 || count > 400) fail(texts.badPlayers);
  const now = Date.now();
  const run = randomUUID().slice(0, 4);
  const next = sequence(20_261);
  const say = (text) => terminal.print(`  ${text}`);
  const reach = (what, read, isReached) =>
    system.until(read, isReached, { withinMs: WITHIN_MS, everyMs: 200, late: texts.late(what) });

  terminal.print(terminal.style(texts.title, 'bold'));
  say(texts.staff());
  const admin = await system.logInAsAdministrator();
  const staff = {};
  for (const [name, role] of [
    ['operator', 'OPERATOR'],
    ['operator2', 'OPERATOR'],
    ['auditor', 'AUDITOR'],
  ])
    staff[name] = await createStaff(system, admin, name, role, run);
  const { operator, operator2, auditor } = staff;
  const act = (path, body, { token } = operator) => system.send('POST', path, { token, body, expected: 200 });

  const bodies = eventBodies(texts, now, now + closesAfterMs(count));
  say(texts.create(bodies.length));
  const ids = {};
  for (const [name, body] of bodies) {
    const { token } = next() < 0.7 ? operator : operator2;
    ids[name] = (await system.send('POST', '/events', { token, body, expected: 201 })).data.eventId;
  }

  say(texts.players(count));
  const players = Array.from({ length: count }, (_, index) => ({
    email: `player${String(index + 1).padStart(3, '0')}-${run}@example.com`,
  }));
  await forEach(players, async (player) => {
    player.accountId = await system.register(player.email);
  });

  const messages = players
    .flatMap((player) => loginTimes(next, now).map((at) => ({ player, at, loginId: randomUUID() })))
    .sort((one, other) => one.at - other.at);
  say(texts.logins(messages.length, DAYS));
  for (let from = 0; from < messages.length; from += BATCH) {
    const batch = messages.slice(from, from + BATCH);
    await bus.publish(
      'logins',
      batch.map(({ player, at, loginId }) =>
        loginMessage({ loginId, accountId: player.accountId, at, correlationId: `fill-${run}` }),
      ),
    );
  }
  const broken = brokenMessages(run);
  say(texts.deadLetters(broken.length));
  for (const [topic, message] of broken) await bus.publish(topic, [message]);

  say(texts.counting());
  // Messages are handled in order for each player, so the last login of each is enough.
  const lastOf = new Map(messages.map((message) => [message.player.accountId, message]));
  await forEach([...lastOf.values()].slice(-40), ({ player, loginId }) =>
    reach(
      texts.counting(),
      () => system.send('GET', `/participations/${ids.weekly}/${player.accountId}/explain`, { token: auditor.token }),
      ({ logins }) => logins.some((login) => login.loginId === loginId),
    ),
  );
  await act(`/events/${ids.welcome}/publish`, {}, operator2);

  const claiming = players.filter((_, index) => index % 3 === 0);
  say(texts.claims(claiming.length));
  await act(`/events/${ids.streak}/rewards/${encodeURIComponent(texts.rewards.box)}/hold`, { reason: texts.reasons.noItem });
  await forEach(claiming, (player, index) => playOne({ system, texts, ids, player, index, next, reach }));

  say(texts.operators());
  await act(
    `/events/${ids.attendance}/rewards/${encodeURIComponent(texts.rewards.potion)}/change`,
    { amount: 150, milestone: 3 },
    operator2,
  );
  await act(`/events/${ids.three}/change`, { endsAt: new Date(startOfDay(now) + 6 * DAY).toISOString() });
  await act(`/events/${ids.newYear}/change`, { description: texts.events.newYear[0] }, operator2);
  await act(`/events/${ids.raid}/pause`, { counting: 'CONTINUE', reason: texts.reasons.wrongAmount });
  await act(`/events/${ids.autumn}/end`, {});
  await act(`/events/${ids.cancelled}/delete`, {}, operator2);
  for (const player of claiming.slice(0, 5)) {
    const body = { requestId: `raid-${player.accountId.slice(0, 8)}`, rewardName: texts.rewards.gold, all: true };
    await system.send('POST', `/events/${ids.raid}/claims`, { token: player.token, body, expected: 409 });
  }

  const { data: letters } = await system.send('GET', '/dead-letters?status=OPEN&limit=100', {
    token: auditor.token,
    expected: 200,
  });
  const ofShape = (error) => letters.find((letter) => letter.topic === error);
  await system.send('POST', `/dead-letters/${ofShape('accounts').id}/discard`, { token: operator.token, expected: 200 });
  await system.send('POST', `/dead-letters/${ofShape('logins').id}/redrive`, { token: operator2.token, expected: 202 });

  say(texts.closing());
  await reach(
    texts.closing(),
    () => system.send('GET', `/events/${ids.beta}`, { token: auditor.token }),
    ({ status }) => status === 'CLOSED',
  );
  let written = '';
  for (const player of claiming.slice(0, 6)) {
    const body = { requestId: `beta-${player.accountId.slice(0, 8)}`, rewardName: texts.rewards.gem, all: true };
    const { position } = await system.send('POST', `/events/${ids.beta}/claims`, { token: player.token, body, expected: 409 });
    written = position;
  }

  say(texts.checking());
  const figures = { participations: 0, claims: 0, rejections: 0, deadLetters: letters.length };
  for (const eventId of Object.values(ids)) {
    const { data } = await system.send('GET', `/events/${eventId}/statistics`, {
      token: auditor.token,
      expected: 200,
      minPosition: written,
    });
    figures.participations += data.participants;
    figures.claims += data.claims.success + data.claims.failure;
    figures.rejections += data.claims.failure;
  }
  const { data: listed } = await system.send('GET', '/events?limit=100', { token: auditor.token, expected: 200 });
  const own = listed.filter(({ eventId }) => Object.values(ids).includes(eventId));
  system.check(
    [...new Set(own.map(({ status }) => status))].sort(),
    ['ACTIVE', 'CLOSED', 'DRAFT', 'ENDED', 'PAUSED', 'SCHEDULED'],
    own,
  );
  const isFilled =
    figures.participations > count && figures.claims > figures.rejections && figures.rejections > claiming.length / 4;
  system.check([isFilled, figures.deadLetters >= broken.length], [true, true], figures);

  terminal.print();
  terminal.print(texts.done(figures));
  terminal.print();
  terminal.print(texts.look);
  terminal.print(`  ${texts.console}  ${system.url}/console`);
  terminal.print(`  ${texts.play}  ${system.url}/play`);
  terminal.print();
  terminal.print(`${texts.accounts} ${PASSWORD}:`);
  for (const [role, email] of [
    ['operator', operator.email],
    ['auditor', auditor.email],
    ['player', claiming[0].email],
  ])
    terminal.print(`  ${email}  ${texts.roles[role]}`);
};

/** Creates an account with a role. Its address has the id of the run if the plain one is taken. */
const createStaff = async (system, admin, name, role, run) => {
  const create = (email) => system.send('POST', '/auth/register', { body: { email, password: PASSWORD } });
  let email = `${name}@example.com`;
  let created = await create(email);
  if (created.status === 409) created = await create((email = `${name}-${run}@example.com`));
  system.check(created.status, 201, created.answer);
  await system.send('POST', `/accounts/${created.data.accountId}/roles`, {
    token: admin,
    body: { roles: [role] },
    expected: 200,
  });
  return { email, token: (await system.logIn(email)).accessToken };
};

/** What one player does today: log in, complete and claim what is reached, and try a few things that are rejected. */
const playOne = async ({ system, texts, ids, player, index, next, reach }) => {
  const { accessToken: token, loginId } = await system.logIn(player.email);
  player.token = token;
  const post = (path, body) => system.send('POST', path, { token, body });
  const claim = (event, rewardName, fields) =>
    post(`/events/${ids[event]}/claims`, {
      requestId: randomUUID(),
      rewardName,
      target: `server-${1 + (index % 4)}`,
      ...fields,
    });
  const { rewards } = texts;
  const read = (event) =>
    reach(
      texts.counting(),
      () => system.send('GET', `/events/${ids[event]}/progress?afterLogin=${loginId}`, { token }),
      () => true,
    );

  const calendar = await read('attendance');
  for (const milestone of calendar.milestones) {
    if (milestone.status !== 'ELIGIBLE' || next() < 0.2) continue;
    await post(`/events/${ids.attendance}/completion`, { milestone: milestone.count });
    for (const reward of milestone.rewards) {
      if (next() < 0.15) continue;
      const isPart = reward.amount > 10 && next() < 0.4;
      await claim('attendance', reward.name, {
        milestone: milestone.count,
        ...(isPart ? { amount: reward.amount / 2 } : { all: true }),
      });
    }
  }
  for (const event of ['three', 'streak', 'autumn', 'welcome', 'beta']) {
    const completed = await post(`/events/${ids[event]}/completion`, {});
    if (completed.status !== 200) continue;
    for (const { name, amount } of completed.data.rewards) {
      if (next() < 0.25) continue;
      const parts = amount >= 100 && next() < 0.5 ? [amount * 0.2, amount * 0.3] : [amount];
      for (const part of parts) await claim(event, name, { amount: part });
      if (next() < 0.15) await claim(event, name, { amount });
    }
  }
  const week = await read('weekly');
  if (week.status === 'ELIGIBLE') {
    await post(`/events/${ids.weekly}/completion`, { cycle: week.cycle });
    await claim('weekly', rewards.sauna, { cycle: week.cycle, all: true });
  }
  if (index % 9 === 0) {
    const today = await read('daily');
    await claim('daily', 'Growth potions', { cycle: today.cycle, amount: 1 });
  }
  if (index % 11 === 0) await claim('attendance', rewards.frame, { all: true });
  if (index % 13 === 0) await claim('weekly', rewards.gold, { cycle: '2020-01-06', all: true });
};
