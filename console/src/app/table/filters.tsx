import { Button, CloseButton, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { useChangeSearch, useSearchState, useUrlState } from '../url-state';
import { firstCell } from './column';
import { filterTexts } from './filter-texts';

export { RangeFilter } from './range-filter';

/** How long a text filter waits for the next key. */
const TYPING_MS = 300;

interface FilterProps {
  /** Name in the URL. */
  readonly name: string;
  readonly label: string;
  readonly width?: number;
}

/** Filters by a text: applied while typing, and at once for Enter and a paste. Escape clears it. */
export const TextFilter = ({ name, label, width = 200, placeholder }: FilterProps & { readonly placeholder?: string }) => {
  const t = useTexts(filterTexts);
  const [applied = '', setApplied] = useUrlState(name);
  const [text, setText] = useState(applied);
  const [known, setKnown] = useState(applied);
  if (known !== applied) {
    setKnown(applied);
    if (text.trim() !== applied) setText(applied);
  }
  const applyLater = useDebouncedCallback((value: string) => setApplied(value.trim() || undefined), TYPING_MS);
  const applyNow = (value: string): void => {
    setText(value);
    applyLater(value);
    applyLater.flush();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') applyNow(text);
    if (event.key !== 'Escape' || text === '') return;
    event.stopPropagation();
    applyNow('');
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>): void => {
    event.preventDefault();
    applyNow(pastedInto(event.currentTarget, event.clipboardData.getData('text/plain')));
  };
  return (
    <TextInput
      label={label}
      w={width}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        applyLater(currentTarget.value);
      }}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onBlur={() => applyLater.flush()}
      spellCheck={false}
      autoComplete="off"
      {...(placeholder !== undefined && { placeholder })}
      {...(text !== '' && {
        rightSection: <CloseButton size="xs" aria-label={t('clear', { label })} onClick={() => applyNow('')} />,
      })}
    />
  );
};

/** The text of an input after a paste. Of several cells of a spreadsheet, the first one with text is used. */
const pastedInto = ({ value, selectionStart, selectionEnd }: HTMLInputElement, pasted: string): string =>
  value.slice(0, selectionStart ?? value.length) + firstCell(pasted) + value.slice(selectionEnd ?? value.length);

interface SelectFilterProps extends FilterProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** Filters by one of several values. */
export const SelectFilter = ({ name, label, width = 150, options }: SelectFilterProps) => {
  const t = useTexts(filterTexts);
  const [applied, setApplied] = useUrlState(name);
  return (
    <Select
      label={label}
      w={width}
      data={[...options]}
      value={applied ?? null}
      onChange={(value) => setApplied(value ?? undefined)}
      placeholder={t('any')}
      searchable={options.length > 10}
      clearable
      clearButtonProps={{ 'aria-label': t('clear', { label }) }}
      comboboxProps={{ width: 'max-content', position: 'bottom-start', transitionProps: { duration: 80 } }}
    />
  );
};

/** Removes filters. It is shown while at least one of them is set. */
export const ClearFilters = ({ names }: { names: readonly string[] }) => {
  const t = useTexts(filterTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  if (names.every((name) => !search[name])) return null;
  return (
    <Button variant="subtle" onClick={() => change(Object.fromEntries(names.map((name) => [name, undefined])))}>
      {t('clearAll')}
    </Button>
  );
};
