import { findRoute, isPublicPath, type Route } from '@rewards/contracts';
import { PAGE_FILES } from './pages/documentation';

/** The target of a request. */
export type Target =
  | { readonly kind: 'page' }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[]; readonly isOpen: boolean }
  | { readonly kind: 'unlisted' };

/** Whether the gateway serves the path itself: the start page, the rules, health, and the documentation of all services. */
const isPage = (path: string): boolean => path === '/health' || PAGE_FILES.has(path) || isPublicPath(path);

/** Resolves a method and a raw, canonical path to a target. A path that no table lists is `unlisted`. */
export const resolveTarget = (method: string, path: string): Target => {
  if (isPage(path))
    return method === 'GET' || method === 'HEAD' ? { kind: 'page' } : { kind: 'wrong-method', allow: ['GET'], isOpen: true };
  const match = findRoute(method, path);
  if (!match) return { kind: 'unlisted' };
  return 'allow' in match
    ? { kind: 'wrong-method', allow: match.allow, isOpen: match.access === 'anyone' }
    : { kind: 'route', route: match };
};

/** Whether a valid access token is required, even to learn whether the target exists. */
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

/** Describes a target for logs by its path pattern. A raw path may contain personal data that a client put there by mistake. */
export const describeTarget = (target: Target): string => (target.kind === 'route' ? target.route.path : target.kind);
