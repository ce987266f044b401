import type { Role } from '@rewards/contracts/roles';
import { mayCall, ROUTES, type Route, type RouteName } from '@rewards/contracts/routes';
import { useSyncExternalStore } from 'react';
import { createApi } from '../shared/api/client';
import { Session, type Identity } from '../shared/session/session';

export const session = new Session('/console/session');
export const api = createApi(session);

export const useSession = () => useSyncExternalStore(session.subscribe, session.current);

/** The person who is signed in. Pages are shown only while somebody is. */
export const useIdentity = (): Identity => {
  const state = useSession();
  return state.status === 'signed-in' ? state.identity : NOBODY;
};

const NOBODY: Identity = { accountId: '', email: '', roles: [] };

/**
 * Whether the person may call a route, by the table that the gateway and the services use. Actions that are not allowed are not shown.
 */
export const useMayCall = (): ((route: RouteName) => boolean) => {
  const { roles } = useIdentity();
  return (route) => mayCall(ACCESS.get(route) ?? [], roles as readonly Role[]);
};

const ACCESS: ReadonlyMap<string, Route['access']> = new Map(
  ROUTES.map(({ method, path, access }) => [`${method} ${path}`, access]),
);
