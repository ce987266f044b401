import { GateFull } from '../gate';
import { accountProblems } from './accounts.problems';
import { OWASP_COST, Passwords } from './passwords';

const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

describe('passwords', () => {
  it('are hashed by Argon2id with the parameters that OWASP names, unless told otherwise', async () => {
    expect(OWASP_COST).toEqual({ memoryCost: 19 * 1_024, timeCost: 2, parallelism: 1 });
    expect(await new Passwords().hash('password')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
  });

  it('are right or wrong, and wrong where there is no account', async () => {
    const passwords = new Passwords(CHEAP);
    const hash = await passwords.hash('극한성장의 비약');
    expect(await passwords.verify('극한성장의 비약', hash)).toBe(true);
    expect(await passwords.verify('극한성장의 비약'.normalize('NFD'), hash)).toBe(true);
    const decomposed = await passwords.hash('극한성장의 비약'.normalize('NFD'));
    expect(await passwords.verify('극한성장의 비약', decomposed)).toBe(true);
    expect(await passwords.verify('극한성장의 비밀', hash)).toBe(false);
    expect(await passwords.verify('극한성장의 비약', null)).toBe(false);
  });

  it('are refused when too many wait', async () => {
    const passwords = new Passwords(CHEAP, 1, 2);
    await passwords.verify('ready', null);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => passwords.hash('password')));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals).toEqual([expect.any(GateFull), expect.any(GateFull)]);
    expect(accountProblems(refusals[0])).toMatchObject({ code: 'UNAVAILABLE', status: 503, headers: { 'retry-after': '1' } });
    expect(passwords.waiting).toBe(0);
  });
});
