import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { EventStatus } from '../components/event-status';
import { Page } from '../components/page';
import { EventActions } from '../event-actions/event-actions';
import { eventQuery, type VersionedEvent } from '../event-actions/event-query';
import { useMayCall } from '../session';
import { InEventZone } from '../time/zone-mode';
import { useUrlState, withChanges, type Search } from '../url-state';
import { Figures } from './figures';
import { History } from './history';
import { Loading } from './loading';
import { Overview } from './overview';
import { Participations } from './participations';
import { eventTexts } from './texts';

const TABS = ['overview', 'figures', 'participations', 'history'] as const;
type Tab = (typeof TABS)[number];

const isTab = (tab: string | undefined): tab is Tab => TABS.some((each) => each === tab);

/** Its state changes by time alone. */
const REFRESH_MS = 30_000;

/** Everything about one event: its terms, figures, participants and history. */
export const EventPage = () => {
  const t = useTexts(eventTexts);
  const { eventId = '' } = useParams({ strict: false }) as { eventId?: string };
  const [chosen, setTab] = useUrlState('tab');
  const tab = isTab(chosen) ? chosen : 'overview';
  const { data, error, refetch } = useQuery({ ...eventQuery(eventId), refetchInterval: REFRESH_MS });
  if (!data)
    return (
      <Page title={t('event')}>
        {error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : <Loading rows={10} />}
      </Page>
    );
  const { event, etag } = data;
  return (
    <InEventZone zone={event.timeZone}>
      <Page
        title={event.name}
        aside={<EventStatus status={event.status} />}
        actions={<Actions event={event} etag={etag} />}
        fills={tab === 'participations'}
      >
        <Tabs value={tab} onChange={(next) => setTab(next === null || next === 'overview' ? undefined : next)}>
          <Tabs.List aria-label={event.name}>
            {TABS.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {t(each)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
        {tab === 'overview' && <Overview event={event} etag={etag} />}
        {tab === 'figures' && <Figures event={event} />}
        {tab === 'participations' && <Participations event={event} />}
        {tab === 'history' && <History eventId={eventId} />}
      </Page>
    </InEventZone>
  );
};

const Actions = ({ event, etag }: VersionedEvent) => {
  const t = useTexts(eventTexts);
  const mayCall = useMayCall();
  const keepsZone = (({ tz }: Search) => withChanges({}, { tz })) as never;
  const path = `/events/${event.eventId}`;
  return (
    <>
      {mayCall('POST /events/{eventId}/change') && event.status !== 'DELETED' && (
        <Button variant="default" component={Link} {...{ to: `${path}/edit`, search: keepsZone }}>
          {t('edit')}
        </Button>
      )}
      {mayCall('POST /events/{eventId}/clone') && (
        <Button variant="default" component={Link} {...{ to: `${path}/clone`, search: keepsZone }}>
          {t('clone')}
        </Button>
      )}
      <EventActions event={event} etag={etag} />
    </>
  );
};
