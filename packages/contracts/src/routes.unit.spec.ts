import { findGatewayRoute, GATEWAY_ROUTES } from './gateway-routes';
import { findRoute, isCanonicalPath, isEndless, isPublicPath, MAX_PATH_LENGTH, mayCall, ROUTES } from './routes';

describe('isCanonicalPath', () => {
  it.each([
    '/',
    '/events',
    '/events/x/rewards/%EA%B7%B9%ED%95%9C%20x/change',
    '/a/%21',
    '/a/~b',
    '/.well-known/jwks.json',
    '/a/',
  ])('accepts %s', (path) => expect(isCanonicalPath(path)).toBe(true));
  it.each([
    '',
    'events',
    '//events',
    '/events//x',
    '/events/.',
    '/events/..',
    '/events/../accounts',
    '/events/..;/accounts',
    '/events/%2e%2e/accounts',
    '/%65vents',
    '/%7Euser',
    '/events/a%2Fb',
    '/events/a%2fb',
    '/events/a%5Cb',
    '/events\\x',
    '/events/%00',
    '/events/%0d%0a',
    '/events/%',
    '/events/%4',
    '/events/%zz',
    '/events/%ff',
    '/events/%c0%af',
    '/events#x',
    '/events/{x}',
    '/이벤트',
    '/a b',
    `/${'a'.repeat(MAX_PATH_LENGTH)}`,
  ])('rejects %s', (path) => expect(isCanonicalPath(path)).toBe(false));
});

it('isCanonicalPath accepts a name of 100 Korean syllables in NFD', () => {
  const name = encodeURIComponent('읽'.repeat(100).normalize('NFD'));
  expect(isCanonicalPath(`/events/${'e'.repeat(36)}/rewards/${name}/withdraw`)).toBe(true);
});

describe('the route table', () => {
  it('finds each of its routes', () => {
    for (const route of ROUTES) expect(findRoute(route.method, route.path.replace(/\{[^}]+\}/g, 'x'))).toBe(route);
  });
  it('lists no route twice', () =>
    expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(ROUTES.length));
  it('prefers fixed segments to parameters', () => {
    expect(findRoute('GET', '/claims/mine')).toMatchObject({ path: '/claims/mine' });
  });
  it.each(['/Events', '/events/', '/events/x/y', '/metrics', '/', '/events//'])('has no route for %s', (path) =>
    expect(findRoute('GET', path)).toBeNull(),
  );
  it('marks exports and live streams as endless', () => {
    const endless = ROUTES.filter(({ path }) => isEndless(path)).map(({ path }) => path);
    expect(endless).toEqual(expect.arrayContaining(['/audit/stream', '/claims/export']));
    expect(isEndless('/claims')).toBe(false);
  });
  it('returns the allowed methods of a path', () => {
    expect(findRoute('PUT', '/events')).toMatchObject({ allow: ['POST', 'GET'] });
    expect(findRoute('HEAD', '/auth/login')).toMatchObject({ allow: ['POST'] });
  });
  it('matches HEAD to the GET route', () => {
    expect(findRoute('HEAD', '/events')).toBe(findRoute('GET', '/events'));
  });
});

describe('the table of the gateway', () => {
  it('finds each of its routes, none of which a service lists', () => {
    for (const route of GATEWAY_ROUTES) {
      expect(findGatewayRoute(route.path)).toBe(route);
      expect(findRoute(route.method, route.path)).toBeNull();
      expect(findRoute(route.method, route.upstream)).toMatchObject({ service: 'auth', access: 'anyone' });
    }
    expect(new Set(GATEWAY_ROUTES.map(({ path }) => path)).size).toBe(6);
    expect(findGatewayRoute('/console/session/')).toBeNull();
  });
});

describe('access', () => {
  it('is granted to administrators for every route, and to others only by a listed role', () => {
    expect(mayCall(['OPERATOR'], ['ADMIN'])).toBe(true);
    expect(mayCall(['OPERATOR', 'AUDITOR'], ['USER', 'AUDITOR'])).toBe(true);
    expect(mayCall(['OPERATOR'], ['USER', 'AUDITOR'])).toBe(false);
    expect(mayCall([], ['USER'])).toBe(false);
    expect(mayCall('anyone', [])).toBe(true);
  });
  it('is possible without a token only for health checks and API documentation', () => {
    expect(['/health/live', '/health/ready', '/api-docs', '/api-docs.json', '/api-docs/x.css'].every(isPublicPath)).toBe(true);
    expect(['/metrics', '/events', '/api-docsx', '/health/', '/healthy'].some(isPublicPath)).toBe(false);
  });
});
