import { Combobox, Loader, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { EventStatus } from '../components/event-status';
import { api } from '../session';
import { useUrlState } from '../url-state';
import { playerTexts } from './texts';
import classes from './players.module.css';

const TYPING_MS = 200;
const MAX_OPTIONS = 10;

/** Chooses an event in which the player may not take part, to see why. */
export const CheckEvent = () => {
  const t = useTexts(playerTexts);
  const [, setWhy] = useUrlState('why');
  const [text, setText] = useState('');
  const [name] = useDebouncedValue(text.trim(), TYPING_MS);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const events = useQuery({
    queryKey: ['events', 'named', name],
    enabled: combobox.dropdownOpened,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      dataOf(api.GET('/events', { params: { query: { limit: MAX_OPTIONS, ...(name && { q: name }) } }, signal })),
  });
  return (
    <Combobox
      store={combobox}
      position="bottom-end"
      width={320}
      onOptionSubmit={(eventId) => {
        setText('');
        combobox.closeDropdown();
        setWhy(eventId);
      }}
    >
      <Combobox.Target>
        <TextInput
          aria-label={t('checkEvent')}
          placeholder={`${t('checkEvent')} …`}
          className={classes.checkEvent}
          value={text}
          onFocus={() => combobox.openDropdown()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            combobox.openDropdown();
          }}
          rightSection={events.isFetching ? <Loader size={12} color="gray" /> : null}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options aria-label={t('checkEvent')}>
          {events.data?.map((event) => (
            <Combobox.Option key={event.eventId} value={event.eventId} className={classes.option}>
              <span className={classes.optionName}>{event.name}</span>
              <EventStatus status={event.status} />
            </Combobox.Option>
          ))}
          {events.data?.length === 0 && <Combobox.Empty>{t('noSuchEvent')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
};
