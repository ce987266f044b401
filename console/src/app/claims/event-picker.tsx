import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bodyOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { useNamedEvent } from '../components/names';
import { api } from '../session';
import { useUrlState } from '../url-state';
import { claimTexts } from './texts';

const TYPING_MS = 200;
const OFFERED = 50;

/** Filters by an event, which is chosen by its name. Only its id is in the URL. */
export const EventPicker = ({ name = 'eventId', width = 220 }: { name?: string; width?: number }) => {
  const t = useTexts(claimTexts);
  const [applied, setApplied] = useUrlState(name);
  const chosen = useNamedEvent(applied);
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const { data } = useQuery({
    queryKey: ['events', 'picker', q],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/events', { params: { query: { limit: OFFERED, ...(q !== '' && { q }) } }, signal })),
    placeholderData: keepPreviousData,
  });
  const offered = (data?.data ?? []).map((event) => ({ value: event.eventId, label: event.name }));
  const current = applied === undefined ? [] : [{ value: applied, label: chosen?.name ?? applied }];
  const options = [...current, ...offered.filter(({ value }) => value !== applied)];
  return (
    <Select
      label={t('event')}
      w={width}
      placeholder={t('anyEvent')}
      data={options}
      value={applied ?? null}
      onChange={(value) => setApplied(value ?? undefined)}
      searchable
      clearable
      onSearchChange={(text) => setTyped(options.some(({ label }) => label === text) ? '' : text)}
      // The server has selected them.
      filter={({ options: all }) => all}
      comboboxProps={{ width: 'max-content', position: 'bottom-start', transitionProps: { duration: 80 } }}
    />
  );
};
