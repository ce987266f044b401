import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { EVENT_STATUSES } from '../components/event-status';
import { statusTexts } from '../components/event-status-texts';
import { Page } from '../components/page';
import { PageLink } from '../components/page-link';
import { useMayCall } from '../session';
import { DataTable } from '../table/data-table';
import { ClearFilters, RangeFilter, SelectFilter, TextFilter } from '../table/filters';
import { useNumberedRows } from '../table/use-rows';
import { useSearchState, useUrlState, withChanges, type Search } from '../url-state';
import { useColumns } from './columns';
import { FILTERS, firstCell, queryOf, SERVER_SORTS } from './filters';
import { loadEvents } from './load-events';
import { eventsTexts } from './texts';

/** The list of events, with search and filters. */
export const Events = () => {
  const t = useTexts(eventsTexts);
  const columns = useColumns();
  const navigate = useNavigate();
  const query = queryOf(useSearchState());
  const [, setText] = useUrlState('q');
  const list = useNumberedRows(['events', 'list', query], (page, signal) => loadEvents(query, page, signal), {
    refetchInterval: 60_000,
  });
  const open = (eventId: string): void =>
    void navigate({ to: `/events/${eventId}`, search: (current: Search) => withChanges({}, { tz: current.tz }) } as never);
  return (
    <Page title={t('title')} fills actions={<NewEvent />}>
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        keyOf={({ eventId }) => eventId}
        onOpen={({ eventId }) => open(eventId)}
        onPaste={(text) => setText(firstCell(text))}
        sortedByServer={SERVER_SORTS}
        toolbar={<Filters />}
        empty={<NothingListed isFiltered={FILTERS.some((name) => query[name] !== undefined)} />}
      />
    </Page>
  );
};

const NewEvent = () => {
  const t = useTexts(eventsTexts);
  const mayCall = useMayCall();
  const navigate = useNavigate();
  if (!mayCall('POST /events')) return null;
  return (
    <Button
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => void navigate({ to: '/events/new', search: ({ tz }: Search) => withChanges({}, { tz }) } as never)}
    >
      {t('newEvent')}
    </Button>
  );
};

const Filters = () => {
  const t = useTexts(eventsTexts);
  const tStatus = useTexts(statusTexts);
  return (
    <>
      <TextFilter name="q" label={t('search')} placeholder={t('searchHint')} width={220} />
      <SelectFilter
        name="status"
        label={t('status')}
        options={EVENT_STATUSES.map((value) => ({ value, label: tStatus(value) }))}
      />
      <RangeFilter from="from" to="to" label={t('window')} width={270} />
      <ClearFilters names={FILTERS} />
    </>
  );
};

const NothingListed = ({ isFiltered }: { isFiltered: boolean }) => {
  const t = useTexts(eventsTexts);
  const mayCall = useMayCall();
  if (isFiltered) return <Empty title={t('nothingFound')}>{t('nothingFoundHelp')}</Empty>;
  return (
    <Empty title={t('noneTitle')}>
      {mayCall('POST /events') ? <PageLink to="/events/new">{t('noneOperator')}</PageLink> : t('noneOther')}
    </Empty>
  );
};
