import { rateLimited } from '@rewards/service-kit/problem';
import { TokenBuckets, type Level } from '@rewards/service-kit/token-buckets';
import type { Exchange } from '../exchange';
import type { Target } from '../target';
import type { Outcome } from './policy';

/** Requests a second that each may go on making. An address is an IPv4 address or an IPv6 /64 network, a site an IPv6 /48. */
export interface Rates {
  /** An account, wherever it calls from. */
  readonly account: number;
  /** An address, whatever accounts it uses. Accounts are free, so a limit on them alone limits nobody. */
  readonly address: number;
  readonly site: number;
  /** An address, with requests that make auth-service check passwords or tokens. */
  readonly credentials: number;
  readonly siteCredentials: number;
}

const ACCOUNT_BURST_SECONDS = 5;
/** A room full of players behind one address may come in at once: each logs in, then loads a few lists. */
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
 * Counts a request against its account, its address and its site: over one of the limits it is 429, with the whole seconds
 * to wait. `RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers-10; the former describes
 * the limit of which least is left.
 */
export const createRateLimit = (rates: Rates | null, now?: () => number): RateLimit => {
  if (!rates) return () => 'next';
  const limitOf = (name: string, who: string, perSecond: number, seconds: number): Limit => {
    const burst = Math.max(1, Math.floor(perSecond * seconds));
    return {
      name,
      buckets: new TokenBuckets(perSecond, burst, now),
      policy: `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`,
      detail: `${who} may make ${perSecond} requests a second, and ${burst} at once.`,
    };
  };
  const account = limitOf('account', 'An account', rates.account, ACCOUNT_BURST_SECONDS);
  const address = limitOf('address', 'All clients of your address together', rates.address, ADDRESS_BURST_SECONDS);
  const site = limitOf('site', 'All clients of your /48 network together', rates.site, ADDRESS_BURST_SECONDS);
  const credentials = limitOf(
    'credentials',
    'With a password or a refresh token all clients of your address together',
    rates.credentials,
    CREDENTIALS_BURST_SECONDS,
  );
  const siteCredentials = limitOf(
    'site-credentials',
    'With a password or a refresh token all clients of your /48 network together',
    rates.siteCredentials,
    CREDENTIALS_BURST_SECONDS,
  );

  /** In this order: an account over its own limit does not use up what its neighbours need. */
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
    let least: { readonly limit: Limit; readonly level: Level } | null = null;
    for (const [limit, key] of limits) {
      const level = limit.buckets.take(key);
      if (level.secondsToWait > 0) {
        exchange.response.setHeader('RateLimit', describe(limit, level));
        throw rateLimited(limit.detail, level.secondsToWait);
      }
      if (!least || level.remaining < least.level.remaining) least = { limit, level };
    }
    if (least) exchange.response.setHeader('RateLimit', describe(least.limit, least.level));
    return 'next';
  };
};

const describe = ({ name }: Limit, { remaining, secondsToFull }: Level): string =>
  `"${name}";r=${remaining};t=${Math.ceil(secondsToFull)}`;

/** The routes that take a password or a refresh token: what anyone may post, and the change of a password. */
const handlesCredentials = (target: Target): boolean =>
  target.kind === 'route' &&
  target.route.method === 'POST' &&
  (target.route.access === 'anyone' || target.route.path.startsWith('/auth/'));
