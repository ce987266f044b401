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
/** Every secret that a client has sent or received, by description. */
const secrets = new Map<string, string>();

/** A client that records its secrets. */
class RecordingClient extends Client {
  constructor(of: System, name: string, email = `${name}-${randomUUID()}@example.com`, password = `geheim ${randomUUID()}`) {
    super(of, email, password);
    secrets.set(`e-mail of ${name}`, email).set(`password of ${name}`, password);
  }

  override async call(...request: Parameters<Client['call']>): ReturnType<Client['call']> {
    const answer = await super.call(...request);
    const { accessToken, refreshToken, secret } = answer.body?.data ?? {};
    if (typeof secret === 'string') {
      secrets.set(`webhook secret ${secrets.size}`, secret);
      secrets.set(`webhook secret ${secrets.size} without its prefix`, secret.slice('whsec_'.length));
    }
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
  admin = new RecordingClient(system, 'admin', ADMIN_EMAIL, ADMIN_PASSWORD);
  await admin.logIn();
}, 60_000);
afterAll(() => started.stop());

/** Returns a secret verbatim and in the encodings of log lines, headers and URLs. */
const encodingsOf = (secret: string): string[] => [
  ...new Set([
    secret,
    secret.toUpperCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ]),
];

/** Returns descriptions of the secrets that a text contains. */
const secretsIn = (text: string): string[] =>
  [...secrets].filter(([, secret]) => encodingsOf(secret).some((encoding) => text.includes(encoding))).map(([name]) => name);

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Finds secrets in the files of DATA_DIR. */
const secretsInFiles = async (isSearched: (name: string) => boolean): Promise<string[]> => {
  const files = (await filesOf(system.dataDir)).filter((file) => isSearched(relative(system.dataDir, file)));
  expect(files.length).toBeGreaterThan(0);
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return files.flatMap((file, index) =>
    secretsIn(contents[index] as string).map((secret) => `${secret} in ${relative(system.dataDir, file)}`),
  );
};

/** Plays the story, including a rejected claim. */
const play = async (player: RecordingClient, operator: Client): Promise<void> => {
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
  const rejected = await player.post(`/events/${eventId}/claims`, { requestId: 'r2', rewardName: 'potion', amount: 81 });
  expect(rejected.status).toBe(409);
  const email = encodeURIComponent(player.email);
  const claims = await admin.get(`/claims?email=${email}`, { 'x-min-position': rejected.headers.get('x-position') ?? '' });
  expect(claims.body.data).toHaveLength(2);
  expect((await admin.get(`/accounts?email=${email}`)).body.data).toHaveLength(1);
};

const refreshTokens = () => [...secrets].filter(([name]) => name.startsWith('refresh token')).map(([, token]) => token);

/** Sends requests with secrets in right and wrong places, most of which are rejected. */
const sendRejectedRequests = async (player: RecordingClient): Promise<void> => {
  const { email, password } = player.credentials;
  const [refreshToken = ''] = refreshTokens();
  const token = player.authorization['authorization'] ?? '';
  const accessToken = token.replace('Bearer ', '');
  const wrong = `geheim ${randomUUID()}`;
  secrets.set('wrong password', wrong);
  const answers = await Promise.all([
    player.post('/auth/register', { email, password }),
    player.post('/auth/login', { email, password: wrong }),
    player.post('/auth/login', { email: email.toUpperCase(), password: wrong }),
    player.post('/auth/login', { email: password, password: email }),
    player.post('/auth/login', { [password]: email, [email]: password }),
    player.post('/auth/login', { email, password, more: { password, refreshToken, accessToken } }),
    player.post('/auth/refresh', { refreshToken: accessToken }),
    player.post('/auth/refresh', { refreshToken: password }),
    player.post('/auth/refresh', [refreshToken]),
    player.get(`/events/${encodeURIComponent(email)}`),
    player.get(`/${encodeURIComponent(password)}`),
    player.get(`/events/${accessToken}`),
    player.get(`/claims?email=${encodeURIComponent(email)}`),
    player.get(`/events?${encodeURIComponent(email)}=${accessToken}`),
    player.get(`/events?status=${accessToken}`),
    player.get('/events', { authorization: accessToken }),
    player.get('/events', { authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}` }),
    player.get('/events', { authorization: `${token}x` }),
    player.get('/events', {
      cookie: `token=${accessToken}; email=${email}`,
      'x-request-id': email,
      traceparent: accessToken,
      'user-agent': `${email} ${accessToken}`,
    }),
    player.get('/events', { 'x-min-position': accessToken }),
    player.post(`/accounts/${email}/roles`, { roles: [email, password] }),
  ]);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const answered = answers.map(({ body }) => JSON.stringify(body ?? null)).join('\n');
  expect(answered.includes(refreshToken) || answered.includes(wrong)).toBe(false);
  const raw = await fetch(`${system.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"email":"${email}","password":"${password}`,
  });
  expect(raw.status).toBe(400);
  expect(await raw.text()).not.toContain(password);
};

/** Adds, tests and rotates a webhook, and repeats these requests. */
const useWebhook = async (): Promise<void> => {
  const body = { name: 'mailbox', kind: 'WEBHOOK', url: 'https://receiver.invalid/rewards', requestId: 'webhook' };
  const added = await admin.post('/delivery-endpoints', body);
  expect(added.status).toBe(201);
  const { id, secret } = added.body.data;
  const repeated = await admin.post('/delivery-endpoints', body);
  expect([repeated.status, repeated.body.data.secret]).toEqual([200, secret]);
  const command = (name: string, sent?: object) => admin.post(`/delivery-endpoints/${id}/${name}`, sent);
  expect((await command('rotate-secret')).status).toBe(200);
  const later = [
    await command('rotate-secret'),
    await command('test'),
    await command('change', { name: 'other' }),
    await command('change', { secret }),
    await command('change', { url: `https://${encodeURIComponent(secret)}@receiver.invalid/` }),
    await admin.post('/delivery-endpoints', { ...body, secret }),
    await admin.get(`/delivery-endpoints/${id}`, { 'x-min-position': added.headers.get('x-position') ?? '' }),
    await admin.get('/delivery-endpoints'),
    await admin.get('/audit'),
    await command('pause'),
  ];
  expect(later.map(({ status }) => status)).toEqual([409, 200, 200, 400, 400, 400, 200, 200, 200, 200]);
  expect(
    secretsIn(later.map(({ body: answer }) => JSON.stringify(answer)).join()).filter((name) => name.startsWith('webhook')),
  ).toEqual([]);
};

/** Kills services, so that others log failures. */
const killServices = async (player: RecordingClient): Promise<void> => {
  await system.kill('query-service');
  expect((await admin.get(`/claims?email=${encodeURIComponent(player.email)}`)).status).toBe(503);
  await system.kill('auth-service');
  expect((await player.post('/auth/login', player.credentials)).status).toBe(503);
  system.launch('query-service');
  system.launch('auth-service');
  await system.ready();
};

/** Reuses a rotated refresh token, which revokes the session. */
const reuseToken = async (player: RecordingClient): Promise<void> => {
  const { body } = await player.post('/auth/login', player.credentials);
  const { refreshToken } = body.data;
  const next = await player.post('/auth/refresh', { refreshToken });
  expect((await player.post('/auth/refresh', { refreshToken: next.body.data.refreshToken })).status).toBe(200);
  const reused = await player.post('/auth/refresh', { refreshToken });
  expect([reused.status, reused.body.code]).toEqual([401, 'TOKEN_REUSED']);
  expect((await player.post('/auth/logout', { refreshToken })).status).toBe(204);
};

it('the system reveals no secret in its output, files or command lines, and no e-mail address of an erased account', async () => {
  const operator = new RecordingClient(system, 'operator');
  const operatorId = await operator.register();
  expect((await admin.post(`/accounts/${operatorId}/roles`, { roles: ['OPERATOR'] })).status).toBe(200);
  await operator.logIn();
  const player = new RecordingClient(system, 'player');
  const toErase = new RecordingClient(system, 'erased');

  await play(player, operator);
  await sendRejectedRequests(player);
  await reuseToken(player);
  await useWebhook();
  await killServices(player);
  await play(toErase, operator);
  await sendRejectedRequests(toErase);
  await reuseToken(toErase);

  const { body } = await admin.get(`/accounts?email=${encodeURIComponent(toErase.email)}`);
  expect((await admin.post(`/accounts/${body.data[0].accountId}/erase`)).status).toBe(200);
  expect((await toErase.post('/auth/login', toErase.credentials)).status).toBe(401);

  expect(secrets.size).toBeGreaterThan(20);
  expect(system.output.split('\n').length).toBeGreaterThan(50);
  expect(secretsIn(system.output)).toEqual([]);
  const commandLines = await Promise.all(SERVICES.map((service) => readFile(`/proc/${system.pidOf(service)}/cmdline`, 'utf8')));
  expect(commandLines.every((line) => line.includes('.js'))).toBe(true);
  expect(secretsIn(commandLines.join('\n'))).toEqual([]);
  expect(await secretsInFiles((name) => !/^((accounts|delivery)\.db|keys\/)/.test(name))).toEqual([]);

  await Promise.all(SERVICES.map((service) => system.kill(service, 'SIGTERM')));
  expect(secretsIn(system.output)).toEqual([]);
  // No file contains a password or a token, not even `accounts.db`.
  const inFiles = await secretsInFiles(() => true);
  const ofAccounts = inFiles.filter((finding) => !/^webhook secret .* in delivery\.db/.test(finding));
  expect(ofAccounts.filter((finding) => !finding.startsWith('e-mail'))).toEqual([]);
  expect(inFiles.length).toBeGreaterThan(ofAccounts.length);
  expect(inFiles).not.toContainEqual(expect.stringContaining('erased'));
  expect(inFiles).toContainEqual('e-mail of player in accounts.db');
}, 60_000);
