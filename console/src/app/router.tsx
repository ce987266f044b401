import { Button, Text } from '@mantine/core';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link, Outlet } from '@tanstack/react-router';
import { useTexts } from '../shared/i18n/texts';
import { ErrorPanel } from './components/error-panel';
import { Empty } from './components/empty';
import { Page } from './components/page';
import { useMayCall, useSession } from './session';
import { Shell } from './shell/shell';
import { signOut } from './shell/sign-out';
import { shellTexts } from './shell/texts';
import { SignIn } from './sign-in/sign-in';
import { formatSearch, parseSearch, type Search } from './url-state';
import classes from './shell/shell.module.css';

const NotFound = () => {
  const t = useTexts(shellTexts);
  return (
    <Page title={t('notFound')}>
      <Link to="/">{t('backHome')}</Link>
    </Page>
  );
};

/** Shows the pages to people who may use the console, and signs in those who are not signed in. */
const Gate = () => {
  const state = useSession();
  const mayCall = useMayCall();
  if (state.status !== 'signed-in') return <SignIn hasEnded={state.status === 'signed-out' && state.hasEnded} />;
  return mayCall('GET /claims') || mayCall('GET /accounts') ? <Shell /> : <NoRole />;
};

const NoRole = () => {
  const t = useTexts(shellTexts);
  return (
    <main className={classes.signIn}>
      <Empty title={t('noRole')}>
        <Text c="dimmed" mb="md">
          {t('noRoleHelp')} <a href="/play">/play</a>
        </Text>
        <Button variant="default" onClick={() => void signOut()}>
          {t('signOut')}
        </Button>
      </Empty>
    </main>
  );
};

const root = createRootRoute({
  component: Gate,
  notFoundComponent: NotFound,
  validateSearch: (search): Search => search as Search,
});

const page = (path: string, load: () => Promise<Record<string, unknown>>, component: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as never, component as never) });

const routeTree = root.addChildren([
  page('/', () => import('./home/home'), 'Home'),
  page('/events/$eventId', () => import('./event/event-page'), 'EventPage'),
  page('/claims', () => import('./claims/claims'), 'Claims'),
  page('/deliveries', () => import('./delivery/deliveries'), 'Deliveries'),
  page('/audit', () => import('./audit/audit'), 'Audit'),
  page('/accounts', () => import('./accounts/accounts'), 'Accounts'),
  page('/operations', () => import('./operations/operations'), 'Operations'),
  page('/password', () => import('./password/password'), 'Password'),
  page('/calendar', () => import('./calendar/calendar'), 'Calendar'),
  page('/events', () => import('./events/events'), 'Events'),
  page('/events/new', () => import('./editor/new-event'), 'NewEvent'),
  page('/events/$eventId/edit', () => import('./editor/edit-event'), 'EditEvent'),
  page('/events/$eventId/clone', () => import('./editor/clone-event'), 'CloneEvent'),
  page('/players', () => import('./players/find-players'), 'FindPlayers'),
  page('/players/$accountId', () => import('./players/player'), 'Player'),
  page('/players/$accountId/participations/$eventId', () => import('./players/time-machine/time-machine'), 'TimeMachine'),
]);

export const router = createRouter({
  routeTree,
  basepath: '/console',
  parseSearch,
  stringifySearch: (search) => formatSearch(search as Search),
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ({ error, reset }) => <ErrorPanel error={error} onRetry={reset} />,
  defaultPendingComponent: Outlet,
  scrollRestoration: true,
});
