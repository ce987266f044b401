import { useState } from 'react';
import { weekOf } from './attendance';
import { formatDay, formatWeekday } from './format';
import { Check } from './icons';
import type { PlayerView } from './view';
import classes from './event-card.module.css';

/** The dates of one week: those with a counted login are stamped, and today is marked. */
export const WeekStrip = ({ event, progress, language, now, t }: PlayerView) => {
  const [weeks, setWeeks] = useState(0);
  if (event.condition.type === 'LOGIN_COUNT' || event.cycle === 'DAY') return null;
  const { days, hasEarlier, hasLater } = weekOf(event, progress, now, weeks);
  const [first = '', last = ''] = [days[0]?.day, days.at(-1)?.day].map((day = '') => formatDay(day, language));
  return (
    <section className={classes.week} aria-label={t('week', { first, last })}>
      <button type="button" aria-label={t('earlierWeek')} disabled={!hasEarlier} onClick={() => setWeeks(weeks - 1)}>
        ‹
      </button>
      <ol>
        {days.map(({ day, isCounted, isToday, isInside }) => (
          <li key={day} data-today={isToday} data-inside={isInside} aria-current={isToday ? 'date' : undefined}>
            <span aria-hidden>{isToday ? t('today') : formatWeekday(day, language)}</span>
            <span className={classes.stamp} data-counted={isCounted}>
              {isCounted ? <Check /> : <span aria-hidden>{Number(day.slice(-2))}</span>}
            </span>
            <span className={classes.hidden}>
              {[formatDay(day, language), isToday && t('today'), isCounted && t('counted')].filter(Boolean).join(', ')}
            </span>
          </li>
        ))}
      </ol>
      <button type="button" aria-label={t('laterWeek')} disabled={!hasLater} onClick={() => setWeeks(weeks + 1)}>
        ›
      </button>
    </section>
  );
};
