import { mayCall } from '@rewards/contracts';
import { forbidden, methodNotAllowed } from '@rewards/service-kit/problem';
import type { Policy } from './policy';

/**
 * 401, then 405, then 403; what no table lists is 404 only after the body was looked at, as for any other route. The routes
 * of auth-service are an exception: it judges roles by the account itself, which may have changed since the token was issued.
 */
export const authorize: Policy = ({ request, target, identity, denial }) => {
  if (denial) throw denial;
  if (target.kind === 'wrong-method') throw methodNotAllowed(request.method ?? '', target.allow);
  if (target.kind !== 'route' || target.route.service === 'auth' || target.route.access === 'anyone') return 'next';
  const { roles } = identity ?? { roles: [] };
  if (!mayCall(target.route.access, roles)) throw forbidden(target.route.access, roles);
  return 'next';
};
