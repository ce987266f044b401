import { mayCall } from '@rewards/contracts';
import { problem } from '@rewards/service-kit/problem';
import type { Policy } from './policy';

/**
 * 401, then 405, then 403; what no table lists is 404 only after the body was looked at, as for any other route. The routes
 * of auth-service are an exception: it judges roles by the account itself, which may have changed since the token was issued.
 */
export const authorize: Policy = ({ target, identity, denial }) => {
  if (denial) throw denial;
  if (target.kind === 'wrong-method') throw problem('METHOD_NOT_ALLOWED', { headers: { Allow: target.allow.join(', ') } });
  if (target.kind !== 'route' || target.route.service === 'auth') return 'next';
  if (!mayCall(target.route.access, identity?.roles ?? [])) throw problem('FORBIDDEN');
  return 'next';
};
