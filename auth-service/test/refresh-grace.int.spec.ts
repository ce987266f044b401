import { DocumentStoreUnavailable, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { SESSIONS } from '../src/sessions/session.store';
import { Auth, dataDirs, type Answer } from './harness';

const GRACE_MS = 10_000;

const dirs = dataDirs();
const clock = { now: Date.now() };
const running: Auth[] = [];
afterEach(async () => {
  for (const auth of running.splice(0)) await auth.close();
});
afterAll(() => dirs.removeAll());

const start = async (dataDir: string, refreshGraceSeconds = GRACE_MS / 1_000, documents?: DocumentStore): Promise<Auth> => {
  const auth = await Auth.start(dataDir, { now: () => clock.now, documents }, { refreshGraceSeconds });
  running.push(auth);
  return auth;
};
const refresh = (auth: Auth, refreshToken: string) => auth.post('/auth/refresh', { refreshToken });
const successorIn = ({ status, body }: Answer): string => {
  expect([status, body.code]).toEqual([200, undefined]);
  return body.data.refreshToken;
};
const codeOf = ({ status, body }: Answer) => [status, body.code];
const REUSED = [401, 'TOKEN_REUSED'];
const ENDED = [401, 'BAD_TOKEN'];

/** How the write of a rotation fails. `held` means that it is written but never acknowledged. */
type Fault = 'none' | 'not written' | 'written' | 'held';

const withFault = (dataDir: string, fault: { next: Fault }): DocumentStore => {
  const documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write');
  return {
    collection: async <T extends object>(spec: CollectionSpec<T>) => {
      const collection = await documents.collection(spec);
      if (spec.name !== SESSIONS.name) return collection;
      const { replace } = collection;
      collection.replace = async (...args) => {
        const { next } = fault;
        fault.next = 'none';
        if (next === 'not written') throw new DocumentStoreUnavailable('unavailable');
        const isReplaced = await replace.apply(collection, args);
        if (next === 'written') throw new DocumentStoreUnavailable('unavailable');
        return next === 'held' ? new Promise<never>(() => undefined) : isReplaced;
      };
      return collection;
    },
    scrub: () => documents.scrub(),
    ping: () => documents.ping(),
    close: () => documents.close(),
  };
};

describe('a retried refresh', () => {
  it('returns the same successor again, with a valid access token', async () => {
    const auth = await start(dirs.make());
    const { refreshToken } = await auth.player('player@example.com');
    const successor = successorIn(await refresh(auth, refreshToken));
    clock.now += GRACE_MS - 1;
    const again = await refresh(auth, refreshToken);
    expect(successorIn(again)).toBe(successor);
    expect((await auth.get('/auth/me', again.body.data.accessToken)).status).toBe(200);
    expect(successorIn(await refresh(auth, successor))).not.toBe(successor);
  });

  it.each<[Fault, number]>([
    ['not written', 10],
    ['written', 10],
    ['held', 1],
  ])('succeeds after a 503 because the rotation was %s', async (next, graceSeconds) => {
    const dataDir = dirs.make();
    const fault: { next: Fault } = { next: 'none' };
    const auth = await start(dataDir, graceSeconds, withFault(dataDir, fault));
    const { refreshToken } = await auth.player('player@example.com');
    fault.next = next;
    expect(codeOf(await refresh(auth, refreshToken))).toEqual([503, 'UNAVAILABLE']);
    const successor = successorIn(await refresh(auth, refreshToken));
    expect(successorIn(await refresh(auth, refreshToken))).toBe(successor);
    expect(successorIn(await refresh(auth, successor))).not.toBe(successor);
  });

  it('ends only this session if its successor has already been rotated', async () => {
    const auth = await start(dirs.make());
    const player = await auth.player('player@example.com');
    const other = (await auth.logIn(player)).body.data.refreshToken;
    const second = successorIn(await refresh(auth, player.refreshToken));
    const third = successorIn(await refresh(auth, second));
    expect(successorIn(await refresh(auth, second))).toBe(third);
    expect(codeOf(await refresh(auth, player.refreshToken))).toEqual(REUSED);
    for (const token of [player.refreshToken, second, third]) expect(codeOf(await refresh(auth, token))).toEqual(ENDED);
    successorIn(await refresh(auth, other));
  });

  it('ends the session after the grace', async () => {
    const auth = await start(dirs.make());
    const { refreshToken } = await auth.player('player@example.com');
    const successor = successorIn(await refresh(auth, refreshToken));
    clock.now += GRACE_MS;
    expect(codeOf(await refresh(auth, refreshToken))).toEqual(REUSED);
    expect(codeOf(await refresh(auth, successor))).toEqual(ENDED);
  });

  it('does not extend the grace', async () => {
    const auth = await start(dirs.make());
    const { refreshToken } = await auth.player('player@example.com');
    successorIn(await refresh(auth, refreshToken));
    clock.now += GRACE_MS / 2;
    successorIn(await refresh(auth, refreshToken));
    clock.now += GRACE_MS / 2;
    expect(codeOf(await refresh(auth, refreshToken))).toEqual(REUSED);
  });

  it('is rejected after the sessions of its account have ended', async () => {
    const auth = await start(dirs.make());
    const { accountId, refreshToken } = await auth.player('player@example.com');
    successorIn(await refresh(auth, refreshToken));
    expect((await auth.post(`/accounts/${accountId}/roles`, { roles: ['AUDITOR'] }, await auth.adminToken())).status).toBe(200);
    expect(codeOf(await refresh(auth, refreshToken))).toEqual(ENDED);
  });
});

describe('twenty concurrent refreshes of one token', () => {
  const refreshTwenty = async (graceSeconds: number) => {
    const dataDir = dirs.make();
    const instances = await Promise.all([start(dataDir, graceSeconds), start(dataDir, graceSeconds)]);
    const { refreshToken } = await instances[0].player('player@example.com');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refresh(instances[index % 2 === 0 ? 0 : 1], refreshToken)),
    );
    return { answers, auth: instances[1] };
  };

  it('return one valid successor on two instances', async () => {
    const { answers, auth } = await refreshTwenty(10);
    const [successor, ...others] = new Set(answers.map(successorIn));
    expect(others).toEqual([]);
    successorIn(await refresh(auth, successor as string));
  });

  it('end the session without a grace, and at most one succeeds', async () => {
    const { answers, auth } = await refreshTwenty(0);
    const succeeded = answers.filter(({ status }) => status === 200);
    expect(succeeded.length).toBeLessThanOrEqual(1);
    const failures = answers.filter(({ status }) => status !== 200).map(codeOf);
    expect(failures).toContainEqual(REUSED);
    for (const failure of failures) expect([REUSED, ENDED]).toContainEqual(failure);
    for (const answer of succeeded) expect(codeOf(await refresh(auth, successorIn(answer)))).toEqual(ENDED);
  });
});

it('a refresh token without a grace is valid once', async () => {
  const auth = await start(dirs.make(), 0);
  const { refreshToken } = await auth.player('player@example.com');
  const successor = successorIn(await refresh(auth, refreshToken));
  expect(codeOf(await refresh(auth, refreshToken))).toEqual(REUSED);
  expect(codeOf(await refresh(auth, successor))).toEqual(ENDED);
});
