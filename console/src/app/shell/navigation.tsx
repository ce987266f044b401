import {
  IconCalendarEvent,
  IconGift,
  IconHome,
  IconListDetails,
  IconShieldCheck,
  IconTimeline,
  IconTruckDelivery,
  IconUserSearch,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { RouteName } from '@rewards/contracts/routes';
import { useTexts } from '../../shared/i18n/texts';
import { useMayCall } from '../session';
import { shellTexts } from './texts';
import classes from './shell.module.css';

type TextKey = Parameters<ReturnType<typeof useTexts<keyof typeof shellTexts.en & string>>>[0];

interface Destination {
  readonly to: string;
  readonly text: TextKey;
  readonly icon: Icon;
  /** The route that the page needs. */
  readonly route: RouteName;
}

/** The pages, by what people come for. */
export const NAVIGATION: readonly { readonly group: TextKey; readonly pages: readonly Destination[] }[] = [
  {
    group: 'groupRun',
    pages: [
      { to: '/', text: 'home', icon: IconHome, route: 'GET /claims' },
      { to: '/calendar', text: 'calendar', icon: IconCalendarEvent, route: 'GET /claims' },
      { to: '/events', text: 'events', icon: IconListDetails, route: 'GET /claims' },
    ],
  },
  {
    group: 'groupSupport',
    pages: [
      { to: '/players', text: 'players', icon: IconUserSearch, route: 'GET /players' },
      { to: '/claims', text: 'claims', icon: IconGift, route: 'GET /claims' },
      { to: '/deliveries', text: 'deliveries', icon: IconTruckDelivery, route: 'GET /deliveries' },
    ],
  },
  {
    group: 'groupCheck',
    pages: [
      { to: '/audit', text: 'audit', icon: IconTimeline, route: 'GET /audit' },
      { to: '/operations', text: 'operations', icon: IconShieldCheck, route: 'GET /projections' },
    ],
  },
  { group: 'groupManage', pages: [{ to: '/accounts', text: 'accounts', icon: IconUsers, route: 'GET /accounts' }] },
];

export const Navigation = ({ onNavigate }: { onNavigate?: () => void }) => {
  const t = useTexts(shellTexts);
  const mayCall = useMayCall();
  return (
    <nav aria-label={t('navigation')} className={classes.navigation}>
      {NAVIGATION.map(({ group, pages }) => {
        const allowed = pages.filter(({ route }) => mayCall(route));
        return allowed.length === 0 ? null : (
          <div key={group} className={classes.group}>
            <div className={classes.groupName}>{t(group)}</div>
            {allowed.map(({ to, text, icon: PageIcon }) => (
              <Link
                key={to}
                to={to}
                search={(current: Record<string, string>) => (current.tz ? { tz: current.tz } : {})}
                className={classes.link}
                activeOptions={{ exact: to === '/', includeSearch: false }}
                {...(onNavigate && { onClick: onNavigate })}
              >
                <PageIcon size={16} stroke={1.75} aria-hidden />
                {t(text)}
              </Link>
            ))}
          </div>
        );
      })}
    </nav>
  );
};
