import './lib/require-node.mjs';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { TEXTS } from './lib/demo-texts.mjs';

/** Plays the story on a running system and prints each step with its answer. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const envFile = join(root, '.env');
if (existsSync(envFile)) process.loadEnvFile(envFile);
const env = process.env;

const { values: options } = readCommandLine('demo');
const texts = TEXTS[options.lang ?? 'en'];
if (!texts) fail(`--lang must be one of ${Object.keys(TEXTS).join(', ')}.`);
const url = options.url ?? `http://127.0.0.1:${env.GATEWAY_PORT?.trim() || 3002}`;

const HOUR = 3_600_000;
const PASSWORD = 'a-long-password';
const run = randomUUID().slice(0, 8);
const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
const sauna = { name: '사우나 이용권', type: 'COUPON', amount: 5 };

let stepNumber = 0;
const step = (name, ...values) => {
  stepNumber += 1;
  process.stdout.write(`\n${stepNumber}. ${texts[name](...values)}\n`);
};
const show = (line) => process.stdout.write(`   ${line}\n`);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Sends a request and prints it with its answer. @param expected status; any other one ends the demo */
const call = async (method, path, { token, body, expected, quiet = false, minPosition } = {}) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...(minPosition && { 'x-min-position': minPosition }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => fail(texts.unreachable(url)));
  const answer = await response.json();
  if (!quiet) {
    show(`${method} ${decodeURIComponent(path)}${body ? ` ${JSON.stringify(withoutSecrets(body))}` : ''}`);
    show(`→ ${response.status} ${JSON.stringify(withoutSecrets(answer.data ?? answer))}`);
  }
  if (expected !== undefined && response.status !== expected)
    fail(texts.unexpected(expected, response.status, JSON.stringify(answer)));
  return {
    status: response.status,
    position: response.headers.get('x-position'),
    replayed: response.headers.get('idempotent-replayed') === 'true',
    answer,
    data: answer.data,
  };
};

const withoutSecrets = (value) =>
  Array.isArray(value)
    ? value.map(withoutSecrets)
    : Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          key,
          ['password', 'accessToken', 'refreshToken', 'traceId'].includes(key) ? '…' : inner,
        ]),
      );

const register = async (email) =>
  (await call('POST', '/auth/register', { body: { email, password: PASSWORD }, expected: 201, quiet: true })).data.accountId;
const logIn = async (email, password = PASSWORD) =>
  (await call('POST', '/auth/login', { body: { email, password }, expected: 200, quiet: true })).data;

const dataFile = (name) => join(resolve(root, env.DATA_DIR?.trim() || 'data'), name);

/** Returns the e-mail address of the first administrator. The file is read first, because `ADMIN_EMAIL` may have changed. */
const administratorEmail = () => {
  const file = dataFile('first-admin-email');
  if (!env.ADMIN_PASSWORD?.trim() && existsSync(file)) return readFileSync(file, 'utf8').trim();
  return env.ADMIN_EMAIL?.trim() || 'admin@example.com';
};

const administratorPassword = () => {
  if (env.ADMIN_PASSWORD?.trim()) return env.ADMIN_PASSWORD;
  const file = dataFile('initial-admin-password');
  if (!existsSync(file)) fail(texts.noPassword(file));
  return readFileSync(file, 'utf8').trim();
};

const accounts = {
  operator: `operator-${run}@example.com`,
  auditor: `auditor-${run}@example.com`,
  player: `player-${run}@example.com`,
};

// Fails early, before the password file of a started system is needed.
await fetch(`${url}/health`).catch(() => fail(texts.unreachable(url)));
step('roles', accounts);
const { accessToken: admin } = await logIn(administratorEmail(), administratorPassword());
for (const [email, role] of [
  [accounts.operator, 'OPERATOR'],
  [accounts.auditor, 'AUDITOR'],
]) {
  await call('POST', `/accounts/${await register(email)}/roles`, { token: admin, body: { roles: [role] }, expected: 200 });
}
const { accessToken: operator } = await logIn(accounts.operator);
const { accessToken: auditor } = await logIn(accounts.auditor);

step('create');
const { data: event } = await call('POST', '/events', {
  token: operator,
  expected: 201,
  body: {
    name: '접속 이벤트',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + 7 * 24 * HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 3 },
    rewards: [potion, gem, sauna],
    publish: true,
  },
});
const { eventId } = event;
const complete = (token, expected) => call('POST', `/events/${eventId}/completion`, { token, expected });
/** Waits until the login was counted, and shows the progress after it. */
const progressAfter = (token, loginId) =>
  call('GET', `/events/${eventId}/progress?afterLogin=${loginId}`, { token, expected: 200 });
const claim = (token, body, expected, quiet = false) =>
  call('POST', `/events/${eventId}/claims`, { token, body, expected, quiet });

step('firstLogin', accounts.player);
await register(accounts.player);
const { accessToken: player, loginId: first } = await logIn(accounts.player);
await progressAfter(player, first);
await complete(player, 409);

step('threeLogins');
await logIn(accounts.player);
const { loginId: last } = await logIn(accounts.player);
await progressAfter(player, last);
await complete(player, 200);

step('part');
const part = { requestId: 'c-1', rewardName: potion.name, amount: 20 };
await claim(player, part, 201);

step('all');
await claim(player, { requestId: 'c-2', rewardName: gem.name, all: true }, 201);

step('tooMany');
await claim(player, { requestId: 'c-3', rewardName: potion.name, amount: 81 }, 409);

step('duplicate');
const { replayed } = await claim(player, part, 200);
show(`Idempotent-Replayed: ${replayed}`);

step('several');
await claim(player, [part, { ...part, requestId: 'c-4', rewardName: gem.name }], 400);

step('race');
const racers = await Promise.all(
  Array.from({ length: 20 }, (_, index) =>
    claim(player, { requestId: `race-${index}`, rewardName: sauna.name, amount: 1 }, undefined, true),
  ),
);
const granted = racers.filter(({ status }) => status === 201).length;
show(texts.raceOutcome(granted, racers.length - granted));
if (granted !== sauna.amount) fail(texts.unexpected(sauna.amount, granted, ''));

step('progress');
const written = racers
  .map(({ position }) => position ?? '')
  .sort()
  .at(-1);
await call('GET', `/events/${eventId}/progress`, { token: player, expected: 200, minPosition: written });

step('audit');
const { data: rows } = await call('GET', `/claims?eventId=${eventId}&limit=100`, {
  token: auditor,
  expected: 200,
  quiet: true,
  minPosition: written,
});
for (const { at, email, requestId, rewardName, amount, status, reason } of rows) {
  show([at, email, requestId.padEnd(8), rewardName, amount ?? '*', status, reason ?? ''].join('  '));
}
process.stdout.write(`\n${texts.end(eventId)}\n`);
