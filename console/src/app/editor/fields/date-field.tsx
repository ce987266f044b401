import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useLanguage, useTexts } from '../../../shared/i18n/texts';
import { formatTime } from '../../time/zones';
import { editorTexts } from '../texts';
import { instantIn, parseWallTime } from '../wall-time';
import { MonthPicker } from './month-picker';
import classes from './fields.module.css';

interface DateFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly zone: string;
  /** Time of a date that is entered without one. */
  readonly defaultTime: string;
  readonly error: ReactNode;
  readonly help?: ReactNode;
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
  readonly onChange: (value: string) => void;
  readonly onBlur: () => void;
}

/** A date and time on the clocks of a zone: a text that accepts what is pasted, and a calendar. */
export const DateField = (props: DateFieldProps) => {
  const { id, label, value, zone, defaultTime, error, help, placeholder, isDisabled = false, onChange, onBlur } = props;
  const t = useTexts(editorTexts);
  const language = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const wall = safely(() => parseWallTime(value, zone, defaultTime));
  const at = wall && safely(() => instantIn(wall, zone));
  const weekday = at && new Intl.DateTimeFormat(language, { timeZone: zone, weekday: 'short' }).format(new Date(at));
  const pick = (day: string): void => {
    setOpen(false);
    onChange(`${day} ${wall?.slice(11) ?? defaultTime}`);
    document.getElementById(id)?.focus();
  };
  return (
    <TextInput
      id={id}
      label={label}
      value={value}
      disabled={isDisabled}
      placeholder={placeholder ?? '2026-12-01 05:00'}
      autoComplete="off"
      className={classes.date}
      error={error}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      description={help ?? (at ? `${weekday} · ${formatTime(at, 'UTC')} UTC` : '\u00a0')}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      onBlur={() => {
        if (wall !== null && wall !== value) onChange(wall);
        onBlur();
      }}
      rightSection={
        <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus returnFocus>
          <Popover.Target>
            <ActionIcon
              size="sm"
              disabled={isDisabled}
              aria-label={t('openCalendar', { field: label })}
              onClick={() => setOpen((current) => !current)}
            >
              <IconCalendar size={14} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown p="sm">
            <MonthPicker chosen={wall?.slice(0, 10) ?? null} onPick={pick} />
          </Popover.Dropdown>
        </Popover>
      }
    />
  );
};

/** Returns null instead of throwing, for a zone that is not known. */
const safely = <Value,>(compute: () => Value): Value | null => {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};
