import { findGatewayRoute, findRoute, isPublicPath, type GatewayRoute, type Route } from '@rewards/contracts';
import { applicationAt } from './pages/application';
import { PAGE_FILES } from './pages/documentation';

/** The target of a request. */
export type Target =
  | { readonly kind: 'page' }
  | { readonly kind: 'route'; readonly route: Route }
  /** The session of a web application. */
  | { readonly kind: 'session'; readonly route: GatewayRoute }
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[]; readonly isOpen: boolean }
  | { readonly kind: 'unlisted' };

/** Whether the gateway serves the path itself: the start page, the applications, the rules, health and the documentation. */
const isPage = (path: string): boolean =>
  path === '/health' || PAGE_FILES.has(path) || isPublicPath(path) || applicationAt(path) !== null;

/** Resolves a method and a raw, canonical path to a target. A path that no table lists is `unlisted`. */
export const resolveTarget = (method: string, path: string): Target => {
  const session = findGatewayRoute(path);
  if (session)
    return method === session.method
      ? { kind: 'session', route: session }
      : { kind: 'wrong-method', allow: [session.method], isOpen: true };
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
    case 'session':
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
export const describeTarget = (target: Target): string => ('route' in target ? target.route.path : target.kind);
