import { CloseButton, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { filterTexts } from '../table/filter-texts';
import { useChangeSearch, useSearchState } from '../url-state';
import { playerFilterOf } from './claim-filter';
import { claimTexts } from './texts';

const NOBODY = { email: undefined, accountId: undefined };

/** Filters by a player: an e-mail address or an account ID. It is applied as soon as it is complete. */
export const PlayerInput = () => {
  const t = useTexts(claimTexts);
  const tFilter = useTexts(filterTexts);
  const { email, accountId } = useSearchState();
  const change = useChangeSearch();
  const applied = email ?? accountId ?? '';
  const [text, setText] = useState(applied);
  const [known, setKnown] = useState(applied);
  const [isWrong, setIsWrong] = useState(false);
  if (known !== applied) {
    setKnown(applied);
    setText(applied);
    setIsWrong(false);
  }
  const apply = (value: string): void => {
    const filter = playerFilterOf(value);
    setIsWrong(value.trim() !== '' && filter === null);
    if (filter || value.trim() === '') change({ ...NOBODY, ...filter });
  };
  return (
    <TextInput
      label={t('player')}
      w={240}
      placeholder={t('playerHint')}
      value={text}
      spellCheck={false}
      autoComplete="off"
      error={isWrong ? t('playerWrong') : undefined}
      onChange={({ currentTarget: { value } }) => {
        setText(value);
        setIsWrong(false);
        if (value.trim() === '') apply(value);
      }}
      onBlur={() => apply(text)}
      onKeyDown={({ key }) => {
        if (key === 'Enter') apply(text);
      }}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text/plain').trim();
        if (playerFilterOf(pasted) === null) return;
        event.preventDefault();
        setText(pasted);
        apply(pasted);
      }}
      {...(text !== '' && {
        rightSection: (
          <CloseButton
            size="xs"
            aria-label={tFilter('clear', { label: t('player') })}
            onClick={() => {
              setText('');
              apply('');
            }}
          />
        ),
      })}
    />
  );
};
