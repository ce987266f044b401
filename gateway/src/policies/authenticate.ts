import type { Identity } from '@rewards/service-kit/access-token';
import { Problem } from '@rewards/service-kit/problem';
import type { Exchange } from '../exchange';
import { needsToken } from '../target';
import type { Outcome, Policy } from './policy';

/** Returns the identity in an `Authorization` header. Throws a Problem if there is no valid token. */
export type Identify = (authorization: string | undefined) => Promise<Identity>;

/** Identifies the caller where a token is required. `authorize` rejects an invalid token, after the rate limit has counted it. */
export const createAuthenticate = (identify: Identify): Policy => {
  const authenticate = async (exchange: Exchange): Promise<Outcome> => {
    try {
      exchange.identity = await identify(exchange.request.headers.authorization);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      exchange.denial = error;
    }
    return 'next';
  };
  return (exchange) => (needsToken(exchange.target) ? authenticate(exchange) : 'next');
};
