import { mayCall } from '@rewards/contracts';
import { problem } from '@rewards/service-kit/problem';
import type { Policy } from './policy';

/** 401, then 405, then 403; what no table lists is 404 only after the body was looked at, as for any other route. */
export const authorize: Policy = ({ target, identity, denial }) => {
  if (denial) throw denial;
  if (target.kind === 'wrong-method') throw problem('METHOD_NOT_ALLOWED', { headers: { Allow: target.allow.join(', ') } });
  if (target.kind === 'route' && !mayCall(target.route.access, identity?.roles ?? [])) throw problem('FORBIDDEN');
  return 'next';
};
