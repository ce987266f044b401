import { findRoute, isOpenPath, type Route } from '@rewards/contracts';
import { DOCUMENTATION } from './pages/documentation';

/** What a request is for. */
export type Target =
  | { readonly kind: 'page' }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[]; readonly isOpen: boolean }
  | { readonly kind: 'unlisted' };

/** Pages of the gateway itself: the start page, the rules, its health, and the documentation of all services. */
const isPage = (path: string): boolean => path === '/health' || DOCUMENTATION.has(path) || isOpenPath(path);

/** Finds what a method and a raw, canonical path ask for: closed by default, what no table lists is `unlisted`. */
export const resolveTarget = (method: string, path: string): Target => {
  if (isPage(path))
    return method === 'GET' || method === 'HEAD' ? { kind: 'page' } : { kind: 'wrong-method', allow: ['GET'], isOpen: true };
  const found = findRoute(method, path);
  if (!found) return { kind: 'unlisted' };
  return 'allow' in found
    ? { kind: 'wrong-method', allow: found.allow, isOpen: found.access === 'anyone' }
    : { kind: 'route', route: found };
};

/** Whether nobody without a valid access token may even learn what is there. */
export const needsToken = (target: Target): boolean => {
  switch (target.kind) {
    case 'page':
      return false;
    case 'route':
      return target.route.access !== 'anyone';
    case 'wrong-method':
      return !target.isOpen;
    case 'unlisted':
      return true;
  }
};

/** For logs: the pattern of the path, never the path, which may hold what a client put there by mistake. */
export const describeTarget = (target: Target): string => (target.kind === 'route' ? target.route.path : target.kind);
