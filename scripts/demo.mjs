import './lib/require-node.mjs';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { calendarLines, calendarStrip, DAY, dateOf, localTime, startOfDay, weekBefore } from './lib/demo-calendar.mjs';
import { DemoDelivery } from './lib/demo-delivery.mjs';
import { fillSystem } from './lib/demo-fill.mjs';
import { DemoFailed, DemoSystem, fail, loginMessage } from './lib/demo-system.mjs';
import { TEXTS } from './lib/demo-texts.mjs';
import { padTo, Terminal, widthOf, wrap } from './lib/terminal.mjs';

/**
 * Plays a week of an attendance calendar on a running system, and prints each step with its answer. The logins of the week are
 * messages on the bus with their own times. Exits with 0 only if every answer is the one that the demo announces.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const envFile = join(root, '.env');
if (existsSync(envFile)) process.loadEnvFile(envFile);
const env = process.env;

/** What the demo adds to the system only while it runs; null before that. */
let delivery = null;
const END_WITHIN_MS = 5_000;
let isEnding = false;
const end = async (code) => {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(code), END_WITHIN_MS).unref();
  await delivery?.end().catch(() => {});
  process.exit(code);
};
process.on('uncaughtException', (error) => {
  if (!isEnding) process.stderr.write(`${error instanceof DemoFailed ? error.message : error.stack}\n`);
  void end(1);
});
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
  process.on(signal, () => void end(128 + number));
// The reader of the output has exited, as in `npm run demo | head`.
process.stdout.on('error', () => void end(1));

const { values: options } = readCommandLine('demo');
if (options.lang !== undefined && !Object.hasOwn(TEXTS, options.lang)) fail(TEXTS.en.languages(Object.keys(TEXTS)));
const texts = TEXTS[options.lang ?? 'en'];
const url = options.url ?? `http://127.0.0.1:${env.GATEWAY_PORT?.trim() || 3002}`;
const dataDir = resolve(root, env.DATA_DIR?.trim() || 'data');

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Cells of a line of text. */
const LINE = 76;
/** How long each day is shown on a terminal. */
const DAY_SHOWN_MS = 350;
const COUNTED_WITHIN_MS = 30_000;
/** A large log takes minutes. */
const VERIFIED_WITHIN_MS = 600_000;
/** Length of the position in an `X-Position`. */
const POSITION_LENGTH = 32;
const run = randomUUID().slice(0, 8);
const terminal = new Terminal(process.stdout, env);
const style = terminal.style.bind(terminal);

const gem = { name: texts.gem, type: 'CURRENCY', amount: 100, itemCode: 'CORE_GEM' };
const potion = { name: texts.potion, type: 'ITEM', amount: 100, itemCode: 'ITEM_2041' };
const sauna = { name: texts.sauna, type: 'COUPON', amount: 5, itemCode: 'SAUNA_1H' };
const gold = { name: texts.gold, type: 'CURRENCY', amount: 500, itemCode: 'GOLD' };

let stepNumber = 0;
const step = (text) => {
  stepNumber += 1;
  const [first, ...others] = wrap(text, LINE);
  terminal.print();
  terminal.print(style(`${String(stepNumber).padStart(2)}. ${first}`, 'bold'));
  for (const line of others) terminal.print(style(`    ${line}`, 'bold'));
};
/** Prints what happens within a step, before its requests. */
const note = (text) => {
  for (const line of wrap(text, LINE)) terminal.print(`    ${line}`);
};
const show = (line) => terminal.print(`      ${line}`);
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

const system = new DemoSystem({ root, url, dataDir, env, texts });
const check = system.check.bind(system);
const send = system.send.bind(system);
const register = system.register.bind(system);
const logIn = system.logIn.bind(system);

/** Sends a request, and prints it with the members of its answer that the step is about. @param shown overrides the body */
const call = async (method, path, { members = [], shown, ...request }) => {
  const body = shown ?? request.body;
  show(style(`${method} ${shortened(path)}${body ? ` ${JSON.stringify(body)}` : ''}`, 'dim'));
  const sent = await send(method, path, request);
  const { code, type: _type, title: _title, status: _status, detail: _detail, traceId: _traceId, errors, ...facts } = sent.answer;
  const parts = [style(String(sent.status), sent.status < 400 ? 'green' : 'red')];
  parts.push(...(code ? [code, ...Object.entries(facts).map(inWords)] : members.map((name) => inWords([name, sent.data[name]]))));
  if (errors) parts.push(...errors.map(({ field, message }) => `${field} ${message}`));
  if (sent.replayed) parts.push('Idempotent-Replayed');
  show(parts.join('  '));
  return sent;
};

const inWords = ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
/** Returns a path with short ids. */
const shortened = (path) => decodeURIComponent(path).replaceAll(/([0-9a-f]{8})-[0-9a-f-]{27}/g, '$1…');

const accounts = {
  operator: `operator-${run}@example.com`,
  auditor: `auditor-${run}@example.com`,
  player: `player-${run}@example.com`,
};

// Fails early, before the files of a started system are needed.
await fetch(`${url}/health`).catch(() => fail(texts.unreachable(url)));
const { bus, place } = system.openBus();

if (options.fill) {
  await fillSystem({ system, bus, terminal, language: options.lang ?? 'en', players: Number(options.players ?? 300) });
  await bus.close();
  process.exit(0);
}

terminal.print(style(texts.title, 'bold'));
step(texts.roles(accounts));
const admin = await system.logInAsAdministrator();
for (const [email, role] of [
  [accounts.operator, 'OPERATOR'],
  [accounts.auditor, 'AUDITOR'],
]) {
  const path = `/accounts/${await register(email)}/roles`;
  await call('POST', path, { token: admin, body: { roles: [role] }, expected: 200, members: ['email', 'roles'] });
}
const { accessToken: operator } = await logIn(accounts.operator);
const { accessToken: auditor } = await logIn(accounts.auditor);

step(texts.create());
const week = weekBefore(Date.now(), texts);
const window = {
  startsAt: new Date(week[0].startsAt).toISOString(),
  endsAt: new Date(startOfDay(Date.now()) + 7 * DAY).toISOString(),
  dayStartsAt: '05:00',
};
const condition = { type: 'LOGIN_DAYS', count: 7 };
const calendarBody = {
  name: `${texts.calendarName} ${run}`,
  ...window,
  condition,
  rewards: [sauna],
  milestones: [
    { count: 1, rewards: [gem] },
    { count: 3, rewards: [potion] },
  ],
  publish: true,
};
const { data: calendar } = await call('POST', '/events', {
  token: operator,
  body: calendarBody,
  shown: { condition, dayStartsAt: '05:00', milestones: '[…]', rewards: '[…]', publish: true },
  expected: 201,
  members: ['name', 'status'],
});
check(
  calendar.milestones.map(({ count }) => count),
  [1, 3, 7],
);
const { eventId } = calendar;

step(texts.bonus(gold.amount));
const bonusBody = {
  name: `${texts.bonusName} ${run}`,
  ...window,
  condition: { type: 'LOGIN_COUNT', count: 1 },
  cycle: 'DAY',
  autoClaim: true,
  rewards: [gold],
  publish: true,
};
const shownBonus = { condition: bonusBody.condition, cycle: 'DAY', autoClaim: true, publish: true };
const unconfirmed = await call('POST', '/events', { token: operator, body: bonusBody, shown: shownBonus, expected: 409 });
check(unconfirmed.answer.code, 'CONFIRM_PAST');
const { data: bonus } = await call('POST', '/events', {
  token: operator,
  body: { ...bonusBody, confirmPast: true },
  shown: { ...shownBonus, confirmPast: true },
  expected: 201,
  members: ['name', 'status'],
});

/** Prints rows in columns of the width of their widest cell. */
const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]))));
  for (const row of rows)
    show(
      row
        .map((cell, column) => padTo(cell, widths[column]))
        .join('  ')
        .trimEnd(),
    );
};

delivery = new DemoDelivery({ system, page: { step, note, call, table }, texts, admin, operator, run });
await delivery.add();

/** Repeats a read until its answer is as expected. */
const until = (read, isReached, { withinMs = COUNTED_WITHIN_MS, everyMs = 20, late = texts.notCounted(place) } = {}) =>
  system.until(read, isReached, { withinMs, everyMs, late });

step(texts.pause(accounts.player));
await call('POST', `/events/${eventId}/pause`, {
  token: operator,
  body: { counting: 'STOP' },
  expected: 200,
  members: ['status'],
});
const accountId = await register(accounts.player);
const { accessToken: player, loginId: today } = await logIn(accounts.player);
const own = (id, query = '') => send('GET', `/events/${id}/progress${query}`, { token: player });
// A backfill counts this login if it still runs, and may take longer than one read waits.
await until(
  () => own(eventId, `?afterLogin=${today}`),
  () => true,
);
const bonusToday = await until(
  () => own(bonus.eventId, `?afterLogin=${today}`),
  ({ status }) => status === 'COMPLETED',
);
const paused = await call('GET', `/events/${eventId}/progress?afterLogin=${today}`, {
  token: player,
  expected: 200,
  members: ['status', 'progress'],
});
check(paused.data.progress, 0, paused.answer);
show(`${texts.bonusName} ${bonusToday.cycle}: ${texts.bonusAmount(bonusToday.rewards[0].claimed)}`);
check(bonusToday.rewards[0].claimed, gold.amount, bonusToday);

step(texts.resume());
await call('POST', `/events/${eventId}/resume`, { token: operator, expected: 200, members: ['status'] });

/** Publishes a login of the player with its own time. */
const publishLogin = async (loginId, at, copies = 1) => {
  const message = loginMessage({ loginId, accountId, at, correlationId: `demo-${run}` });
  await bus.publish(
    'logins',
    Array.from({ length: copies }, () => message),
  );
};

const granted = [];
const redraw = async () => {
  const progress = (await own(eventId)).data;
  terminal.pin(calendarLines({ week, progress, granted, bonus: gold.amount }, texts, style));
  if (terminal.isLive) await sleep(DAY_SHOWN_MS);
  return progress;
};

/** Waits until the calendar has this progress and the bonus of the day is granted, and shows both. */
const counted = async (number, progress) => {
  await until(
    () => own(eventId),
    (view) => view.progress === progress,
  );
  const { day } = week[number - 1];
  const { rewards } = await until(
    () => own(bonus.eventId, `?cycle=${day}`),
    ({ status }) => status === 'COMPLETED',
  );
  check([rewards[0].claimed, rewards[0].remaining], [gold.amount, 0]);
  granted.push(day);
};

/** Prints a login of the week, and the calendar with it. */
const showDay = async (number, at, outcome) => {
  const { progress, days, milestones } = (await own(eventId)).data;
  const when = padTo(`${dateOf(at, texts)} ${localTime(at)}`, 17);
  const strip = calendarStrip({ week, progress: { days, milestones } });
  terminal.print();
  terminal.print(`    ${style(padTo(texts.dayHeading(number), 7), 'bold')}${when} ${strip}  ${outcome}`);
  check(days.length, progress);
  await redraw();
};
const timeOf = (number, hours, minutes) => week[number - 1].startsAt + (hours - 5) * HOUR + minutes * MINUTE;

const complete = (milestone, expected) =>
  call('POST', `/events/${eventId}/completion`, {
    token: player,
    body: { milestone },
    expected,
    members: ['milestone', 'status'],
  });
const claim = (body, expected) =>
  call('POST', `/events/${eventId}/claims`, { token: player, body, expected, members: ['amount', 'claimed', 'remaining'] });

step(texts.days());
await redraw();

const logins = Array.from({ length: 7 }, () => randomUUID());
await publishLogin(logins[0], timeOf(1, 21, 4));
await counted(1, 1);
await showDay(1, timeOf(1, 21, 4), texts.counted());
note(texts.completeFirst());
await complete(1, 200);
check((await claim({ requestId: 'c-1', milestone: 1, rewardName: gem.name, all: true }, 201)).data.remaining, 0);
await redraw();

const again = randomUUID();
await publishLogin(logins[1], timeOf(2, 23, 30));
await counted(2, 2);
await showDay(2, timeOf(2, 23, 30), texts.counted());
await publishLogin(again, timeOf(2, 28, 59));
const reasonsOf = async () => {
  const path = `/participations/${eventId}/${accountId}/explain`;
  return new Map((await send('GET', path, { token: auditor, expected: 200 })).data.logins.map((login) => [login.loginId, login]));
};
await until(
  async () => ({ status: 200, data: await reasonsOf() }),
  (reasons) => reasons.get(again)?.reason === 'SAME_DAY',
);
await showDay(2, timeOf(2, 28, 59), texts.sameDay());

await publishLogin(logins[2], timeOf(3, 20, 15), 2);
await counted(3, 3);
await showDay(3, timeOf(3, 20, 15), texts.twice());
note(texts.completeThird());
await complete(3, 200);
const part = { requestId: 'c-2', milestone: 3, rewardName: potion.name, amount: 20 };
check((await claim(part, 201)).data.remaining, 80);
note(texts.tooMany());
check((await claim({ ...part, requestId: 'c-3', amount: 81 }, 409)).answer.code, 'INSUFFICIENT_REMAINING');
note(texts.duplicate());
const repeated = await claim(part, 200);
check([repeated.replayed, repeated.data.claimed, repeated.data.remaining], [true, 20, 80], repeated.answer);
await redraw();

await showDay(4, timeOf(4, 22, 40), texts.missing());
await publishLogin(logins[4], timeOf(5, 19, 8));
await counted(5, 4);
await showDay(5, timeOf(5, 19, 8), texts.counted());
note(texts.early());
const early = await complete(7, 409);
check([early.answer.code, early.answer.progress, early.answer.required], ['CONDITION_NOT_MET', 4, 7]);
await publishLogin(logins[5], timeOf(6, 12, 30));
await counted(6, 5);
await showDay(6, timeOf(6, 12, 30), texts.counted());
await publishLogin(logins[3], timeOf(4, 22, 40));
await counted(4, 6);
await showDay(4, timeOf(4, 22, 40), texts.late());
await publishLogin(logins[6], timeOf(7, 21, 55));
await counted(7, 7);
await showDay(7, timeOf(7, 21, 55), texts.counted());
note(texts.completeLast());
await complete(7, 200);

step(texts.race());
const racers = await Promise.all(
  Array.from({ length: 20 }, (_, index) =>
    send('POST', `/events/${eventId}/claims`, {
      token: player,
      body: { requestId: `race-${index + 1}`, rewardName: sauna.name, amount: 1 },
    }),
  ),
);
const withStatus = (status) => racers.filter((racer) => racer.status === status).length;
show(texts.raceOutcome(withStatus(201), withStatus(409)));
check([withStatus(201), withStatus(409)], [sauna.amount, racers.length - sauna.amount]);

let written = racers
  .map(({ position }) => position ?? '')
  .sort()
  .at(-1);
const { data: last } = await send('GET', `/events/${eventId}/progress`, { token: player, expected: 200, minPosition: written });
check([last.status, last.days], ['COMPLETED', week.map(({ day }) => day)], last);
check(
  last.milestones.map(({ count, status, rewards: [reward] }) => [count, status, reward.claimed, reward.remaining]),
  [
    [1, 'COMPLETED', 100, 0],
    [3, 'COMPLETED', 20, 80],
    [7, 'COMPLETED', 5, 0],
  ],
);
await redraw();
terminal.unpin();

step(texts.several());
await call('POST', `/events/${eventId}/claims`, {
  token: player,
  body: [part, { ...part, requestId: 'c-4' }],
  shown: [{ requestId: 'c-2' }, { requestId: 'c-4' }],
  expected: 400,
});

const claimsOf = async (id) =>
  (
    await send('GET', `/claims?eventId=${id}&accountId=${accountId}&limit=100`, {
      token: auditor,
      expected: 200,
      minPosition: written,
    })
  ).data;

const bonusClaims = await claimsOf(bonus.eventId);
step(texts.bonusClaims(bonusClaims.length, gold.amount));
const cycles = bonusClaims.map(({ cycle }) => cycle).sort();
check(cycles, [...week.map(({ day }) => day), bonusToday.cycle]);
table(bonusClaims.toReversed().map((row) => [row.cycle, row.requestId, texts.bonusAmount(row.amount), row.status]));
for (const row of bonusClaims)
  check([row.requestId, row.amount, row.status], [`auto:1:${gold.name}`, gold.amount, 'SUCCESS'], row);

step(texts.audit());
const claims = await claimsOf(eventId);
const raced = (reason) => claims.filter((row) => row.requestId.startsWith('race-') && row.reason === reason);
const rowOf = ({ requestId, milestone, rewardName, amount, status, reason }) => [
  requestId,
  texts.dayHeading(milestone ?? 7),
  rewardName,
  texts.amount(amount ?? '*'),
  status,
  reason ?? '',
];
table([
  ...claims
    .filter(({ requestId }) => !requestId.startsWith('race-'))
    .toReversed()
    .map(rowOf),
  ...[null, 'INSUFFICIENT_REMAINING'].map((reason) => {
    const rows = raced(reason);
    return rowOf({ ...rows[0], requestId: `${rows.length} × race-…` });
  }),
]);
check(claims.length, 3 + racers.length);
check(claims.filter(({ status }) => status === 'SUCCESS').length, 2 + sauna.amount);

step(texts.explain());
const reasons = await reasonsOf();
for (const [loginId, reason] of [
  [again, 'SAME_DAY'],
  [today, 'PAUSED'],
]) {
  const { at } = reasons.get(loginId);
  show(`${dateOf(Date.parse(at), texts)} ${localTime(Date.parse(at))}  ${reason}`);
  check(reasons.get(loginId).reason, reason);
}
check([...reasons.values()].filter((login) => login.counted).length, 7);

if (delivery.isOn) {
  await delivery.showReceived(accountId, [
    { eventId, rewardName: gem.name, amount: 100 },
    { eventId, rewardName: potion.name, amount: 20 },
    { eventId, rewardName: sauna.name, amount: 5 },
    { eventId: bonus.eventId, rewardName: gold.name, amount: bonusClaims.length * gold.amount },
  ]);
  await delivery.showFull(accountId, {
    claim: async () => (await claim({ ...part, requestId: 'c-5', amount: 5 }, 201)).data.claimId,
    logIn: () => logIn(accounts.player),
  });
  written = await delivery.remove();
}

step(texts.verify());
const verified = await until(
  () => send('GET', '/verification?fresh=true', { token: auditor, expected: 200 }),
  ({ ok, position }) => ok !== null && position >= written.slice(0, POSITION_LENGTH),
  { withinMs: VERIFIED_WITHIN_MS, everyMs: 250, late: texts.notVerified() },
);
if (!verified.ok) fail(texts.findings(verified.findings.length, JSON.stringify(verified.findings[0])));
check(verified.findings, []);
for (const line of wrap(texts.verified(verified.checked), LINE - 2)) show(style(line, 'green'));

terminal.print();
for (const line of wrap(texts.end(eventId), LINE)) terminal.print(line);
await bus.close();
