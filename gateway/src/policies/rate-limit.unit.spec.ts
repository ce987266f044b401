import { parseSender } from '@rewards/service-kit/addresses';
import type { Identity } from '@rewards/service-kit/access-token';
import type { Exchange } from '../exchange';
import { readGatewaySettings } from '../settings';
import { resolveTarget } from '../target';
import { createRateLimit, type Rates } from './rate-limit';

const exchangeOf = (method: string, path: string, accountId: string | null, address: string) => {
  const headers: Record<string, string> = {};
  const exchange = {
    target: resolveTarget(method, path),
    identity: accountId ? ({ accountId } as Identity) : null,
    sender: parseSender(address),
    response: { setHeader: (name: string, value: string) => (headers[name] = value) },
  } as unknown as Exchange;
  return { exchange, headers };
};

const exchangeFor = (method: string, path: string, accountId: string | null = null, address = '192.0.2.1') =>
  exchangeOf(method, path, accountId, address).exchange;

const rejections = (limit: ReturnType<typeof createRateLimit>, exchange: Exchange, times: number) =>
  Array.from({ length: times }, () => {
    try {
      return limit(exchange);
    } catch (error) {
      return error;
    }
  }).filter((outcome) => outcome !== 'next');

describe('the rate limit', () => {
  const plenty: Rates = { account: 1_000, address: 1_000, site: 1_000, credentials: 1_000, siteCredentials: 1_000 };
  const limited = (rates: Partial<Rates>) => createRateLimit({ ...plenty, ...rates }, () => 0);

  it('counts the requests of an account from all addresses, separately from other accounts', () => {
    const limit = limited({ account: 2 });
    expect(rejections(limit, exchangeFor('GET', '/events', 'one'), 5)).toEqual([]);
    expect(rejections(limit, exchangeFor('GET', '/participations', 'one', '192.0.2.2'), 6)).toHaveLength(1);
    expect(rejections(limit, exchangeFor('GET', '/events', 'two'), 10)).toEqual([]);
  });

  it('counts the requests of an address with all accounts, in IPv4 or mapped IPv6 form', () => {
    const limit = limited({ address: 1 });
    for (const account of ['one', 'two', 'three', null]) {
      expect(rejections(limit, exchangeFor('GET', '/events', account, '::ffff:192.0.2.1'), 2)).toEqual([]);
    }
    expect(rejections(limit, exchangeFor('GET', '/events', 'four'), 1)).toMatchObject([{ code: 'RATE_LIMITED' }]);
    expect(rejections(limit, exchangeFor('GET', '/events'), 1)).toHaveLength(1);
    expect(rejections(limit, exchangeFor('GET', '/events', 'one', '192.0.2.2'), 8)).toEqual([]);
  });

  it('counts an IPv6 /64 network as one address, and its /48 network as one site', () => {
    const limit = limited({ address: 1, site: 2 });
    expect(rejections(limit, exchangeFor('GET', '/events', null, '2001:db8:1:1::1'), 4)).toEqual([]);
    expect(rejections(limit, exchangeFor('GET', '/events', null, '2001:0DB8:1:1:ffff::2'), 5)).toHaveLength(1);
    expect(rejections(limit, exchangeFor('GET', '/events', null, '2001:db8:1:2::1'), 8)).toEqual([]);
    expect(rejections(limit, exchangeFor('GET', '/events', null, '2001:db8:1:3::1'), 1)).toHaveLength(1);
    expect(rejections(limit, exchangeFor('GET', '/events', null, '2001:db8:2:3::1'), 8)).toEqual([]);
  });

  it('counts requests with credentials separately, by address and by site', () => {
    const limit = limited({ credentials: 0.1, siteCredentials: 0.2 });
    const [rejection] = rejections(limit, exchangeFor('POST', '/auth/login'), 4);
    expect(rejection).toMatchObject({ code: 'RATE_LIMITED', status: 429, headers: { 'retry-after': '10' } });
    expect(rejections(limit, exchangeFor('GET', '/.well-known/jwks.json'), 5)).toEqual([]);
    const logIn = (address: string) => rejections(limit, exchangeFor('POST', '/auth/login', null, address), 3).length;
    expect(['2001:db8:1:1::1', '2001:db8:1:2::1', '2001:db8:1:3::1'].map(logIn)).toEqual([0, 0, 3]);
  });

  it('counts a password change as a request with credentials and against its account', () => {
    const change = exchangeFor('POST', '/auth/password', 'one');
    expect(rejections(limited({ credentials: 0.1 }), change, 4)).toHaveLength(1);
    expect(rejections(limited({ account: 1 }), change, 6)).toHaveLength(1);
  });

  it('does not count requests of an account over its limit against the address', () => {
    const limit = limited({ account: 1, address: 1 });
    expect(rejections(limit, exchangeFor('GET', '/events', 'one'), 100)).toHaveLength(95);
    expect(rejections(limit, exchangeFor('GET', '/events', 'two'), 3)).toEqual([]);
  });

  it('rounds Retry-After up to one second', () => {
    expect(rejections(limited({ account: 50 }), exchangeFor('GET', '/events', 'one'), 251)).toMatchObject([
      { headers: { 'retry-after': '1' } },
    ]);
  });

  it('describes the limit with the fewest remaining requests in its headers, on accepted and rejected requests', () => {
    const limit = limited({ account: 1, address: 2, site: 3 });
    const { exchange, headers } = exchangeOf('GET', '/events', 'one', '2001:db8::1');
    void limit(exchange);
    const policies = '"account";q=5;w=5, "address";q=16;w=8, "site";q=24;w=8';
    expect(headers).toEqual({ 'RateLimit-Policy': policies, RateLimit: '"account";r=4;t=1' });
    expect(rejections(limit, exchange, 5)).toHaveLength(1);
    expect(headers).toEqual({ 'RateLimit-Policy': policies, RateLimit: '"account";r=0;t=5' });
    const other = exchangeOf('GET', '/events', null, '192.0.2.1');
    void limit(other.exchange);
    expect(other.headers).toEqual({ 'RateLimit-Policy': '"address";q=16;w=8', RateLimit: '"address";r=15;t=1' });
  });

  it('limits nothing when it is off', () => {
    expect(rejections(createRateLimit(null), exchangeFor('POST', '/auth/login'), 1_000)).toEqual([]);
  });

  it.each(['192.0.2.1', '2001:db8:1:1::1'])('accepts 300 players behind the address %s by default', (address) => {
    let now = 0;
    const limit = createRateLimit(readGatewaySettings({}).rates, () => now);
    const players = Array.from({ length: 300 }, (_, index) => `player-${index}`);
    const all = (method: string, path: string, isKnown = true) =>
      players.flatMap((player) => rejections(limit, exchangeFor(method, path, isKnown ? player : null, address), 1));
    // All at the same moment.
    expect([all('POST', '/auth/register', false), all('POST', '/auth/login', false)].flat()).toEqual([]);
    expect([all('GET', '/events'), all('GET', '/events/e1/progress')].flat()).toEqual([]);
    expect([all('POST', '/events/e1/completion'), all('POST', '/events/e1/claims'), all('GET', '/claims/mine')].flat()).toEqual(
      [],
    );
    // Then each of them polls every two seconds, and refreshes its token once a minute, for two minutes.
    for (let second = 2; second <= 120; second += 2) {
      now = second * 1_000;
      expect(all('GET', '/events/e1/progress')).toEqual([]);
      if (second % 60 === 0) expect(all('POST', '/auth/refresh', false)).toEqual([]);
    }
  });
});
