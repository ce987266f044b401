import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { formatTime } from '../time/zones';
import type { EventForm } from './form';
import { clockChanges, daysIn, windowOf, type Window } from './promised';
import { editorTexts } from './texts';
import { listCycles, type ListedCycle } from './words';
import classes from './editor.module.css';

/** Clock changes named; the others are counted. */
const MAX_CHANGES = 4;
const MAX_LISTED = 10;

/** What follows from the dates: length, days with a clock change, and the dates of the cycles. */
export const WindowNotes = ({ form }: { form: EventForm }) => {
  const t = useTexts(editorTexts);
  const { startsAt, endsAt, timeZone, dayStartsAt, cycle } = form;
  const window = useMemo(() => windowOf({ startsAt, endsAt, timeZone, dayStartsAt }), [startsAt, endsAt, timeZone, dayStartsAt]);
  const changes = useMemo(() => (window ? clockChanges(window) : []), [window]);
  if (!window) return null;
  const named = changes.slice(0, MAX_CHANGES).join(', ');
  const more = changes.length > MAX_CHANGES ? ` ${t('moreDays', { count: changes.length - MAX_CHANGES })}` : '';
  return (
    <div className={classes.notes}>
      <Text c="dimmed">{t('windowLength', { count: daysIn(window) })}</Text>
      {changes.length > 0 && <Text className={classes.warning}>{t('clockChanges', { days: `${named}${more}` })}</Text>}
      {cycle !== 'NONE' && <Cycles window={window} cycle={cycle} />}
    </div>
  );
};

const Cycles = ({ window, cycle }: { window: Window; cycle: 'DAY' | 'WEEK' | 'MONTH' }) => {
  const t = useTexts(editorTexts);
  const { first, last, total } = useMemo(() => listCycles({ ...window, cycle }, MAX_LISTED), [window, cycle]);
  return (
    <div>
      <Text fw={500}>{total === null ? t('cyclesMany') : t('cyclesTitle', { count: total })}</Text>
      <ol className={classes.cycles}>
        {first.map((each) => (
          <CycleLine key={each.cycle} cycle={each} zone={window.timeZone} />
        ))}
        {last && (
          <>
            <li aria-hidden>…</li>
            <CycleLine cycle={last} zone={window.timeZone} />
          </>
        )}
      </ol>
    </div>
  );
};

const CycleLine = ({ cycle, zone }: { cycle: ListedCycle; zone: string }) => {
  const t = useTexts(editorTexts);
  return (
    <li>
      <span className={classes.cycle}>
        {formatTime(cycle.startsAt, zone)} – {formatTime(cycle.endsAt, zone)}
      </span>
      {cycle.isCut && <span className={classes.warning}>{t('cycleCut')}</span>}
    </li>
  );
};
