import { mayCall } from '@rewards/contracts';
import { forbidden, methodNotAllowed } from '@rewards/service-kit/problem';
import { requireOwnOrigin } from '../own-origin';
import type { Policy } from './policy';

/**
 * Rejects with 401, then 405, then 403: for the roles, or for the origin of a request to the session of an application. Unlisted paths get 404 in a later policy, after the body was checked as for any other
 * route. Roles for routes of auth-service are not checked here: auth-service uses the current roles of the account.
 */
export const authorize: Policy = (exchange) => {
  const { request, target, identity, denial } = exchange;
  if (denial) throw denial;
  if (target.kind === 'wrong-method') throw methodNotAllowed(request.method ?? '', target.allow);
  if (target.kind === 'session') requireOwnOrigin(exchange);
  if (target.kind !== 'route' || target.route.service === 'auth' || target.route.access === 'anyone') return 'next';
  const { roles } = identity ?? { roles: [] };
  if (!mayCall(target.route.access, roles)) throw forbidden(target.route.access, roles);
  return 'next';
};
