import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { until } from '@rewards/testing/until';
import { NoSuchAccount, resetAdmin } from '../src/accounts/reset-admin';
import { ADMIN, Auth, dataDirs, filesContaining, subscribe } from './harness';

const dirs = dataDirs();
let dataDir: string;
let auth: Auth;
beforeEach(async () => {
  dataDir = dirs.make();
  auth = await Auth.start(dataDir);
});
afterEach(() => auth.close());
afterAll(() => dirs.removeAll());

/** Resets the account with a separate store, like another process while the service runs. */
const reset = async (email: string): Promise<string> => {
  const documents = openDocumentStore(auth.settings, 'accounts', 'write');
  try {
    return await resetAdmin(documents, dataDir, email);
  } finally {
    await documents.close();
  }
};
const fail = (email: string, network: string) =>
  Promise.all(
    Array.from({ length: 10 }, () =>
      auth.call('POST', '/auth/login', { body: { email, password: 'no' }, headers: { 'x-client-network': network } }),
    ),
  );

describe('resetAdmin', () => {
  it('sets a new password, ends sessions, lifts locks and keeps the role ADMIN', async () => {
    const { refreshToken } = (await auth.logIn(ADMIN)).body.data;
    await fail(ADMIN.email, '203.0.113.1');
    await fail(ADMIN.email, '127.0.0.1');
    expect((await auth.logIn(ADMIN)).body.code).toBe('ACCOUNT_LOCKED');
    const password = await reset(` ${ADMIN.email.toUpperCase()} `);
    expect((await auth.post('/auth/refresh', { refreshToken })).body.code).toBe('BAD_TOKEN');
    expect((await auth.logIn(ADMIN)).body.code).toBe('BAD_CREDENTIALS');
    const login = await auth.logIn({ email: ADMIN.email, password });
    expect((await auth.get('/accounts', login.body.data.accessToken)).status).toBe(200);
    expect(await filesContaining(dataDir, password)).toEqual([]);
  });

  it('gives an account the role ADMIN and publishes the change', async () => {
    const player = await auth.player('player@example.com');
    const password = await reset(player.email);
    const { accessToken } = (await auth.logIn({ email: player.email, password })).body.data;
    expect((await auth.get('/auth/me', accessToken)).body.data.roles).toEqual(['USER', 'ADMIN']);
    // The account is in the set of administrators too, so the other administrator can be erased.
    const first = (await auth.get('/accounts?email=' + ADMIN.email, accessToken)).body.data[0].accountId;
    expect((await auth.post(`/accounts/${first}/erase`, {}, accessToken)).status).toBe(200);
    const subscriber = await subscribe(dataDir);
    await until(
      'the message of the new roles',
      () => subscriber.messages.filter(({ actor }) => JSON.stringify(actor) === '{"service":"admin:reset"}'),
      (found) => found.length > 0,
    );
    await subscriber.close();
  });

  it('removes the file with the initial password', async () => {
    const other = dirs.make();
    const first = await Auth.start(other, {}, { adminPassword: null });
    expect(await readFile(join(other, 'initial-admin-password'), 'utf8')).not.toBe('');
    const documents = openDocumentStore(first.settings, 'accounts', 'write');
    await resetAdmin(documents, other, ADMIN.email);
    await documents.close();
    await first.close();
    await expect(readFile(join(other, 'initial-admin-password'), 'utf8')).rejects.toHaveProperty('code', 'ENOENT');
  });

  it('throws NoSuchAccount if no account has the e-mail', async () => {
    await expect(reset('nobody@example.com')).rejects.toThrow(NoSuchAccount);
  });
});
