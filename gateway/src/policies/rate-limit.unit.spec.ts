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

const asked = (method: string, path: string, accountId: string | null = null, address = '192.0.2.1') =>
  exchangeOf(method, path, accountId, address).exchange;

const refusals = (limit: ReturnType<typeof createRateLimit>, exchange: Exchange, times: number) =>
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

  it('counts an account wherever it calls from, and no other account', () => {
    const limit = limited({ account: 2 });
    expect(refusals(limit, asked('GET', '/events', 'one'), 5)).toEqual([]);
    expect(refusals(limit, asked('GET', '/participations', 'one', '192.0.2.2'), 6)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', 'two'), 10)).toEqual([]);
  });

  it('counts an address whatever accounts it uses, however it is written', () => {
    const limit = limited({ address: 1 });
    for (const account of ['one', 'two', 'three', null]) {
      expect(refusals(limit, asked('GET', '/events', account, '::ffff:192.0.2.1'), 2)).toEqual([]);
    }
    expect(refusals(limit, asked('GET', '/events', 'four'), 1)).toMatchObject([{ code: 'RATE_LIMITED' }]);
    expect(refusals(limit, asked('GET', '/events'), 1)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', 'one', '192.0.2.2'), 8)).toEqual([]);
  });

  it('counts a /64 network of IPv6 as one address, and its /48 at a rate of its own', () => {
    const limit = limited({ address: 1, site: 2 });
    expect(refusals(limit, asked('GET', '/events', null, '2001:db8:1:1::1'), 4)).toEqual([]);
    expect(refusals(limit, asked('GET', '/events', null, '2001:0DB8:1:1:ffff::2'), 5)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', null, '2001:db8:1:2::1'), 8)).toEqual([]);
    expect(refusals(limit, asked('GET', '/events', null, '2001:db8:1:3::1'), 1)).toHaveLength(1);
    expect(refusals(limit, asked('GET', '/events', null, '2001:db8:2:3::1'), 8)).toEqual([]);
  });

  it('counts what checks passwords apart, for the address and for the site', () => {
    const limit = limited({ credentials: 0.1, siteCredentials: 0.2 });
    const [refusal] = refusals(limit, asked('POST', '/auth/login'), 4);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', status: 429, headers: { 'retry-after': '10' } });
    expect(refusals(limit, asked('GET', '/.well-known/jwks.json'), 5)).toEqual([]);
    const logIn = (address: string) => refusals(limit, asked('POST', '/auth/login', null, address), 3).length;
    expect(['2001:db8:1:1::1', '2001:db8:1:2::1', '2001:db8:1:3::1'].map(logIn)).toEqual([0, 0, 3]);
  });

  it('counts a change of the password with them, and against its account', () => {
    const change = asked('POST', '/auth/password', 'one');
    expect(refusals(limited({ credentials: 0.1 }), change, 4)).toHaveLength(1);
    expect(refusals(limited({ account: 1 }), change, 6)).toHaveLength(1);
  });

  it('does not charge the address for an account that is over its own limit', () => {
    const limit = limited({ account: 1, address: 1 });
    expect(refusals(limit, asked('GET', '/events', 'one'), 100)).toHaveLength(95);
    expect(refusals(limit, asked('GET', '/events', 'two'), 3)).toEqual([]);
  });

  it('says one second where less would do', () => {
    expect(refusals(limited({ account: 50 }), asked('GET', '/events', 'one'), 251)).toMatchObject([
      { headers: { 'retry-after': '1' } },
    ]);
  });

  it('says in headers what is left, of the limit of which least is left, also when it refuses', () => {
    const limit = limited({ account: 1, address: 2, site: 3 });
    const { exchange, headers } = exchangeOf('GET', '/events', 'one', '2001:db8::1');
    void limit(exchange);
    const policies = '"account";q=5;w=5, "address";q=16;w=8, "site";q=24;w=8';
    expect(headers).toEqual({ 'RateLimit-Policy': policies, RateLimit: '"account";r=4;t=1' });
    expect(refusals(limit, exchange, 5)).toHaveLength(1);
    expect(headers).toEqual({ 'RateLimit-Policy': policies, RateLimit: '"account";r=0;t=5' });
    const other = exchangeOf('GET', '/events', null, '192.0.2.1');
    void limit(other.exchange);
    expect(other.headers).toEqual({ 'RateLimit-Policy': '"address";q=16;w=8', RateLimit: '"address";r=15;t=1' });
  });

  it('limits nothing when it is off', () => {
    expect(refusals(createRateLimit(null), asked('POST', '/auth/login'), 1_000)).toEqual([]);
  });

  it.each(['192.0.2.1', '2001:db8:1:1::1'])('by default lets 300 players play behind one address, %s', (address) => {
    let now = 0;
    const limit = createRateLimit(readGatewaySettings({}).rates, () => now);
    const players = Array.from({ length: 300 }, (_, index) => `player-${index}`);
    const all = (method: string, path: string, isKnown = true) =>
      players.flatMap((player) => refusals(limit, asked(method, path, isKnown ? player : null, address), 1));
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
