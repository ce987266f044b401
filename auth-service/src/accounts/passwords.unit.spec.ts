import { toProblem } from '@rewards/service-kit/rejections';
import { QueueFull } from '../fair-queue';
import { ACCOUNT_REJECTIONS } from './accounts.problems';
import { OWASP_COST, Passwords } from './passwords';

const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

describe('Passwords', () => {
  it('hashes passwords with Argon2id and the OWASP parameters by default', async () => {
    expect(OWASP_COST).toEqual({ memoryCost: 19 * 1_024, timeCost: 2, parallelism: 1 });
    expect(await new Passwords().hash('password', 'a')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
  });

  it('verifies passwords in either Unicode normalization form, and rejects every password without an account', async () => {
    const passwords = new Passwords(CHEAP);
    const hash = await passwords.hash('극한성장의 비약', 'a');
    expect(await passwords.verify('극한성장의 비약', hash, 'a')).toBe(true);
    expect(await passwords.verify('극한성장의 비약'.normalize('NFD'), hash, 'a')).toBe(true);
    const decomposed = await passwords.hash('극한성장의 비약'.normalize('NFD'), 'a');
    expect(await passwords.verify('극한성장의 비약', decomposed, 'a')).toBe(true);
    expect(await passwords.verify('극한성장의 비밀', hash, 'a')).toBe(false);
    expect(await passwords.verify('극한성장의 비약', null, 'a')).toBe(false);
  });

  it('rejects passwords when the queue is full', async () => {
    const passwords = new Passwords(CHEAP, 1, 2);
    await passwords.verify('ready', null, 'a');
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => passwords.hash('password', 'a')));
    const rejections = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(rejections).toEqual([expect.any(QueueFull), expect.any(QueueFull)]);
    expect(toProblem(ACCOUNT_REJECTIONS, rejections[0])).toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
      headers: { 'retry-after': '1' },
    });
    const filledByOthers = toProblem(ACCOUNT_REJECTIONS, new QueueFull(false));
    expect(filledByOthers).toMatchObject({ code: 'UNAVAILABLE', status: 503, headers: { 'retry-after': '1' } });
    expect(passwords.waiting).toBe(0);
  });

  it('accepts the passwords of 300 players behind one address at the same moment with a single thread', async () => {
    const passwords = new Passwords(CHEAP, 1);
    await passwords.verify('ready', null, 'a');
    await expect(Promise.all(Array.from({ length: 300 }, () => passwords.hash('password', 'a')))).resolves.toHaveLength(300);
  });
});
