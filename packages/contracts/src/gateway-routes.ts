import type { Route } from './routes';

/** The web applications that the gateway serves, each below the path of its name. */
export const APPLICATIONS = ['console', 'play'] as const;
export type ApplicationName = (typeof APPLICATIONS)[number];

/**
 * A route that the gateway answers itself. auth-service does the work, and the gateway keeps the refresh token in a cookie, which
 * no script can read.
 */
export interface GatewayRoute extends Omit<Route, 'service' | 'bodyLimit'> {
  readonly method: 'POST';
  readonly service: 'gateway';
  readonly access: 'anyone';
  readonly application: ApplicationName;
  /** Path of the route of auth-service that does the work. */
  readonly upstream: '/auth/login' | '/auth/refresh' | '/auth/logout';
}

const session = <const Application extends ApplicationName, const Action extends '' | '/refresh' | '/end'>(
  application: Application,
  action: Action,
  upstream: GatewayRoute['upstream'],
) =>
  ({
    method: 'POST',
    path: `/${application}/session${action}` as const,
    service: 'gateway',
    access: 'anyone',
    application,
    upstream,
  }) as const satisfies GatewayRoute;

/** The sessions of the web applications. These routes accept requests from the gateway's own origin only. */
export const GATEWAY_ROUTES = [
  session('console', '', '/auth/login'),
  session('console', '/refresh', '/auth/refresh'),
  session('console', '/end', '/auth/logout'),
  session('play', '', '/auth/login'),
  session('play', '/refresh', '/auth/refresh'),
  session('play', '/end', '/auth/logout'),
] satisfies readonly GatewayRoute[];

/** Method and path of a route of the gateway. */
export type GatewayRouteName = (typeof GATEWAY_ROUTES)[number] extends infer Listed
  ? Listed extends GatewayRoute
    ? `${Listed['method']} ${Listed['path']}`
    : never
  : never;

const byPath: ReadonlyMap<string, GatewayRoute> = new Map(GATEWAY_ROUTES.map((route) => [route.path, route]));

/** Finds the route of the gateway with this path, whatever the method. */
export const findGatewayRoute = (path: string): GatewayRoute | null => byPath.get(path) ?? null;

/**
 * Response header with the whole seconds until the refresh token in the response expires, from auth-service to the gateway, which
 * removes it.
 */
export const SESSION_SECONDS_HEADER = 'x-session-seconds';
