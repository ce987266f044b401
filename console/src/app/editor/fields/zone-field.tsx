import { Select } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { useTexts } from '../../../shared/i18n/texts';
import { offsetName } from '../../time/zones';
import { editorTexts } from '../texts';

interface ZoneFieldProps {
  readonly id: string;
  readonly value: string;
  readonly error: ReactNode;
  readonly isDisabled: boolean;
  readonly onChange: (zone: string) => void;
  readonly onBlur: () => void;
}

/** Chooses a time zone; typing a part of its name finds it. */
export const ZoneField = ({ id, value, error, isDisabled, onChange, onBlur }: ZoneFieldProps) => {
  const t = useTexts(editorTexts);
  const zones = useMemo(() => [...new Set(['UTC', value, ...Intl.supportedValuesOf('timeZone')])].sort(), [value]);
  return (
    <Select
      id={id}
      label={t('timeZone')}
      searchable
      limit={100}
      nothingFoundMessage={t('timeZoneNothing')}
      data={zones}
      value={value}
      disabled={isDisabled}
      error={error}
      onChange={(zone) => zone && onChange(zone)}
      onBlur={onBlur}
      renderOption={({ option }) => (
        <>
          <span>{option.value}</span>
          <span style={{ marginLeft: 'auto', color: 'var(--mantine-color-dimmed)' }}>
            {offsetName(new Date().toISOString(), option.value)}
          </span>
        </>
      )}
    />
  );
};
