import { findRoute, isCanonicalPath, isPublicPath, mayCall, type ServiceName } from '@rewards/contracts';
import type { Identity } from './access-token';
import { forbidden, invalid, methodNotAllowed, noRoute } from './problem';

/** Identifies the caller by the `Authorization` header. @throws Problem UNAUTHENTICATED */
export type Identify = (authorization: string | undefined) => Promise<Identity>;

/**
 * Authorizes a request before its body is read. Checks the path, then the token (401), then the roles (403). Routes are closed by
 * default.
 * @param target the raw request target
 * @param internalPaths paths that the service serves to the internal network without a token
 * @returns the caller, or null if the route needs no token
 * @throws Problem
 */
export const authorize = async (
  service: ServiceName,
  method: string,
  target: string,
  authorization: string | undefined,
  identify: Identify,
  internalPaths: ReadonlySet<string>,
): Promise<Identity | null> => {
  const path = target.split('?', 1)[0] ?? '';
  if (!isCanonicalPath(path)) throw invalid({ field: 'path', message: 'must be in its canonical form' });
  if (isPublicPath(path) || internalPaths.has(path)) {
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(method, ['GET']);
    return null;
  }
  const route = findRoute(method, path);
  const access = route?.access ?? [];
  const identity = access === 'anyone' ? null : await identify(authorization);
  if (!route || ('service' in route && route.service !== service)) throw noRoute(method, path);
  if ('allow' in route) throw methodNotAllowed(method, route.allow);
  if (route.access !== 'anyone' && identity && !mayCall(route.access, identity.roles))
    throw forbidden(route.access, identity.roles);
  return identity;
};
