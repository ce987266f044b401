import type { Identity } from '@rewards/service-kit/access-token';
import type { Exchange } from '../exchange';
import { resolveTarget } from '../target';
import { createRateLimit } from './rate-limit';

const asked = (method: string, path: string, accountId: string | null = null, address = '192.0.2.1') =>
  ({ target: resolveTarget(method, path), identity: accountId ? ({ accountId } as Identity) : null, address }) as Exchange;

const refusals = (limit: ReturnType<typeof createRateLimit>, exchange: Exchange, times: number) =>
  Array.from({ length: times }, () => {
    try {
      return limit(exchange);
    } catch (error) {
      return error;
    }
  }).filter((outcome) => outcome !== 'next');

describe('the rate limit', () => {
  const limited = () => createRateLimit({ account: 2, address: 1, credentials: 0.1 }, () => 0);

  it('counts an account wherever it calls from, and no other account', () => {
    const limit = limited();
    expect(refusals(limit, asked('GET', '/events', 'one'), 5)).toEqual([]);
    expect(refusals(limit, asked('GET', '/participations', 'one', '192.0.2.2'), 6)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', 'two'), 10)).toEqual([]);
  });

  it('counts the address of who names no account', () => {
    const limit = limited();
    expect(refusals(limit, asked('GET', '/events'), 6)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', null, '192.0.2.2'), 5)).toEqual([]);
  });

  it('counts what checks passwords apart, and says how many whole seconds to wait', () => {
    const limit = limited();
    const [refusal] = refusals(limit, asked('POST', '/auth/login'), 2);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', status: 429, headers: { 'retry-after': '10' } });
    expect(refusals(limit, asked('GET', '/.well-known/jwks.json'), 5)).toEqual([]);
  });

  it('says one second where less would do', () => {
    const limit = createRateLimit({ account: 50, address: 50, credentials: 50 }, () => 0);
    expect(refusals(limit, asked('GET', '/events'), 251)).toMatchObject([{ headers: { 'retry-after': '1' } }]);
  });

  it('limits nothing when it is off', () => {
    expect(refusals(createRateLimit(null), asked('POST', '/auth/login'), 1_000)).toEqual([]);
  });
});
