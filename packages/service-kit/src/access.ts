import { findRoute, isCanonicalPath, isOpenPath, mayCall, type ServiceName } from '@rewards/contracts';
import type { Identity } from './access-token';
import { forbidden, invalid, methodNotAllowed, noRoute } from './problem';

/** Who the `Authorization` header names. Throws Problem UNAUTHENTICATED for nobody. */
export type Identify = (authorization: string | undefined) => Promise<Identity>;

/**
 * Decides whether a request may go on, before its body is read: path, then 401, then 403, closed by default.
 * @param target the raw request target
 * @param internalPaths paths that the service answers to its own network without a token
 * @returns who asks, or null where no token is needed
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
  if (isOpenPath(path) || internalPaths.has(path)) {
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
