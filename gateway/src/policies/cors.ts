import { findGatewayRoute } from '@rewards/contracts';
import type { Policy } from './policy';

const READABLE_HEADERS =
  'ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Position, X-Request-Id';
const SENDABLE_HEADERS =
  'Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Min-Position, X-Request-Id, traceparent';
const PREFLIGHT_SECONDS = '600';

/**
 * Allows cross-origin requests from the given origins only. Credentials are not allowed, because only the sessions of the
 * gateway's own pages use cookies, and these routes allow no other origin.
 * @param origins the exact allowed origins; empty to allow none
 */
export const createCors = (origins: readonly string[]): Policy => {
  const allowed = new Set(origins);
  return ({ request, response, path }) => {
    if (allowed.size === 0 || findGatewayRoute(path)) return 'next';
    response.appendHeader('Vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return 'next';
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', READABLE_HEADERS);
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return 'next';
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
    response.setHeader('Access-Control-Allow-Headers', SENDABLE_HEADERS);
    response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    response.writeHead(204).end();
    return 'answered';
  };
};
