import { Button, Group, Input, Popover, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useId, useRef, useState } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { useEventZone, useZoneMode } from '../time/zone-mode';
import { zoneFor } from '../time/zones';
import { useChangeSearch, useSearchState } from '../url-state';
import { filterTexts } from './filter-texts';
import { PRESETS, presetRange, readTime, writeTime, type TimeRange } from './time-range';
import classes from './filters.module.css';

interface RangeFilterProps {
  /** Names in the URL. */
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly width?: number;
}

/** Filters by a span of time. It is typed in the chosen zone, and is ISO 8601 in the URL. */
export const RangeFilter = ({ from, to, label, width }: RangeFilterProps) => {
  const t = useTexts(filterTexts);
  const id = useId();
  const search = useSearchState();
  const change = useChangeSearch();
  const zone = zoneFor(useZoneMode(), useEventZone());
  const [isOpen, setIsOpen] = useState(false);
  const start = writeTime(search[from], zone);
  const end = writeTime(search[to], zone);
  const shown = start && end ? `${start} – ${end}` : start ? t('since', { at: start }) : end ? t('until', { at: end }) : t('any');
  const apply = (range: TimeRange): void => {
    change({ [from]: range.from, [to]: range.to });
    setIsOpen(false);
  };
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-start" trapFocus returnFocus>
      <Input.Wrapper label={label} labelElement="div" labelProps={{ id: `${id}-label`, display: 'block' }}>
        <Popover.Target>
          <Button
            id={`${id}-button`}
            variant="default"
            justify="space-between"
            className={classes.range}
            data-empty={(!start && !end) || undefined}
            w={width}
            aria-labelledby={`${id}-label ${id}-button`}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            onClick={() => setIsOpen(!isOpen)}
          >
            {shown}
          </Button>
        </Popover.Target>
      </Input.Wrapper>
      <Popover.Dropdown>
        <RangeForm start={start} end={end} zone={zone} onApply={apply} />
      </Popover.Dropdown>
    </Popover>
  );
};

interface RangeFormProps {
  readonly start: string;
  readonly end: string;
  readonly zone: string;
  readonly onApply: (range: TimeRange) => void;
}

const RangeForm = ({ start, end, zone, onApply }: RangeFormProps) => {
  const t = useTexts(filterTexts);
  const [from, setFrom] = useState(start);
  const [to, setTo] = useState(end);
  const [errors, setErrors] = useState<TimeRange>({});
  const fromInput = useRef<HTMLInputElement>(null);
  const toInput = useRef<HTMLInputElement>(null);
  const submit = (): void => {
    const range = {
      ...(from.trim() && { from: readTime(from, zone, 'from') }),
      ...(to.trim() && { to: readTime(to, zone, 'to') }),
    };
    const found = {
      ...(range.from === null && { from: t('notATime') }),
      ...(range.to === null && { to: t('notATime') }),
      ...(range.from && range.to && range.from >= range.to && { to: t('wrongOrder') }),
    };
    setErrors(found);
    if (found.from) return fromInput.current?.focus();
    if (found.to) return toInput.current?.focus();
    onApply({ ...(range.from && { from: range.from }), ...(range.to && { to: range.to }) });
  };
  return (
    <form
      className={classes.rangeForm}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={classes.presets}>
        {PRESETS.map((preset) => (
          <Button
            key={preset}
            variant="subtle"
            justify="flex-start"
            onClick={() => onApply(presetRange(preset, new Date(), zone))}
          >
            {t(preset)}
          </Button>
        ))}
      </div>
      <Stack gap="sm">
        <TextInput
          ref={fromInput}
          label={t('from')}
          placeholder="2026-11-27 18:05"
          value={from}
          error={errors.from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          ref={toInput}
          label={t('to')}
          placeholder="2026-11-27 18:05"
          value={to}
          error={errors.to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
          autoComplete="off"
        />
        <Text size="xs" c="dimmed">
          {t('timesIn', { zone })}
        </Text>
        <Group gap="sm" justify="flex-end">
          <Button variant="default" onClick={() => onApply({})}>
            {t('remove')}
          </Button>
          <Button type="submit">{t('apply')}</Button>
        </Group>
      </Stack>
    </form>
  );
};
