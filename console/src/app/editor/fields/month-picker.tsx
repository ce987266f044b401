import { ActionIcon, UnstyledButton } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useLanguage, useTexts } from '../../../shared/i18n/texts';
import { editorTexts } from '../texts';
import { addMonths } from '../wall-time';
import { dayAfterKey, daysOfMonth } from './month';
import classes from './fields.module.css';

interface MonthPickerProps {
  /** yyyy-mm-dd */
  readonly chosen: string | null;
  readonly onPick: (day: string) => void;
}

/** A calendar of one month. Arrow keys move by days and weeks, Page Up and Page Down by months. */
export const MonthPicker = ({ chosen, onPick }: MonthPickerProps) => {
  const t = useTexts(editorTexts);
  const language = useLanguage();
  const [day, setDay] = useState(chosen ?? new Date().toISOString().slice(0, 10));
  const active = useRef<HTMLButtonElement>(null);
  useEffect(() => active.current?.focus(), [day]);
  const format = (options: Intl.DateTimeFormatOptions, at: string): string =>
    new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options }).format(new Date(at));
  const days = daysOfMonth(day);
  return (
    <div className={classes.month}>
      <div className={classes.monthHeader}>
        <ActionIcon size="sm" aria-label={t('previousMonth')} onClick={() => setDay(addMonths(day, -1))}>
          <IconChevronLeft size={14} />
        </ActionIcon>
        <span aria-live="polite">{format({ year: 'numeric', month: 'long' }, day)}</span>
        <ActionIcon size="sm" aria-label={t('nextMonth')} onClick={() => setDay(addMonths(day, 1))}>
          <IconChevronRight size={14} />
        </ActionIcon>
      </div>
      <div
        className={classes.days}
        onKeyDown={(event) => {
          const next = dayAfterKey(day, event.key);
          if (!next) return;
          event.preventDefault();
          setDay(next);
        }}
      >
        {days.slice(0, 7).map((each) => (
          <span key={each} className={classes.weekday} aria-hidden>
            {format({ weekday: 'narrow' }, each)}
          </span>
        ))}
        {days.map((each) => (
          <UnstyledButton
            key={each}
            ref={each === day ? active : undefined}
            tabIndex={each === day ? 0 : -1}
            data-autofocus={each === day || undefined}
            className={classes.day}
            data-outside={each.slice(0, 7) !== day.slice(0, 7) || undefined}
            aria-pressed={each === chosen}
            aria-label={format({ dateStyle: 'full' }, each)}
            onClick={() => onPick(each)}
          >
            {Number(each.slice(8))}
          </UnstyledButton>
        ))}
      </div>
    </div>
  );
};
