import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { SERVICES, type System } from '../testing/system';
import { Started } from '../testing/started';
import { startSystem } from './testing/start';

const HOUR = 3_600_000;
const ADMIN_EMAIL = `root-${randomUUID()}@example.com`;
const ADMIN_PASSWORD = `geheim ${randomUUID()}`;

const started = new Started();
let system: System;
let admin: Client;
/** Everything secret that a client has sent or was sent, by what it is. */
const secrets = new Map<string, string>();

/** A client of whose secrets the test keeps a copy. */
class Watched extends Client {
  constructor(of: System, name: string, email = `${name}-${randomUUID()}@example.com`, password = `geheim ${randomUUID()}`) {
    super(of, email, password);
    secrets.set(`e-mail of ${name}`, email).set(`password of ${name}`, password);
  }

  override async call(...request: Parameters<Client['call']>): ReturnType<Client['call']> {
    const answer = await super.call(...request);
    const { accessToken, refreshToken } = answer.body?.data ?? {};
    if (typeof accessToken === 'string') {
      secrets.set(`access token ${secrets.size}`, accessToken);
      secrets.set(`signature ${secrets.size}`, accessToken.split('.')[2] as string);
    }
    if (typeof refreshToken === 'string') secrets.set(`refresh token ${secrets.size}`, refreshToken);
    return answer;
  }
}

beforeAll(async () => {
  system = started.add(await startSystem({ LOG_LEVEL: 'trace', ADMIN_EMAIL, ADMIN_PASSWORD }));
  admin = new Watched(system, 'admin', ADMIN_EMAIL, ADMIN_PASSWORD);
  await admin.logIn();
}, 60_000);
afterAll(() => started.stop());

/** As it is, and as a log line, a header or an address would hold it. */
const spellingsOf = (secret: string): string[] => [
  ...new Set([
    secret,
    secret.toUpperCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ]),
];

/** Names of the secrets that are in the text. */
const foundIn = (text: string): string[] =>
  [...secrets].filter(([, secret]) => spellingsOf(secret).some((spelling) => text.includes(spelling))).map(([name]) => name);

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Files of DATA_DIR and the secrets in them. */
const findings = async (isSearched: (name: string) => boolean): Promise<string[]> => {
  const files = (await filesOf(system.dataDir)).filter((file) => isSearched(relative(system.dataDir, file)));
  expect(files.length).toBeGreaterThan(0);
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return files.flatMap((file, index) =>
    foundIn(contents[index] as string).map((secret) => `${secret} in ${relative(system.dataDir, file)}`),
  );
};

/** The story, and everything that can go wrong on its way. */
const play = async (player: Watched, operator: Client): Promise<void> => {
  const created = await operator.post('/events', {
    name: 'login event',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 1 },
    rewards: [{ name: 'potion', type: 'ITEM', amount: 100 }],
    publish: true,
  });
  expect(created.status).toBe(201);
  const { eventId } = created.body.data;
  await player.register();
  await player.logIn();
  await until('completion', async () => (await player.post(`/events/${eventId}/completion`)).status === 200, Boolean, {
    withinMs: 30_000,
  });
  const claim = await player.post(`/events/${eventId}/claims`, { requestId: 'r1', rewardName: 'potion', amount: 20 });
  expect(claim.status).toBe(201);
  const refused = await player.post(`/events/${eventId}/claims`, { requestId: 'r2', rewardName: 'potion', amount: 81 });
  expect(refused.status).toBe(409);
  const email = encodeURIComponent(player.email);
  const claims = await admin.get(`/claims?email=${email}`, { 'x-min-position': refused.headers.get('x-position') ?? '' });
  expect(claims.body.data).toHaveLength(2);
  expect((await admin.get(`/accounts?email=${email}`)).body.data).toHaveLength(1);
};

const refreshTokens = () => [...secrets].filter(([name]) => name.startsWith('refresh token')).map(([, token]) => token);

/** Requests that are refused while they carry secrets, in the right places and in wrong ones. */
const stumble = async (player: Watched): Promise<void> => {
  const { email, password } = player.credentials;
  const [refreshToken = ''] = refreshTokens();
  const token = player.authorization['authorization'] ?? '';
  const bare = token.replace('Bearer ', '');
  const wrong = `geheim ${randomUUID()}`;
  secrets.set('wrong password', wrong);
  const answers = await Promise.all([
    player.post('/auth/register', { email, password }),
    player.post('/auth/login', { email, password: wrong }),
    player.post('/auth/login', { email: email.toUpperCase(), password: wrong }),
    player.post('/auth/login', { email: password, password: email }),
    player.post('/auth/login', { [password]: email, [email]: password }),
    player.post('/auth/login', { email, password, more: { password, refreshToken, accessToken: bare } }),
    player.post('/auth/refresh', { refreshToken: bare }),
    player.post('/auth/refresh', { refreshToken: password }),
    player.post('/auth/refresh', [refreshToken]),
    player.get(`/events/${encodeURIComponent(email)}`),
    player.get(`/${encodeURIComponent(password)}`),
    player.get(`/events/${bare}`),
    player.get(`/claims?email=${encodeURIComponent(email)}`),
    player.get(`/events?${encodeURIComponent(email)}=${bare}`),
    player.get(`/events?status=${bare}`),
    player.get('/events', { authorization: bare }),
    player.get('/events', { authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}` }),
    player.get('/events', { authorization: `${token}x` }),
    player.get('/events', {
      cookie: `token=${bare}; email=${email}`,
      'x-request-id': email,
      traceparent: bare,
      'user-agent': `${email} ${bare}`,
    }),
    player.get('/events', { 'x-min-position': bare }),
    player.post(`/accounts/${email}/roles`, { roles: [email, password] }),
  ]);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const told = answers.map(({ body }) => JSON.stringify(body ?? null)).join('\n');
  expect(told.includes(refreshToken) || told.includes(wrong)).toBe(false);
  const raw = await fetch(`${system.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"email":"${email}","password":"${password}`,
  });
  expect(raw.status).toBe(400);
  expect(await raw.text()).not.toContain(password);
};

/** Failures that a service writes into its log. */
const breakDown = async (player: Watched): Promise<void> => {
  await system.kill('query-service');
  expect((await admin.get(`/claims?email=${encodeURIComponent(player.email)}`)).status).toBe(503);
  await system.kill('auth-service');
  expect((await player.post('/auth/login', player.credentials)).status).toBe(503);
  system.launch('query-service');
  system.launch('auth-service');
  await system.ready();
};

/** A refresh token once more after its successor was rotated: the family ends. */
const reuse = async (player: Watched): Promise<void> => {
  const { body } = await player.post('/auth/login', player.credentials);
  const { refreshToken } = body.data;
  const next = await player.post('/auth/refresh', { refreshToken });
  expect((await player.post('/auth/refresh', { refreshToken: next.body.data.refreshToken })).status).toBe(200);
  const again = await player.post('/auth/refresh', { refreshToken });
  expect([again.status, again.body.code]).toEqual([401, 'TOKEN_REUSED']);
  expect((await player.post('/auth/logout', { refreshToken })).status).toBe(204);
};

it('are in no output, no file that is not made for them, and no command line; an erased e-mail is nowhere', async () => {
  const operator = new Watched(system, 'operator');
  const operatorId = await operator.register();
  expect((await admin.post(`/accounts/${operatorId}/roles`, { roles: ['OPERATOR'] })).status).toBe(200);
  await operator.logIn();
  const player = new Watched(system, 'player');
  const erasedLater = new Watched(system, 'erased');

  await play(player, operator);
  await stumble(player);
  await reuse(player);
  await breakDown(player);
  await play(erasedLater, operator);
  await stumble(erasedLater);
  await reuse(erasedLater);

  const { body } = await admin.get(`/accounts?email=${encodeURIComponent(erasedLater.email)}`);
  expect((await admin.post(`/accounts/${body.data[0].accountId}/erase`)).status).toBe(200);
  expect((await erasedLater.post('/auth/login', erasedLater.credentials)).status).toBe(401);

  expect(secrets.size).toBeGreaterThan(20);
  expect(system.output.split('\n').length).toBeGreaterThan(50);
  expect(foundIn(system.output)).toEqual([]);
  const commandLines = await Promise.all(SERVICES.map((service) => readFile(`/proc/${system.pidOf(service)}/cmdline`, 'utf8')));
  expect(commandLines.every((line) => line.includes('.js'))).toBe(true);
  expect(foundIn(commandLines.join('\n'))).toEqual([]);
  expect(await findings((name) => !/^(accounts\.db|keys\/)/.test(name))).toEqual([]);

  await Promise.all(SERVICES.map((service) => system.kill(service, 'SIGTERM')));
  expect(foundIn(system.output)).toEqual([]);
  // What is never needed as it is, is not there as it is: passwords and tokens not even among the accounts.
  const inFiles = await findings(() => true);
  expect(inFiles.filter((finding) => !finding.startsWith('e-mail'))).toEqual([]);
  expect(inFiles).not.toContainEqual(expect.stringContaining('erased'));
  expect(inFiles).toContainEqual('e-mail of player in accounts.db');
}, 60_000);
