import { rateLimited } from '@rewards/service-kit/problem';
import { TokenBuckets, type BucketState } from '@rewards/service-kit/token-buckets';
import type { Exchange } from '../exchange';
import type { Target } from '../target';
import type { Outcome } from './policy';

/** Sustained requests per second. An address is an IPv4 address or an IPv6 /64 network, and a site is an IPv6 /48 network. */
export interface Rates {
  /** For one account, from any address. */
  readonly account: number;
  /** For one address, with any accounts. Accounts are free, so a limit on accounts alone is easy to evade. */
  readonly address: number;
  readonly site: number;
  /** For one address, with requests for which auth-service checks passwords or refresh tokens. */
  readonly credentials: number;
  readonly siteCredentials: number;
}

const ACCOUNT_BURST_SECONDS = 5;
/** Enough for a room full of players behind one address who log in at once, and then load a few lists. */
const ADDRESS_BURST_SECONDS = 8;
const CREDENTIALS_BURST_SECONDS = 30;

/** One limit, with its part of the `RateLimit-Policy` header. */
interface Limit {
  readonly name: string;
  readonly buckets: TokenBuckets;
  readonly policy: string;
  readonly detail: string;
}

export type RateLimit = (exchange: Exchange) => Outcome;

/**
 * Counts a request against the limits of its account, address and site. A request over a limit gets 429 with the whole seconds
 * to wait. `RateLimit` and `RateLimit-Policy` follow draft-ietf-httpapi-ratelimit-headers-10. `RateLimit` describes the limit
 * with the fewest remaining requests.
 */
export const createRateLimit = (rates: Rates | null, now?: () => number): RateLimit => {
  if (!rates) return () => 'next';
  const limitOf = (name: string, who: string, perSecond: number, seconds: number): Limit => {
    const burst = Math.max(1, Math.floor(perSecond * seconds));
    return {
      name,
      buckets: new TokenBuckets(perSecond, burst, now),
      policy: `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`,
      detail: `${who} may make ${perSecond} requests per second, and ${burst} in a burst.`,
    };
  };
  const account = limitOf('account', 'An account', rates.account, ACCOUNT_BURST_SECONDS);
  const address = limitOf('address', 'All clients of your address together', rates.address, ADDRESS_BURST_SECONDS);
  const site = limitOf('site', 'All clients of your /48 network together', rates.site, ADDRESS_BURST_SECONDS);
  const credentials = limitOf(
    'credentials',
    'With a password or a refresh token, all clients of your address together',
    rates.credentials,
    CREDENTIALS_BURST_SECONDS,
  );
  const siteCredentials = limitOf(
    'site-credentials',
    'With a password or a refresh token, all clients of your /48 network together',
    rates.siteCredentials,
    CREDENTIALS_BURST_SECONDS,
  );

  /** The account comes first, so that an account over its limit does not use up the limit of its address. */
  const limitsFor = ({ identity, target, sender }: Exchange): [Limit, string][] => {
    const isLogin = handlesCredentials(target);
    const limits: [Limit, string][] = [[isLogin ? credentials : address, sender.subnet]];
    if (identity) limits.unshift([account, identity.accountId]);
    if (sender.site !== null) limits.push([isLogin ? siteCredentials : site, sender.site]);
    return limits;
  };

  return (exchange) => {
    const limits = limitsFor(exchange);
    exchange.response.setHeader('RateLimit-Policy', limits.map(([{ policy }]) => policy).join(', '));
    let tightest: { readonly limit: Limit; readonly level: BucketState } | null = null;
    for (const [limit, key] of limits) {
      const level = limit.buckets.take(key);
      if (level.secondsToWait > 0) {
        exchange.response.setHeader('RateLimit', describe(limit, level));
        throw rateLimited(limit.detail, level.secondsToWait);
      }
      if (!tightest || level.remaining < tightest.level.remaining) tightest = { limit, level };
    }
    if (tightest) exchange.response.setHeader('RateLimit', describe(tightest.limit, tightest.level));
    return 'next';
  };
};

const describe = ({ name }: Limit, { remaining, secondsToFull }: BucketState): string =>
  `"${name}";r=${remaining};t=${Math.ceil(secondsToFull)}`;

/** Whether the route accepts a password or a refresh token: public POST routes, and the password change. */
const handlesCredentials = (target: Target): boolean =>
  'route' in target &&
  target.route.method === 'POST' &&
  (target.route.access === 'anyone' || target.route.path.startsWith('/auth/'));
