import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DocumentStore } from '@rewards/document-store';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { Auth, dataDirs, type Answer } from './harness';

const dirs = dataDirs();
const clock = { now: Date.now() };
let auth: Auth;
beforeAll(async () => {
  auth = await Auth.start(dirs.make(), { now: () => clock.now });
});
afterAll(async () => {
  await auth.close();
  dirs.removeAll();
});

let counter = 0;
const newEmail = () => `player${(counter += 1)}@example.com`;
const problemOf = ({ status, body }: Answer) => [status, body.code];
const HOME = '192.0.2.1';
const ELSEWHERE = '2001:db8:0:1::/64';
const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('lockout', () => {
  const MINUTE = 60_000;
  const logIn = (email: string, password: string, network: string) =>
    auth.call('POST', '/auth/login', { body: { email, password }, headers: { 'x-client-network': network } });
  const fail = (email: string, times: number, network: string) =>
    Promise.all(Array.from({ length: times }, () => logIn(email, 'not this one', network)));
  /** Creates an account that has logged in from its home network. */
  const accountWithHome = async () => {
    const player = await auth.player(newEmail());
    expect((await logIn(player.email, player.password, HOME)).status).toBe(200);
    return player;
  };

  it.each([
    ['an account', true],
    ['no account', false],
  ])('rejects the e-mail of %s after ten failures, until 15 minutes after the tenth', async (_, exists) => {
    const email = newEmail();
    const password = `password of ${email}`;
    if (exists) await auth.player(email);
    const unlocked = exists ? 200 : 401;
    const begin = clock.now;
    expect(statusesOf(await fail(email, 9, ELSEWHERE))).toEqual(Array(9).fill(401));
    clock.now = begin + 10 * MINUTE;
    expect(statusesOf(await fail(email, 1, ELSEWHERE))).toEqual([401]);

    // Nine of the ten are older than fifteen minutes by now.
    clock.now = begin + 20 * MINUTE;
    const locked = await logIn(` ${email.toUpperCase()}`, password, ELSEWHERE);
    expect(problemOf(locked)).toEqual([429, 'ACCOUNT_LOCKED']);
    expect(locked.headers['retry-after']).toBe('300');
    // Attempts during the lock do not count.
    expect(statusesOf(await fail(email, 20, ELSEWHERE))).toEqual(Array(20).fill(429));
    clock.now = begin + 25 * MINUTE - 1;
    expect((await logIn(email, password, ELSEWHERE)).status).toBe(429);
    clock.now = begin + 25 * MINUTE;
    expect((await logIn(email, password, ELSEWHERE)).status).toBe(unlocked);
  });

  it('counts failures from all unknown networks together', async () => {
    const { email, password } = await accountWithHome();
    for (let index = 0; index < 10; index += 1) expect((await fail(email, 1, `198.51.100.${index}`))[0]?.status).toBe(401);
    expect(problemOf(await logIn(email, password, '203.0.113.1'))).toEqual([429, 'ACCOUNT_LOCKED']);
  });

  it('does not lock a known network because of failures from other networks', async () => {
    const { email, password } = await accountWithHome();
    await fail(email, 10, ELSEWHERE);
    expect(problemOf(await logIn(email, password, ELSEWHERE))).toEqual([429, 'ACCOUNT_LOCKED']);
    expect((await logIn(email, password, HOME)).status).toBe(200);
  });

  it('locks only the known network from which ten attempts failed', async () => {
    const { email, password } = await accountWithHome();
    expect((await logIn(email, password, ELSEWHERE)).status).toBe(200);
    expect(statusesOf(await fail(email, 10, HOME))).toEqual(Array(10).fill(401));
    expect(problemOf(await logIn(email, password, HOME))).toEqual([429, 'ACCOUNT_LOCKED']);
    expect((await logIn(email, password, ELSEWHERE)).status).toBe(200);
    expect((await logIn(email, password, '203.0.113.1')).status).toBe(200);
  });

  it('verifies no more than ten of sixty concurrent guesses', async () => {
    const { email } = await auth.player(newEmail());
    const statuses = statusesOf(await fail(email, 60, ELSEWHERE));
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
  });

  it('answers 429 to 300 concurrent wrong logins from 300 networks with a slow document store', async () => {
    const dataDir = dirs.make();
    const documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write');
    const slow: DocumentStore = {
      collection: async (spec) => {
        const collection = await documents.collection(spec);
        const get = collection.get.bind(collection);
        collection.get = async (id) => (await nextTurn(), get(id));
        return collection;
      },
      scrub: () => documents.scrub(),
      ping: () => documents.ping(),
      close: () => documents.close(),
    };
    const remote = await Auth.start(dataDir, { documents: slow });
    const guess = (index: number) =>
      remote.call('POST', '/auth/login', {
        body: { email: 'nobody@example.com', password: 'a guess' },
        headers: { 'x-client-network': `198.51.${index >> 8}.${index & 255}` },
      });
    for (let index = 0; index < 10; index += 1) expect((await guess(index)).status).toBe(401);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => guess(index)));
    await remote.close();
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['ACCOUNT_LOCKED']));
  });

  it('counts a wrong current password as a failed login', async () => {
    const { email, password, accessToken: token } = await auth.player(newEmail());
    const change = (currentPassword: string) =>
      auth.call('POST', '/auth/password', {
        token,
        body: { currentPassword, newPassword: 'a new password' },
        headers: { 'x-client-network': ELSEWHERE },
      });
    expect(statusesOf(await fail(email, 5, ELSEWHERE))).toEqual(Array(5).fill(401));
    for (let index = 0; index < 5; index += 1) expect(problemOf(await change('wrong'))).toEqual([401, 'BAD_CREDENTIALS']);
    expect(problemOf(await change(password))).toEqual([429, 'ACCOUNT_LOCKED']);
    expect(problemOf(await logIn(email, password, ELSEWHERE))).toEqual([429, 'ACCOUNT_LOCKED']);
  });
});

describe('the queue for password hashing', () => {
  const logIn = (email: string, network: string) =>
    auth.call('POST', '/auth/login', { body: { email, password: 'a guess' }, headers: { 'x-client-network': network } });

  it('rejects logins from the networks that fill it, and accepts those from other networks', async () => {
    const floods = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].flatMap((network) =>
      Array.from({ length: 150 }, () => logIn(newEmail(), network)),
    );
    const honest = await Promise.all(Array.from({ length: 30 }, (_, index) => logIn(newEmail(), `192.0.2.${index}`)));
    expect(honest.map(({ body }) => body.code)).toEqual(Array(30).fill('BAD_CREDENTIALS'));
    const rejected = (await Promise.all(floods)).filter(({ status }) => status !== 401);
    expect(rejected.length).toBeGreaterThan(0);
    expect(new Set(rejected.map(({ body }) => body.code))).toEqual(new Set(['RATE_LIMITED']));
    expect(rejected[0]?.headers['retry-after']).toBe('1');
  });
});
