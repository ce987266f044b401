import { AccessTokenVerifier, type Identity } from './access-token';
import { pollErasures, type Erasures } from './access-token-erasures';
import { jwksKeySource } from './access-token-keys';

/** Verifies access tokens in every process except auth-service. */
export interface TokenVerification {
  /** @throws Problem UNAUTHENTICATED, UNAVAILABLE */
  readonly identify: (authorization: string | undefined) => Promise<Identity>;
  readonly erasures: Erasures;
  stop(): void;
}

/**
 * Verifies the access tokens of an auth-service, with the keys and the erased accounts that it publishes.
 * @param authUrls addresses of its instances
 * @param identify replaces the verification, for tests
 */
export const verifyTokensOf = (authUrls: readonly string[], identify?: TokenVerification['identify']): TokenVerification => {
  if (identify) return { identify, erasures: NONE, stop: () => undefined };
  const erasures = pollErasures(authUrls);
  const verifier = new AccessTokenVerifier(
    jwksKeySource(authUrls.map((url) => `${url}/.well-known/jwks.json`)),
    Date.now,
    erasures,
  );
  return {
    identify: (authorization) => verifier.identify(authorization),
    erasures,
    stop: () => erasures.stop(),
  };
};

const NONE: Erasures = { loaded: async () => undefined, has: () => false, watch: () => () => undefined };
