import { findRoute, TIME_LIMITS, type Route } from '@rewards/contracts';
import { readSettings } from '@rewards/service-kit/settings';
import { gatewayProblem } from '../gateway.problems';
import { timeLimitOf, upstreamRejection } from './relay';

const failure = (code: string) => Object.assign(new Error('internal detail'), { code });

describe('upstreamRejection', () => {
  it.each([
    ['ECONNREFUSED', 'UNAVAILABLE', 503],
    ['ENOTFOUND', 'UNAVAILABLE', 503],
    ['UND_ERR_CONNECT_TIMEOUT', 'UNAVAILABLE', 503],
    ['UND_ERR_HEADERS_TIMEOUT', 'UPSTREAM_TIMEOUT', 504],
    ['UND_ERR_SOCKET', 'BAD_GATEWAY', 502],
    ['ECONNRESET', 'BAD_GATEWAY', 502],
    ['HPE_INVALID_CONSTANT', 'BAD_GATEWAY', 502],
  ])('maps %s to %s', (code, expected, status) => {
    const rejection = gatewayProblem(upstreamRejection(failure(code)));
    expect(rejection).toMatchObject({ code: expected, status, headers: status === 503 ? { 'retry-after': '1' } : {} });
    expect(JSON.stringify(rejection?.body('t'))).not.toContain('internal detail');
  });
});

describe('timeLimitOf', () => {
  const limitOf = (method: string, path: string) => timeLimitOf(findRoute(method, path) as Route, TIME_LIMITS.gatewayMs);

  it('leaves time to retry a refresh within the default grace', () => {
    const { refreshGraceSeconds } = readSettings({});
    expect(limitOf('POST', '/auth/refresh')).toBe(5_000);
    expect(2 * limitOf('POST', '/auth/refresh')).toBeLessThanOrEqual(refreshGraceSeconds * 1_000);
  });

  it('returns the given limit for other routes, and no limit for exports and live streams', () => {
    expect(limitOf('POST', '/auth/login')).toBe(TIME_LIMITS.gatewayMs);
    expect([limitOf('GET', '/claims/export'), limitOf('GET', '/audit/stream')]).toEqual([0, 0]);
  });
});
