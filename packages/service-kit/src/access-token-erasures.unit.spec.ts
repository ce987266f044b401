import { randomUUID } from 'node:crypto';
import { until } from '@rewards/testing/until';
import { AccessTokenVerifier } from './access-token';
import { PolledErasures } from './access-token-erasures';
import { createTestTokens } from '@rewards/testing/tokens';

describe('the tokens of erased accounts', () => {
  const accountId = randomUUID();
  const tokens = createTestTokens();
  let list: string[] | Error;
  let loads: number;
  let erasures: PolledErasures;
  const start = () => {
    erasures = new PolledErasures(async () => {
      loads += 1;
      if (list instanceof Error) throw list;
      return list;
    });
    return new AccessTokenVerifier(tokens.keySource, Date.now, erasures);
  };
  const bearer = `Bearer ${tokens.sign({ accountId, roles: ['USER'] })}`;

  beforeEach(() => {
    list = [];
    loads = 0;
  });
  afterEach(() => erasures.stop());

  it('are rejected within a second of the erasure, even if they were verified before', async () => {
    const verifier = start();
    await expect(verifier.identify(bearer)).resolves.toMatchObject({ accountId });
    list = [accountId];
    const since = performance.now();
    await until('the erasure to be known', () => erasures.has(accountId));
    expect(performance.now() - since).toBeLessThan(1_000);
    await expect(verifier.identify(bearer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('are rejected by a process that has just started', async () => {
    list = [accountId];
    await expect(start().identify(bearer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('are unavailable for verification until auth-service has responded once', async () => {
    list = new Error('unavailable');
    const verifier = start();
    await expect(verifier.identify(bearer)).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    const waiting = verifier.identify(bearer);
    list = [accountId];
    await expect(waiting).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('stay rejected while auth-service is unavailable', async () => {
    list = [accountId];
    const verifier = start();
    await expect(verifier.identify(bearer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    list = new Error('unavailable');
    const before = loads;
    await until(
      'two more loads',
      () => loads,
      (value) => value > before + 1,
    );
    await expect(verifier.identify(bearer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('notify each active watch on the account, including one that starts later', async () => {
    start();
    await erasures.loaded();
    const ended: string[] = [];
    erasures.watch(accountId, () => ended.push('watched'));
    erasures.watch(accountId, () => ended.push('no longer watched'))();
    erasures.watch(randomUUID(), () => ended.push('another account'));
    list = [accountId];
    await until(
      'a stream to end',
      () => ended.length,
      (value) => value > 0,
    );
    expect(new Set(ended)).toEqual(new Set(['watched']));
    erasures.watch(accountId, () => ended.push('late'));
    expect(ended).toContain('late');
  });
});
