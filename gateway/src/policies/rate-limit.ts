import { rateLimited } from '@rewards/service-kit/problem';
import { TokenBuckets } from '@rewards/service-kit/token-buckets';
import { senderOf } from '../client-address';
import type { Exchange } from '../exchange';
import type { Target } from '../target';
import type { Policy } from './policy';

/** Requests a second that each may go on making. */
export interface Rates {
  /** An account, wherever it calls from. */
  readonly account: number;
  /** An address, with requests that name no account. */
  readonly address: number;
  /** An address, with requests that make auth-service check passwords or tokens. */
  readonly credentials: number;
}

const BURST_SECONDS = 5;
/** A room full of players behind one address may come in at once. */
const CREDENTIALS_BURST_SECONDS = 10;

/** Counts a request against its account or else its address: 429 with the whole seconds to wait. */
export const createRateLimit = (rates: Rates | null, now?: () => number): Policy => {
  if (!rates) return () => 'next';
  const bucketsOf = (perSecond: number, seconds: number) => new TokenBuckets(perSecond, Math.max(1, perSecond * seconds), now);
  const accounts = bucketsOf(rates.account, BURST_SECONDS);
  const addresses = bucketsOf(rates.address, BURST_SECONDS);
  const credentials = bucketsOf(rates.credentials, CREDENTIALS_BURST_SECONDS);

  const secondsToWait = ({ identity, target, address }: Exchange): number => {
    if (identity) return accounts.take(identity.accountId);
    return (handlesCredentials(target) ? credentials : addresses).take(senderOf(address));
  };

  return (exchange) => {
    const seconds = secondsToWait(exchange);
    if (seconds > 0) throw rateLimited('This client sent too many requests in a short time.', seconds);
    return 'next';
  };
};

/** What anyone may post are the routes that take a password or a refresh token. */
const handlesCredentials = (target: Target): boolean =>
  target.kind === 'route' && target.route.method === 'POST' && target.route.access === 'anyone';
