import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry, type AccountMessage } from '@rewards/contracts';
import { DocumentStoreUnavailable, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { MessageBusUnavailable } from '@rewards/message-bus';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore, openMessageBus } from '@rewards/service-kit/engines';
import { until } from '@rewards/testing/until';
import type { ActiveAccount } from '../src/accounts/account';
import {
  ADMIN,
  Auth,
  dataDirs,
  filesContaining,
  InterruptibleBus,
  type Player,
  subscribe,
  type Answer,
  type Subscriber,
} from './harness';

const dirs = dataDirs();
const open: { close(): Promise<void> }[] = [];
const closeLater = <Closable extends { close(): Promise<void> }>(closable: Closable): Closable => {
  open.push(closable);
  return closable;
};
const close = async (closable: { close(): Promise<void> }) => {
  open.splice(open.indexOf(closable), 1);
  await closable.close();
};
const start = async (...args: Parameters<typeof Auth.start>) => closeLater(await Auth.start(...args));
const listen = async (dataDir: string): Promise<Subscriber> => closeLater(await subscribe(dataDir));

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});
afterAll(() => dirs.removeAll());

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();
const codes = (answers: readonly Answer[]) => new Set(answers.filter(({ status }) => status >= 400).map(({ body }) => body.code));
const typesOf = (messages: readonly AccountMessage[], accountId: string) =>
  messages.filter(({ event }) => event.data.accountId === accountId).map(({ event }) => event.type);

const documentsOf = (auth: Auth): DocumentStore => closeLater(openDocumentStore(auth.settings, 'accounts', 'read'));
const directoryOf = async (auth: Auth): Promise<Collection<AccountDirectoryEntry>> =>
  documentsOf(auth).collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
const emailOf = async (directory: Collection<AccountDirectoryEntry>, accountId: string) =>
  (await directory.get(accountId))?.document.email;

describe('two instances on one data folder', () => {
  let instances: readonly [Auth, Auth];
  const either = (index: number): Auth => instances[index % 2 === 0 ? 0 : 1];
  let dataDir: string;

  beforeEach(async () => {
    dataDir = dirs.make();
    instances = await Promise.all([start(dataDir), start(dataDir)]);
  });

  it('create one administrator and one key when they start at once', async () => {
    const token = await instances[0].adminToken();
    const { data, body } = await instances[1].get('/accounts', token);
    expect(data.map(({ email }: { email: string }) => email)).toEqual([ADMIN.email]);
    expect(body.page).toEqual({ page: 1, limit: 20, total: 1 });
    expect((await instances[1].get('/auth/me', token)).status).toBe(200);
    const jwks = await Promise.all(instances.map((instance) => instance.get('/.well-known/jwks.json')));
    expect(jwks[0]?.body).toEqual(jwks[1]?.body);
    expect(jwks[0]?.body.keys).toHaveLength(1);
  });

  it('create one account for fifty concurrent registrations of one e-mail', async () => {
    const answers = await times(50, (index) =>
      either(index).post('/auth/register', { email: 'one@example.com', password: `password ${index}` }),
    );
    expect(statuses(answers)).toEqual([201, ...Array(49).fill(409)]);
    expect(codes(answers)).toEqual(new Set(['EMAIL_TAKEN']));
    const { body } = await instances[0].get('/accounts?email=one@example.com', await instances[1].adminToken());
    expect(body.data).toEqual([{ ...answers.find(({ status }) => status === 201)?.body.data, registeredAt: expect.any(String) }]);
  });

  it('accept forty concurrent logins of one account, and publish each', async () => {
    const player = await instances[0].player('player@example.com');
    const answers = await times(40, (index) => either(index).logIn(player));
    expect(statuses(answers)).toEqual(Array(40).fill(200));
    const { messages } = await listen(dataDir);
    const loginIds = answers.map(({ body }) => body.data.loginId);
    await until(
      'the message of every login',
      () => messages.map(({ messageId }) => messageId),
      (ids) => loginIds.every((id) => ids.includes(id)),
    );
  });

  it('publish every message as a CloudEvent of auth-service about its account', async () => {
    const { accountId } = await instances[0].player('player@example.com', ['OPERATOR']);
    await instances[1].post(`/accounts/${accountId}/erase`, {}, await instances[1].adminToken());
    const { messages, headers } = await listen(dataDir);
    await until(
      'all messages of the account',
      () => typesOf(messages, accountId),
      (types) => types.length >= 4,
    );
    expect(new Set(typesOf(messages, accountId))).toEqual(
      new Set(['AccountRegistered', 'RolesChanged', 'LoggedIn', 'AccountErased']),
    );
    for (const { messageId, event } of messages)
      expect(headers.get(messageId)).toEqual({
        ce_specversion: '1.0',
        ce_id: messageId,
        ce_source: '/login-rewards/auth-service',
        ce_type: event.type,
        ce_time: event.data.at,
        ce_subject: event.data.accountId,
        'content-type': 'application/json',
      });
  });

  it('share the lockout, and verify no more than ten guesses', async () => {
    const player = await instances[0].player('player@example.com');
    const answers = await times(40, (index) => either(index).logIn({ email: player.email, password: 'a guess' }));
    expect(statuses(answers)).toEqual([...Array(10).fill(401), ...Array(30).fill(429)]);
    for (const instance of instances) expect((await instance.logIn(player)).body.code).toBe('ACCOUNT_LOCKED');
  });

  it.each(['roles', 'erase'])('keep one of two administrators who dismiss each other at once by %s', async (how) => {
    for (let round = 0; round < 5; round += 1) {
      const token = await instances[0].adminToken();
      const { data } = (await instances[0].get('/accounts?role=ADMIN', token)).body;
      const first = data[0] as { accountId: string };
      const second = await instances[1].player(`admin${how}${round}@example.com`, ['ADMIN']);
      const body = how === 'roles' ? { roles: ['USER'] } : {};
      const answers = await Promise.all([
        instances[0].post(`/accounts/${second.accountId}/${how}`, body, token),
        instances[1].post(`/accounts/${first.accountId}/${how}`, body, second.accessToken),
      ]);
      const admins = documentsOf(instances[0]);
      const accounts = await admins.collection<ActiveAccount>({ name: 'accounts', indexes: [] });
      const remaining = await accounts.find({ where: { isAdmin: true }, limit: 10 });
      expect(remaining).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      // The rejected caller is no longer an administrator, or is the last one.
      const rejected = answers.find(({ status }) => status !== 200);
      expect(['LAST_ADMIN', 'FORBIDDEN', 'UNAUTHENTICATED']).toContain(rejected?.body.code);
      if (remaining[0]?.id !== first.accountId) return;
    }
  });
});

describe('administrators', () => {
  it('cannot all be dismissed, even by concurrent requests', async () => {
    const auth = await start(dirs.make());
    const token = await auth.adminToken();
    const { accountId } = (await auth.get('/auth/me', token)).body.data;
    const lastRoles = await auth.post(`/accounts/${accountId}/roles`, { roles: ['USER', 'OPERATOR'] }, token);
    expect([lastRoles.status, lastRoles.body.code]).toEqual([409, 'LAST_ADMIN']);
    expect((await auth.post(`/accounts/${accountId}/erase`, {}, token)).body.code).toBe('LAST_ADMIN');
    // A rejected dismissal changes nothing and ends no sessions.
    expect((await auth.get('/accounts', token)).status).toBe(200);
    expect((await auth.post(`/accounts/${accountId}/roles`, { roles: ['ADMIN', 'USER'] }, token)).status).toBe(200);

    const others = [];
    for (let index = 0; index < 4; index += 1) others.push(await auth.player(`admin${index}@example.com`, ['ADMIN']));
    const allIds = [accountId, ...others.map((other) => other.accountId)];
    const answers = await Promise.all(
      allIds.flatMap((id) => [
        auth.post(`/accounts/${id}/roles`, { roles: ['USER'] }, token),
        auth.post(`/accounts/${id}/roles`, { roles: ['ADMIN'] }, token),
        auth.post(`/accounts/${id}/roles`, { roles: ['AUDITOR'] }, token),
      ]),
    );
    expect(answers.filter(({ status }) => ![200, 403, 409, 503].includes(status))).toEqual([]);
    const store = documentsOf(auth);
    const accounts = await store.collection<ActiveAccount>({ name: 'accounts', indexes: [] });
    const admins = await store.collection<{ accountIds: string[] }>({ name: 'admins', indexes: [] });
    const withRole = (await accounts.find({ where: { isAdmin: true }, limit: 10 })).map(({ id }) => id).sort();
    expect(withRole.length).toBeGreaterThan(0);
    expect([...((await admins.get('admins'))?.document.accountIds ?? [])].sort()).toEqual(withRole);
  });

  it('are restored to the set if a process stopped between changing the role and the set', async () => {
    const dataDir = dirs.make();
    const auth = await start(dataDir);
    const second = await auth.player('second@example.com', ['ADMIN']);
    await close(auth);
    const store = openDocumentStore(auth.settings, 'accounts', 'write');
    const admins = await store.collection<{ accountIds: string[] }>({ name: 'admins', indexes: [] });
    const accounts = await store.collection<ActiveAccount>({ name: 'accounts', indexes: [] });
    const set = await admins.get('admins');
    const account = await accounts.get(second.accountId);
    if (!set || !account) throw new Error('not stored');
    await admins.replace('admins', set.version, { accountIds: set.document.accountIds.filter((id) => id !== second.accountId) });
    await accounts.replace(account.id, account.version, { ...account.document, leavingAdmins: randomUUID() });
    await store.close();

    const again = await start(dataDir);
    const { accountId } = (await again.get('/auth/me', await again.adminToken())).body.data;
    const { accessToken } = (await again.logIn(second)).body.data;
    expect((await again.post(`/accounts/${accountId}/roles`, { roles: ['USER'] }, accessToken)).status).toBe(200);
    expect((await again.post(`/accounts/${second.accountId}/erase`, {}, accessToken)).body.code).toBe('LAST_ADMIN');
  });
});

describe('the first administrator', () => {
  const withoutPassword = { adminPassword: null };

  it('has a random password in a file that only its owner can read, and keeps it after a restart', async () => {
    const dataDir = dirs.make();
    const first = await start(dataDir, {}, withoutPassword);
    const file = join(dataDir, 'initial-admin-password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, 'utf8')).trim();
    expect(password.length).toBeGreaterThanOrEqual(20);
    expect((await first.logIn({ email: ADMIN.email, password })).status).toBe(200);
    await close(first);

    const second = await start(dataDir, {}, { adminPassword: 'another password', adminEmail: 'other@example.com' });
    const { accessToken } = (await second.logIn({ email: ADMIN.email, password })).body.data;
    expect((await second.get('/accounts', accessToken)).body.page.total).toBe(1);
    expect((await readdir(dataDir)).filter((name) => name.startsWith('initial'))).toEqual(['initial-admin-password']);
    expect(await readFile(join(dataDir, 'first-admin-email'), 'utf8')).toBe(`${ADMIN.email}\n`);
  });

  const withFile = async () => {
    const dataDir = dirs.make();
    const auth = await start(dataDir, {}, withoutPassword);
    const password = (await readFile(join(dataDir, 'initial-admin-password'), 'utf8')).trim();
    const { accessToken } = (await auth.logIn({ email: ADMIN.email, password })).body.data;
    const remainingFiles = async () => (await readdir(dataDir)).filter((name) => /^(initial|first)-admin/.test(name)).sort();
    return { dataDir, auth, password, accessToken: accessToken as string, remainingFiles };
  };
  const FILES = ['first-admin-email', 'initial-admin-password'];

  it('loses the password file when it changes its own password', async () => {
    const { auth, password, accessToken, remainingFiles } = await withFile();
    const other = await auth.player('player@example.com');
    const change = (currentPassword: string, token: string) =>
      auth.post('/auth/password', { currentPassword, newPassword: 'a new password' }, token);
    expect((await change(other.password, other.accessToken)).status).toBe(204);
    expect(await remainingFiles()).toEqual(FILES);
    expect((await change(password, accessToken)).status).toBe(204);
    expect(await remainingFiles()).toEqual([]);
  });

  it('loses the password file when it is erased', async () => {
    const { dataDir, auth, accessToken, remainingFiles } = await withFile();
    const { accountId } = (await auth.get('/auth/me', accessToken)).body.data;
    const second = await auth.player('second@example.com');
    await auth.post(`/accounts/${second.accountId}/roles`, { roles: ['ADMIN'] }, accessToken);
    const token = (await auth.logIn(second)).body.data.accessToken;
    expect((await auth.post(`/accounts/${accountId}/erase`, {}, token)).status).toBe(200);
    expect(await remainingFiles()).toEqual([]);
    expect(await filesContaining(dataDir, ADMIN.email)).toEqual([]);
  });

  it('adopts a password file of an earlier version at startup, and removes a password that belongs to no account', async () => {
    const { dataDir, auth, remainingFiles } = await withFile();
    await close(auth);
    await rm(join(dataDir, 'first-admin-email'));
    await chmod(join(dataDir, 'initial-admin-password'), 0o644);
    await close(await start(dataDir, {}, { ...withoutPassword, adminEmail: 'other@example.com' }));
    expect(await readFile(join(dataDir, 'first-admin-email'), 'utf8')).toBe(`${ADMIN.email}\n`);
    for (const name of FILES) expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);

    await writeFile(join(dataDir, 'initial-admin-password'), 'opens nothing\n');
    await close(await start(dataDir, {}, withoutPassword));
    expect(await remainingFiles()).toEqual([]);
  });

  it('is created once, with one password, when two instances start at once', async () => {
    const dataDir = dirs.make();
    const instances = await Promise.all([start(dataDir, {}, withoutPassword), start(dataDir, {}, withoutPassword)]);
    const password = (await readFile(join(dataDir, 'initial-admin-password'), 'utf8')).trim();
    for (const instance of instances) {
      const { accessToken } = (await instance.logIn({ email: ADMIN.email, password })).body.data;
      expect((await instance.get('/accounts', accessToken)).body.page.total).toBe(1);
    }
  });

  it('uses a password that was written before a crash', async () => {
    const dataDir = dirs.make();
    await writeFile(join(dataDir, 'initial-admin-password'), 'written before\n', { mode: 0o600 });
    const auth = await start(dataDir, {}, withoutPassword);
    expect((await auth.logIn({ email: ADMIN.email, password: 'written before' })).status).toBe(200);
  });

  it('is created when the document store becomes available, and the service is not ready before', async () => {
    const dataDir = dirs.make();
    const documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write');
    let isUnavailable = true;
    const late: DocumentStore = {
      collection: async (spec) => {
        if (isUnavailable) throw new DocumentStoreUnavailable('unavailable');
        return documents.collection(spec);
      },
      scrub: () => documents.scrub(),
      ping: () => documents.ping(),
      close: () => documents.close(),
    };
    const auth = await start(dataDir, { documents: late });
    const { status, body } = await auth.get('/health/ready');
    expect([status, body.parts.administrator]).toEqual([503, 'down']);
    expect((await auth.logIn(ADMIN)).status).toBe(503);
    isUnavailable = false;
    await until(
      'auth-service to be ready',
      async () => (await auth.get('/health/ready')).status,
      (status) => status === 200,
    );
    expect((await auth.logIn(ADMIN)).status).toBe(200);
  });
});

describe('the relay', () => {
  const unavailable = () => new MessageBusUnavailable('unavailable');
  const interruptible = (dataDir: string): InterruptibleBus => {
    mkdirSync(dataDir, { recursive: true });
    return new InterruptibleBus(openMessageBus(readSettings({ DATA_DIR: dataDir })), unavailable);
  };

  it('publishes each message of an account with its cause', async () => {
    const dataDir = dirs.make();
    const auth = await start(dataDir);
    const { messages } = await listen(dataDir);
    const headers = { 'x-request-id': 'a-request', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const registration = { email: 'player@example.com', password: '12345678' };
    const { accountId } = (await auth.call('POST', '/auth/register', { body: registration, headers })).body.data;
    const { loginId } = (await auth.call('POST', '/auth/login', { body: registration, headers })).body.data;
    const token = await auth.adminToken();
    const admin = (await auth.get('/auth/me', token)).body.data.accountId;
    await auth.call('POST', `/accounts/${accountId}/roles`, { body: { roles: ['AUDITOR', 'USER'] }, headers, token });
    await auth.call('POST', `/accounts/${accountId}/erase`, { headers, token });

    const own = () => messages.filter(({ event }) => event.data.accountId === accountId);
    await until('four messages', own, (found) => found.length === 4);
    const sorted = ['AccountRegistered', 'LoggedIn', 'RolesChanged', 'AccountErased'].map((type) =>
      own().find(({ event }) => event.type === type),
    );
    const at = expect.stringMatching(/Z$/);
    const caused = {
      messageId: expect.any(String),
      correlationId: 'a-request',
      traceparent: expect.stringMatching(/^00-a{32}-[0-9a-f]{16}-01$/),
    };
    const self = { accountId, roles: ['USER'] };
    const byAdmin = { accountId: admin, roles: ['ADMIN'] };
    expect(sorted).toEqual([
      { ...caused, actor: self, event: { type: 'AccountRegistered', data: { accountId, roles: ['USER'], at } } },
      { ...caused, actor: self, messageId: loginId, event: { type: 'LoggedIn', data: { loginId, accountId, at } } },
      { ...caused, actor: byAdmin, event: { type: 'RolesChanged', data: { accountId, roles: ['USER', 'AUDITOR'], at } } },
      { ...caused, actor: byAdmin, event: { type: 'AccountErased', data: { accountId, at } } },
    ]);
    expect(new Set(own().map(({ messageId }) => messageId)).size).toBe(4);
    expect(typesOf(messages, admin)[0]).toBe('AccountRegistered');
  });

  it('retries while the bus is unavailable, does not affect logins, and catches up', async () => {
    const dataDir = dirs.make();
    const bus = interruptible(dataDir);
    const auth = await start(dataDir, { bus });
    bus.isUnavailable = true;
    const player = await auth.player('player@example.com');
    const answers = await times(100, () => auth.logIn(player));
    expect(statuses(answers)).toEqual(Array(100).fill(200));
    const { parts } = (await auth.get('/health/ready')).data;
    expect([parts.documentStore, parts.messageBus]).toEqual(['up', 'down']);
    await until(
      'two rejected publications',
      () => bus.rejected,
      (count) => count > 1,
    );
    expect((await auth.get('/metrics')).body).toMatch(/^auth_undelivered_accounts\{service="auth-service"\} [12]$/m);

    bus.isUnavailable = false;
    const { messages } = await listen(dataDir);
    const loginIds = answers.map(({ body }) => body.data.loginId);
    await until(
      'the message of every login',
      () => messages.map(({ messageId }) => messageId),
      (ids) => loginIds.every((id) => ids.includes(id)),
    );
    await until(
      'an empty outbox',
      async () => (await auth.get('/metrics')).body as string,
      (metrics) => /^auth_undelivered_accounts\{service="auth-service"\} 0$/m.test(metrics),
    );
  });

  it('publishes the undelivered messages of many accounts after a restart', async () => {
    const dataDir = dirs.make();
    const bus = interruptible(dataDir);
    bus.isUnavailable = true;
    const first = await start(dataDir, { bus });
    const players = await times(70, (index) => first.player(`player${index}@example.com`));
    await close(first);

    await start(dataDir);
    const { messages } = await listen(dataDir);
    await until(
      'the registration and the login of every player',
      () => players.map(({ accountId }) => typesOf(messages, accountId).sort().join()),
      (types) => types.every((found) => found === 'AccountRegistered,LoggedIn'),
    );
  });

  it('does not affect logins until the outbox of the account is full', async () => {
    const dataDir = dirs.make();
    const bus = interruptible(dataDir);
    bus.isUnavailable = true;
    const auth = await start(dataDir, { bus });
    const player = await auth.player('player@example.com');
    await close(auth);
    const store = openDocumentStore(auth.settings, 'accounts', 'write');
    const accounts = await store.collection<ActiveAccount>({ name: 'accounts', indexes: [] });
    const account = await accounts.get(player.accountId);
    const login = account?.document.undelivered.at(-1);
    if (!account || !login) throw new Error('not stored');
    const waiting = Array.from({ length: 4_997 }, () => ({ ...login, messageId: randomUUID() }));
    const undelivered = [...account.document.undelivered, ...waiting];
    await accounts.replace(account.id, account.version, { ...account.document, undelivered });
    await store.close();

    const secondBus = interruptible(dataDir);
    secondBus.isUnavailable = true;
    const second = await start(dataDir, { bus: secondBus });
    expect((await second.logIn(player)).status).toBe(200);
    const rejected = await second.logIn(player);
    expect([rejected.status, rejected.body.code, rejected.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '1']);
    secondBus.isUnavailable = false;
    const { messages } = await listen(dataDir);
    await until(
      '5,000 different messages',
      () => new Set(messages.map(({ messageId }) => messageId)).size,
      (count) => count >= 5_000,
      { withinMs: 30_000 },
    );
    expect((await second.logIn(player)).status).toBe(200);
  });

  it('completes an interrupted registration and an interrupted erasure', async () => {
    const dataDir = dirs.make();
    const documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write');
    const isBroken = { value: false };
    const bus = interruptible(dataDir);
    bus.isUnavailable = true;
    const first = await start(dataDir, { bus, documents: breakingDirectory(documents, isBroken) });
    const erased = await first.player('erased@example.com');
    isBroken.value = true;
    const registration = await first.post('/auth/register', { email: 'player@example.com', password: '12345678' });
    expect([registration.status, registration.body.code]).toEqual([503, 'UNAVAILABLE']);
    const erasure = await first.post(`/accounts/${erased.accountId}/erase`, {}, await first.adminToken());
    expect([erasure.status, erasure.body.code]).toEqual([503, 'UNAVAILABLE']);
    await close(first);

    const second = await start(dataDir);
    const login = await second.logIn({ email: 'player@example.com', password: '12345678' });
    const { accountId } = (await second.get('/auth/me', login.body.data.accessToken)).body.data;
    const directory = await directoryOf(second);
    await until(
      'one e-mail in the account directory, and the other erased',
      () => Promise.all([emailOf(directory, accountId), emailOf(directory, erased.accountId)]),
      ([kept, gone]) => kept === 'player@example.com' && gone === null,
    );
    expect((await second.post(`/accounts/${erased.accountId}/erase`, {}, await second.adminToken())).status).toBe(200);
    expect(await filesContaining(dataDir, 'erased@example.com')).toEqual([]);
  });
});

/** A document store in which writes to `accountDirectory` fail while `isBroken.value` is true. */
const breakingDirectory = (documents: DocumentStore, isBroken: { readonly value: boolean }): DocumentStore => ({
  collection: async <T extends object>(spec: CollectionSpec<T>) => {
    const collection = await documents.collection(spec);
    if (spec.name !== ACCOUNT_DIRECTORY.name) return collection;
    const failIfBroken = () => {
      if (isBroken.value) throw new DocumentStoreUnavailable('broken');
    };
    const { insert, replace } = collection;
    collection.insert = async (...args) => (failIfBroken(), insert.apply(collection, args));
    collection.replace = async (...args) => (failIfBroken(), replace.apply(collection, args));
    return collection;
  },
  scrub: () => documents.scrub(),
  ping: () => documents.ping(),
  close: () => documents.close(),
});

describe('an erasure', () => {
  it('loses no acknowledged login in a race, and leaves the e-mail in no file', async () => {
    const dataDir = dirs.make();
    const instances = await Promise.all([start(dataDir), start(dataDir)]);
    const [auth, other] = instances;
    const token = await auth.adminToken();
    const acknowledged: string[] = [];
    const erased: Player[] = [];
    for (let round = 0; round < 5; round += 1) {
      const player = await auth.player(`erase.me.${round}@example.com`);
      erased.push(player);
      const logins = times(20, (index) => (index % 2 ? auth : other).logIn(player));
      const erasure = await other.post(`/accounts/${player.accountId}/erase`, {}, token);
      expect(erasure.status).toBe(200);
      for (const { status, body } of await logins) {
        expect([200, 401, 429]).toContain(status);
        if (status === 200) acknowledged.push(body.data.loginId);
      }
      expect((await auth.logIn(player)).status).not.toBe(200);
    }
    const { messages } = await listen(dataDir);
    await until(
      'the message of every acknowledged login and of every erasure',
      () => messages,
      () => {
        const ids = messages.map(({ messageId }) => messageId);
        return (
          acknowledged.every((id) => ids.includes(id)) &&
          erased.every(({ accountId }) => typesOf(messages, accountId).includes('AccountErased'))
        );
      },
    );
    const accounts = await documentsOf(auth).collection<ActiveAccount>({ name: 'accounts', indexes: [] });
    await until(
      'the erased accounts to be gone',
      () => Promise.all(erased.map(({ accountId }) => accounts.get(accountId))),
      (found) => found.every((account) => account === null),
    );
    const directory = await directoryOf(auth);
    for (const { accountId } of erased) expect(await emailOf(directory, accountId)).toBeNull();

    // Before the stop, and after it.
    expect(await filesContaining(dataDir, 'erase.me')).toEqual([]);
    expect(await filesContaining(dataDir, ADMIN.email)).not.toEqual([]);
    for (const closable of open.splice(0).reverse()) await closable.close();
    expect(await filesContaining(dataDir, 'erase.me')).toEqual([]);
  });
});
