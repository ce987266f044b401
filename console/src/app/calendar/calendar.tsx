import { Alert, Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTexts } from '../../shared/i18n/texts';
import { addDays } from '../components/days';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Page } from '../components/page';
import { PageLink } from '../components/page-link';
import { useMayCall } from '../session';
import { offsetName } from '../time/zones';
import { useChangeSearch } from '../url-state';
import { Board } from './board';
import { DEFAULT_WEEKS, WEEKS, type Weeks } from './layout';
import { calendarTexts } from './texts';
import { useCalendar } from './use-calendar';
import classes from './calendar.module.css';

/** The events of some weeks as bars over days, so that overlaps are visible. */
export const Calendar = () => {
  const t = useTexts(calendarTexts);
  const calendar = useCalendar();
  const { first, weeks, zone, rows, days, now, isPending, error, refetch, hasMore } = calendar;
  const isEmpty = !isPending && !error && rows.length === 0;
  const zoneName = `${zone} (${offsetName(new Date(days[0]?.startsAt ?? now).toISOString(), zone)})`;
  return (
    <Page title={t('title')} fills aside={<Legend />} actions={<Steps first={first} weeks={weeks} />}>
      <p className={classes.zone}>{t('daysIn', { zone: zone === 'UTC' ? zone : zoneName })}</p>
      {hasMore && <Alert color="gray">{t('cut')}</Alert>}
      <Board days={days} rows={rows} weeks={weeks} zone={zone} now={now} isLoading={isPending}>
        {isEmpty && <NoEvents />}
        {error !== null && rows.length === 0 && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      </Board>
    </Page>
  );
};

const NoEvents = () => {
  const t = useTexts(calendarTexts);
  const mayCall = useMayCall();
  return (
    <Empty title={t('empty')}>
      {mayCall('POST /events') && (
        <>
          {t('emptyHelp')} <PageLink to="/events/new">{t('newEvent')}</PageLink>
        </>
      )}
    </Empty>
  );
};

/** Moves the weeks that are shown. */
const Steps = ({ first, weeks }: { first: string; weeks: Weeks }) => {
  const t = useTexts(calendarTexts);
  const change = useChangeSearch();
  const step = (days: number): void => change({ date: addDays(first, days) });
  return (
    <>
      <SegmentedControl
        aria-label={t('range')}
        value={String(weeks)}
        onChange={(value) => change({ weeks: value === String(DEFAULT_WEEKS) ? undefined : value })}
        data={WEEKS.map((count) => ({ value: String(count), label: t('weeks', { count }) }))}
      />
      <Button.Group>
        <Button variant="default" onClick={() => step(-7 * weeks)} leftSection={<IconChevronLeft size={14} aria-hidden />}>
          {t('previous')}
        </Button>
        <Button variant="default" onClick={() => change({ date: undefined })}>
          {t('today')}
        </Button>
        <Button variant="default" onClick={() => step(7 * weeks)} rightSection={<IconChevronRight size={14} aria-hidden />}>
          {t('next')}
        </Button>
      </Button.Group>
      <TextInput
        type="date"
        aria-label={t('date')}
        title={t('date')}
        value={first}
        onChange={({ currentTarget }) => currentTarget.value && change({ date: currentTarget.value })}
        className={classes.date}
      />
    </>
  );
};

const Legend = () => {
  const t = useTexts(calendarTexts);
  return (
    <ul className={classes.legend}>
      <li data-kind="runs">{t('legendRuns')}</li>
      <li data-kind="claims">{t('legendClaims')}</li>
      <li data-kind="draft">{t('legendDraft')}</li>
    </ul>
  );
};
