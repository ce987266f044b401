import { Tooltip } from '@mantine/core';
import type { KeyboardEvent, ReactNode } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { dayIn } from '../components/days';
import { EventBar, EventLabel } from './event-bar';
import { concurrencyOf, monthsOf, positionOf, type Day, type Weeks } from './layout';
import { calendarTexts } from './texts';
import type { CalendarRow } from './use-calendar';
import classes from './calendar.module.css';

interface BoardProps {
  readonly days: readonly Day[];
  readonly rows: readonly CalendarRow[];
  readonly weeks: Weeks;
  readonly zone: string;
  readonly now: number;
  readonly isLoading: boolean;
  /** Shown below the days instead of rows. */
  readonly children: ReactNode;
}

const percent = (fraction: number): string => `${fraction * 100}%`;

/** Moves the focus between the bars with the arrow keys. */
const moveFocus = (event: KeyboardEvent<HTMLElement>): void => {
  const bars = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-bar]')];
  const index = bars.indexOf(document.activeElement as HTMLElement);
  const moves: Readonly<Record<string, number>> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: bars.length - 1 };
  const next = moves[event.key];
  if (index < 0 || next === undefined) return;
  event.preventDefault();
  bars[Math.max(0, Math.min(next, bars.length - 1))]?.focus();
};

/** Days as columns, events as rows. */
export const Board = ({ days, rows, weeks, zone, now, isLoading, children }: BoardProps) => {
  const t = useTexts(calendarTexts);
  const today = dayIn(zone, now);
  const isNowShown = (isLoading || rows.length > 0) && days.some(({ startsAt, endsAt }) => now >= startsAt && now < endsAt);
  return (
    <div className={classes.viewport} role="region" aria-label={t('title')} tabIndex={0} aria-busy={isLoading}>
      <div className={classes.board} data-weeks={weeks}>
        <Head days={days} rows={rows} weeks={weeks} today={today} />
        <div className={classes.body}>
          <div className={classes.columns} data-empty={(!isLoading && rows.length === 0) || undefined} aria-hidden>
            {days.map(({ day, isWeekend }) => (
              <div key={day} data-weekend={isWeekend || undefined} data-today={day === today || undefined} />
            ))}
          </div>
          <ul className={classes.rows} aria-label={t('events')} onKeyDown={moveFocus}>
            {rows.map(({ event, bar }) => (
              <li key={event.eventId} className={classes.row}>
                <EventLabel event={event} zone={zone} />
                <div className={classes.lane}>
                  <EventBar event={event} bar={bar} />
                </div>
              </li>
            ))}
          </ul>
          {isNowShown && (
            <div className={classes.nowLayer} aria-hidden>
              <div className={classes.now} style={{ left: percent(positionOf(now, days)) }} />
            </div>
          )}
          {children}
        </div>
      </div>
    </div>
  );
};

const Head = ({ days, rows, weeks, today }: Pick<BoardProps, 'days' | 'rows' | 'weeks'> & { today: string }) => {
  const t = useTexts(calendarTexts);
  const language = useLanguage();
  const format = (day: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options }).format(new Date(day));
  const counts = concurrencyOf(
    rows.map(({ event }) => event),
    days,
  );
  const peak = Math.max(...counts);
  const hasClockChange = days.some(({ clockChange }) => clockChange !== 0);
  return (
    <div className={classes.head}>
      <div className={classes.corner}>{t('runAtOnce')}</div>
      <div className={classes.months} aria-hidden>
        {monthsOf(days).map(({ month, days: count }) => (
          <div key={month} style={{ flexGrow: count }}>
            {count > 1 && format(`${month}-01`, { month: 'long', year: 'numeric' })}
          </div>
        ))}
      </div>
      <ul className={classes.days}>
        {days.map((day, index) => {
          const count = counts[index] ?? 0;
          return (
            <li
              key={day.day}
              data-weekend={day.isWeekend || undefined}
              aria-current={day.day === today ? 'date' : undefined}
              aria-label={t('runAtOnceOn', { day: day.day, count })}
            >
              <span className={classes.weekday}>{format(day.day, { weekday: weeks === 4 ? 'narrow' : 'short' })}</span>
              <span className={classes.number}>{Number(day.day.slice(8))}</span>
              {hasClockChange && (
                <span className={classes.clock}>{day.clockChange !== 0 && <ClockChange minutes={day.clockChange} />}</span>
              )}
              <span className={classes.count} data-peak={(count > 1 && count === peak) || undefined}>
                {formatCount(count, language)}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
};

const ClockChange = ({ minutes }: { minutes: number }) => {
  const t = useTexts(calendarTexts);
  const label = t(minutes > 0 ? 'clockForward' : 'clockBack', { minutes: Math.abs(minutes) });
  const hours = Math.abs(minutes) / 60;
  return (
    <Tooltip label={label}>
      <span className={classes.clockChange} role="note" aria-label={label}>
        {minutes > 0 ? '+' : '−'}
        {hours}h
      </span>
    </Tooltip>
  );
};
