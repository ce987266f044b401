import { SegmentedControl } from '@mantine/core';
import { dayOf, startOfDay } from '@rewards/domain/conditions/index';
import { useMemo } from 'react';
import type { Schemas } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { Section } from '../components/page';
import { DataTable } from '../table/data-table';
import type { Column } from '../table/column';
import { Time } from '../time/time';
import { useZoneMode } from '../time/zone-mode';
import { formatTime, zoneFor } from '../time/zones';
import { useUrlState } from '../url-state';
import { BarChart } from './bar-chart';
import { barsOf, bucketFor, canShowHours, SERIES, type Bar, type Hour, type Series } from './figures-of';
import { eventTexts } from './texts';
import classes from './event.module.css';

interface OverTimeProps {
  readonly event: Schemas['RewardEventResponse'];
  readonly hours: readonly Hour[];
}

/** What happened in each hour or day, as charts or as a table. In the zone of the event, days begin as its own do. */
export const OverTime = ({ event, hours }: OverTimeProps) => {
  const t = useTexts(eventTexts);
  const language = useLanguage();
  const mode = useZoneMode();
  const [chosenBucket, setBucket] = useUrlState('bars');
  const [view, setView] = useUrlState('view');
  const zone = zoneFor(mode, event.timeZone);
  const dayStartsAt = mode === 'event' ? event.dayStartsAt : '00:00';
  const withHours = canShowHours(hours);
  const bucket = (chosenBucket === 'hour' && withHours) || chosenBucket === 'day' ? chosenBucket : bucketFor(hours);
  const bars = useMemo(
    () =>
      barsOf(hours, bucket, {
        dayOf: (at) => dayOf(at, zone, dayStartsAt),
        startOf: (day) => startOfDay(day, zone, dayStartsAt),
      }),
    [hours, bucket, zone, dayStartsAt],
  );
  if (bars.length === 0) return null;
  const names: Readonly<Record<Series, string>> = {
    logins: t('logins'),
    completions: t('completions'),
    claims: t('claims'),
    amount: t('units'),
  };
  const precision = bucket === 'day' ? 'day' : 'minute';
  const totalOf = (series: Series): string =>
    formatCount(
      bars.reduce((sum, bar) => sum + bar[series], 0),
      language,
    );
  return (
    <Section
      title={t('byHour')}
      actions={
        <>
          {withHours && (
            <SegmentedControl
              aria-label={t('bucket')}
              value={bucket}
              onChange={setBucket}
              data={[
                { value: 'hour', label: t('hour') },
                { value: 'day', label: t('day') },
              ]}
            />
          )}
          <SegmentedControl
            aria-label={t('view')}
            value={view ?? 'chart'}
            onChange={(next) => setView(next === 'chart' ? undefined : next)}
            data={[
              { value: 'chart', label: t('chart') },
              { value: 'table', label: t('table') },
            ]}
          />
        </>
      }
    >
      {view === 'table' ? (
        <BarTable bars={bars} names={names} precision={precision} label={t('byHour')} first={t(bucket)} />
      ) : (
        <div className={classes.charts}>
          {SERIES.map((series) => (
            <BarChart
              key={series}
              bars={bars}
              series={series}
              title={names[series]}
              total={t('total', { total: totalOf(series) })}
              label={t('chartLabel', {
                series: names[series],
                from: formatTime(bars[0]?.at ?? '', zone, precision),
                to: formatTime(bars.at(-1)?.at ?? '', zone, precision),
                total: totalOf(series),
              })}
              zone={zone}
              precision={precision}
            />
          ))}
        </div>
      )}
    </Section>
  );
};

interface BarTableProps {
  readonly bars: readonly Bar[];
  readonly names: Readonly<Record<Series, string>>;
  readonly precision: 'day' | 'minute';
  readonly label: string;
  readonly first: string;
}

const nothing = (): void => undefined;

/** The values of the charts, to read and to copy. */
const BarTable = ({ bars, names, precision, label, first }: BarTableProps) => {
  const language = useLanguage();
  const columns: readonly Column<Bar>[] = [
    { id: 'at', header: first, width: 160, value: ({ at }) => at, cell: ({ at }) => <Time at={at} precision={precision} /> },
    ...SERIES.map((series): Column<Bar> => ({
      id: series,
      header: names[series],
      width: 140,
      align: 'end',
      value: (bar) => bar[series],
      cell: (bar) => formatCount(bar[series], language),
    })),
  ];
  const rows = useMemo(() => [...bars].reverse(), [bars]);
  return (
    <DataTable
      name="hours"
      fits
      label={label}
      columns={columns}
      keyOf={({ at }) => at}
      list={{ rows, hasMore: false, isLoading: false, error: null, loadMore: nothing, retry: nothing }}
    />
  );
};
