import { Button, Tabs } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { EventStatus } from '../components/event-status';
import { useEvent } from '../components/names';
import { Page } from '../components/page';
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
  const { data: event, error, refetch } = useEvent(eventId, { refetchInterval: REFRESH_MS });
  if (!event)
    return (
      <Page title={t('event')}>
        {error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : <Loading rows={10} />}
      </Page>
    );
  return (
    <InEventZone zone={event.timeZone}>
      <Page
        title={event.name}
        aside={<EventStatus status={event.status} />}
        actions={<Actions eventId={eventId} />}
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
        {tab === 'overview' && <Overview event={event} />}
        {tab === 'figures' && <Figures event={event} />}
        {tab === 'participations' && <Participations event={event} />}
        {tab === 'history' && <History eventId={eventId} />}
      </Page>
    </InEventZone>
  );
};

const Actions = ({ eventId }: { eventId: string }) => {
  const t = useTexts(eventTexts);
  const mayCall = useMayCall();
  const keepsZone = (({ tz }: Search) => withChanges({}, { tz })) as never;
  return (
    <>
      {mayCall('POST /events/{eventId}/change') && (
        <Button variant="default" component={Link} {...{ to: `/events/${eventId}/edit`, search: keepsZone }}>
          {t('edit')}
        </Button>
      )}
      {mayCall('POST /events/{eventId}/clone') && (
        <Button variant="default" component={Link} {...{ to: `/events/${eventId}/clone`, search: keepsZone }}>
          {t('clone')}
        </Button>
      )}
    </>
  );
};
