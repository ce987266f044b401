import { Button, Skeleton } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { commonZone, dayIn, dayStart } from '../components/days';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Page, Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { useNow } from '../components/use-now';
import { useMayCall } from '../session';
import { Time } from '../time/time';
import { useZoneMode } from '../time/zone-mode';
import { localZone, zoneFor } from '../time/zones';
import { dayFigures } from './figures';
import { HealthStrip } from './health-strip';
import { Rejected } from './rejected';
import { Running } from './running';
import { soonOf } from './soon';
import { SoonList } from './soon-list';
import { homeTexts } from './texts';
import { Today } from './today';
import { useHomeEvents, useStatistics } from './use-home';
import classes from './home.module.css';

const DeliveryAlert = lazy(() =>
  import('../delivery/delivery-alert').then(({ DeliveryAlert: component }) => ({ default: component })),
);

/** Events that are listed at most; the list of events has the others. */
const MAX_LISTED = 20;

/** What runs, what is about to change, how today goes, and whether anything is stuck. */
export const Home = () => {
  const t = useTexts(homeTexts);
  const now = useNow(20_000);
  const mode = useZoneMode();
  const mayCall = useMayCall();
  const events = useHomeEvents();
  const { running = [], scheduled = [], ended = [], figured } = events.data ?? {};
  const statistics = useStatistics(figured);
  const zone = zoneFor(mode, commonZone((figured ?? []).map(({ timeZone }) => timeZone)) ?? localZone());
  const from = new Date(dayStart(dayIn(zone, now), zone)).toISOString();
  const hours = [...(statistics.data?.values() ?? [])].flatMap((each) => each?.byHour ?? []);
  const error = events.error ?? statistics.error;
  const retry = (): void => void (events.error ? events.refetch() : statistics.refetch());

  return (
    <Page title={t('title')} actions={<Loaded at={Math.min(events.dataUpdatedAt, statistics.dataUpdatedAt)} zone={zone} />}>
      <HealthStrip zone={zone} />
      {mayCall('GET /delivery-endpoints') && (
        <Suspense>
          <DeliveryAlert zone={zone} />
        </Suspense>
      )}
      <div className={classes.columns}>
        <div className={classes.main}>
          <Section title={t('today')} actions={<span className={classes.dimmed}>{t('dayIn', { zone })}</span>}>
            {error && !statistics.data ? (
              <ErrorPanel error={error} onRetry={retry} />
            ) : (
              <Today day={statistics.data ? dayFigures(hours, now, zone) : null} from={from} />
            )}
            {statistics.data && figured && statistics.data.size < figured.length && (
              <p className={classes.note}>{t('partFigures', { count: statistics.data.size, total: figured.length })}</p>
            )}
          </Section>
          <Section title={t('running')} actions={<AllRunning count={running.length} />}>
            {events.isPending && <Skeleton height={160} />}
            {events.error && !events.data && <ErrorPanel error={events.error} onRetry={retry} />}
            {events.data && running.length === 0 && <NoneRunning />}
            {running.length > 0 && <Running events={running.slice(0, MAX_LISTED)} statistics={statistics.data} now={now} />}
          </Section>
        </div>
        <div className={classes.side}>
          <Section title={t('rejections')}>{events.isPending ? <Skeleton height={96} /> : <Rejected from={from} />}</Section>
          <Section title={t('soon')} actions={<PageLink to="/calendar">{t('openCalendar')}</PageLink>}>
            {events.isPending && <Skeleton height={96} />}
            {events.data && <SoonList list={soonOf([...running, ...scheduled, ...ended], now)} now={now} />}
          </Section>
        </div>
      </div>
    </Page>
  );
};

/** When the figures were loaded, and a button that loads them again. */
const Loaded = ({ at, zone }: { at: number; zone: string }) => {
  const t = useTexts(homeTexts);
  const queries = useQueryClient();
  return (
    <>
      {at > 0 && (
        <span className={classes.loaded}>
          {t('loadedAt')} <Time at={new Date(at).toISOString()} zone={zone} precision="second" />
        </span>
      )}
      <Button
        variant="default"
        leftSection={<IconRefresh size={14} aria-hidden />}
        onClick={() => void queries.invalidateQueries({ queryKey: ['home'] })}
      >
        {t('refresh')}
      </Button>
    </>
  );
};

const AllRunning = ({ count }: { count: number }) => {
  const t = useTexts(homeTexts);
  return count > MAX_LISTED ? (
    <PageLink to="/events" search={{ status: 'ACTIVE', sort: 'endsAt' }}>
      {t('allRunning', { count })}
    </PageLink>
  ) : null;
};

const NoneRunning = () => {
  const t = useTexts(homeTexts);
  const mayCall = useMayCall();
  return (
    <Empty title={t('noneRunning')}>{mayCall('POST /events') && <PageLink to="/events">{t('noneRunningHelp')}</PageLink>}</Empty>
  );
};
