import { ROLES, STAFF, type Role } from './roles';

export const SERVICES = ['auth', 'command', 'delivery', 'query', 'projections'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Path with `{name}` for each parameter, as in OpenAPI. */
  readonly path: string;
  readonly service: ServiceName;
  /** Roles that may call the route; ADMIN may call every route. */
  readonly access: 'anyone' | readonly Role[];
  /** Maximum body size in bytes; BODY_LIMIT by default. */
  readonly bodyLimit?: number;
}

/** Maximum request body size in bytes, unless the route sets another one. */
export const BODY_LIMIT = 64 * 1_024;
/** Body limit of routes that accept all terms of an event at once. */
const TERMS_LIMIT = 256 * 1_024;

const anyRole: readonly Role[] = ROLES;
const operator: readonly Role[] = ['OPERATOR'];
const staff = STAFF;
const admin: readonly Role[] = ['ADMIN'];

type Listed<Method extends Route['method'], Path extends string> = Route & { readonly method: Method; readonly path: Path };

const get = <const Path extends string>(path: Path, service: ServiceName, access: Route['access']): Listed<'GET', Path> => ({
  method: 'GET',
  path,
  service,
  access,
});
const post = <const Path extends string>(
  path: Path,
  service: ServiceName,
  access: Route['access'],
  options?: Pick<Route, 'bodyLimit'>,
): Listed<'POST', Path> => ({ method: 'POST', path, service, access, ...options });

/** All routes and their access rules. The gateway and the guards of the services use this one table. */
export const ROUTES = [
  post('/auth/register', 'auth', 'anyone'),
  post('/auth/login', 'auth', 'anyone'),
  post('/auth/refresh', 'auth', 'anyone'),
  post('/auth/logout', 'auth', 'anyone'),
  get('/auth/me', 'auth', anyRole),
  post('/auth/password', 'auth', anyRole),
  get('/.well-known/jwks.json', 'auth', 'anyone'),
  get('/accounts', 'auth', admin),
  post('/accounts/{accountId}/roles', 'auth', admin),
  post('/accounts/{accountId}/erase', 'auth', admin),

  post('/events', 'command', operator, { bodyLimit: TERMS_LIMIT }),
  post('/events/{eventId}/rewards', 'command', operator),
  post('/events/{eventId}/rewards/{name}/change', 'command', operator),
  post('/events/{eventId}/rewards/{name}/withdraw', 'command', operator),
  post('/events/{eventId}/rewards/{name}/hold', 'command', operator),
  post('/events/{eventId}/rewards/{name}/release', 'command', operator),
  post('/events/{eventId}/change', 'command', operator, { bodyLimit: TERMS_LIMIT }),
  post('/events/{eventId}/clone', 'command', operator),
  post('/events/{eventId}/publish', 'command', operator),
  post('/events/{eventId}/unpublish', 'command', operator),
  post('/events/{eventId}/pause', 'command', operator),
  post('/events/{eventId}/resume', 'command', operator),
  post('/events/{eventId}/end', 'command', operator),
  post('/events/{eventId}/delete', 'command', operator),
  post('/events/{eventId}/restore', 'command', operator),
  get('/events', 'query', anyRole),
  get('/events/{eventId}', 'query', anyRole),

  get('/events/{eventId}/progress', 'query', anyRole),
  get('/participations', 'query', anyRole),
  post('/events/{eventId}/completion', 'command', anyRole),
  post('/events/{eventId}/claims', 'command', anyRole),
  get('/claims/mine', 'query', anyRole),
  get('/claims', 'query', staff),
  get('/claims/export', 'query', staff),
  get('/claims/{claimId}', 'query', anyRole),
  get('/events/{eventId}/statistics', 'query', staff),
  get('/events/{eventId}/participations', 'query', staff),
  get('/events/{eventId}/participations/export', 'query', staff),
  get('/audit', 'query', staff),
  get('/audit/export', 'query', staff),
  get('/players', 'query', staff),
  get('/players/{accountId}', 'query', staff),
  get('/participations/{eventId}/{accountId}', 'query', staff),
  get('/participations/{eventId}/{accountId}/explain', 'query', staff),

  get('/audit/stream', 'projections', staff),
  get('/projections', 'projections', staff),
  post('/projections/{name}/rebuild', 'projections', admin),
  get('/verification', 'projections', staff),
  get('/dead-letters', 'query', staff),
  get('/dead-letters/groups', 'query', staff),
  get('/dead-letters/{id}', 'query', staff),
  post('/dead-letters/{id}/redrive', 'command', operator),
  post('/dead-letters/{id}/discard', 'command', operator),
  post('/dead-letters/redrive', 'command', operator),
  post('/dead-letters/discard', 'command', operator),

  post('/delivery-endpoints', 'delivery', admin),
  post('/delivery-endpoints/{id}/change', 'delivery', admin),
  post('/delivery-endpoints/{id}/pause', 'delivery', operator),
  post('/delivery-endpoints/{id}/resume', 'delivery', operator),
  post('/delivery-endpoints/{id}/rotate-secret', 'delivery', admin),
  post('/delivery-endpoints/{id}/remove', 'delivery', admin),
  post('/delivery-endpoints/{id}/test', 'delivery', admin),
  get('/delivery-endpoints', 'query', staff),
  get('/delivery-endpoints/{id}', 'query', staff),
  get('/deliveries', 'query', staff),
  get('/deliveries/export', 'query', staff),
  get('/deliveries/{deliveryId}', 'query', staff),
  post('/deliveries/resend', 'delivery', operator),
  post('/deliveries/{deliveryId}/resend', 'delivery', operator),
  post('/deliveries/{deliveryId}/abandon', 'delivery', operator),
] satisfies readonly Route[];

type NameOf<Listing> = Listing extends Route ? `${Listing['method']} ${Listing['path']}` : never;
/** Method and path of a route: the key of tables that need a row for every route. */
export type RouteName = NameOf<(typeof ROUTES)[number]>;

/** Whether an account with these roles may call the route. */
export const mayCall = (access: Route['access'], roles: readonly Role[]): boolean =>
  access === 'anyone' || roles.includes('ADMIN') || roles.some((role) => access.includes(role));

/** Whether a path outside the route table needs no token in any service. */
export const isPublicPath = (path: string): boolean =>
  path === '/health/live' ||
  path === '/health/ready' ||
  path === '/api-docs.json' ||
  path === '/api-docs' ||
  path.startsWith('/api-docs/');

/** Whether the response has no time limit: exports and live streams. @param path or pattern of a route */
export const isEndless = (path: string): boolean => path === '/audit/stream' || path.endsWith('/export');

interface Pattern {
  readonly route: Route;
  readonly segments: readonly string[];
}

const patternsByLength = new Map<number, Pattern[]>();
for (const route of ROUTES) {
  const segments = route.path.split('/');
  patternsByLength.set(segments.length, [...(patternsByLength.get(segments.length) ?? []), { route, segments }]);
}

const isParameter = (segment: string): boolean => segment.startsWith('{');

const matchesPattern = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.every((expected, index) => (isParameter(expected) ? segments[index] !== '' : expected === segments[index]));

/** Fixed segments take precedence over parameters: `/claims/mine` is not a claim with the id `mine`. */
const parameterCount = ({ segments }: Pattern): number => segments.filter(isParameter).length;

/**
 * Finds the route of a request by its raw, canonical path (without the query). HEAD matches the GET route.
 * @returns the route; the allowed methods if only the method does not match; null if no route has the path
 */
export const findRoute = (
  method: string,
  path: string,
): Route | { readonly allow: readonly string[]; readonly access: Route['access'] } | null => {
  const segments = path.split('/');
  const matching = (patternsByLength.get(segments.length) ?? [])
    .filter((pattern) => matchesPattern(pattern.segments, segments))
    .sort((a, b) => parameterCount(a) - parameterCount(b));
  const best = matching.filter((pattern) => pattern.route.path === matching[0]?.route.path).map(({ route }) => route);
  const [first] = best;
  if (!first) return null;
  const routeMethod = method === 'HEAD' ? 'GET' : method;
  return best.find((route) => route.method === routeMethod) ?? { allow: best.map((route) => route.method), access: first.access };
};

/** @returns the body limit of a request in bytes, also if no route matches @param path raw and canonical, without the query */
export const bodyLimitOf = (method: string, path: string): number => {
  const route = findRoute(method, path);
  return (route && 'path' in route ? route.bodyLimit : undefined) ?? BODY_LIMIT;
};

/** Fits a name of 100 Korean syllables in NFD: 300 code points of three bytes each, nine characters each when encoded. */
export const MAX_PATH_LENGTH = 4_096;

const UNRESERVED = /[A-Za-z0-9\-._~]/;
const FORBIDDEN_WHEN_DECODED = /[\x00-\x1f\x7f/\\]/;

const isCanonicalSegment = (segment: string): boolean => {
  if (segment === '.' || segment === '..') return false;
  if (!segment.includes('%')) return true;
  for (const [, hex = ''] of segment.matchAll(/%(.{0,2})/g)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return false;
    if (UNRESERVED.test(String.fromCharCode(parseInt(hex, 16)))) return false;
  }
  try {
    return !FORBIDDEN_WHEN_DECODED.test(decodeURIComponent(segment));
  } catch {
    return false;
  }
};

/**
 * Whether every hop interprets this path in the same way. A canonical path has no empty or dot segments, no backslash, semicolon,
 * raw control character or encoded slash, and no unnecessary percent-encoding. Its encoded bytes are valid UTF-8.
 */
export const isCanonicalPath = (path: string): boolean =>
  path.startsWith('/') &&
  path.length <= MAX_PATH_LENGTH &&
  !/[^\x21-\x7e]|[\\;"<>^`{|}#]|\/\//.test(path) &&
  path.split('/').every(isCanonicalSegment);
