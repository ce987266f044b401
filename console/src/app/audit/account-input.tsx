import { CloseButton, Loader, TextInput } from '@mantine/core';
import { useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { playerFilterOf } from '../claims/claim-filter';
import { useEmail } from '../components/names';
import { api } from '../session';
import { filterTexts } from '../table/filter-texts';
import { useUrlState } from '../url-state';
import { auditTexts } from './texts';

interface AccountInputProps {
  /** Name in the URL. */
  readonly name: string;
  readonly label: string;
  /** Whether the name of a service is possible too. */
  readonly allowsService?: boolean;
}

const SERVICE = /^[a-z][a-z:-]+$/;

const accountOf = async (text: string): Promise<string | null> => {
  const filter = playerFilterOf(text);
  if (filter === null) return null;
  if ('accountId' in filter) return filter.accountId;
  const found = await dataOf(api.GET('/players', { params: { query: { q: filter.email } } }));
  return found.find(({ matchedBy }) => matchedBy === 'email')?.accountId ?? null;
};

/** Filters by an account, named by its e-mail address or ID. Only the ID is in the URL. */
export const AccountInput = ({ name, label, allowsService = false }: AccountInputProps) => {
  const t = useTexts(auditTexts);
  const tFilter = useTexts(filterTexts);
  const [applied, setApplied] = useUrlState(name);
  const isService = applied !== undefined && SERVICE.test(applied);
  const email = useEmail(isService ? undefined : applied);
  const shown = email ?? applied ?? '';
  const [typed, setTyped] = useState<string | null>(null);
  const [state, setState] = useState<'idle' | 'searching' | 'unknown'>('idle');
  const apply = async (text: string): Promise<void> => {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed === shown || (allowsService && SERVICE.test(trimmed))) {
      setTyped(null);
      setState('idle');
      if (trimmed !== shown) setApplied(trimmed || undefined);
      return;
    }
    setState('searching');
    const accountId = await accountOf(trimmed).catch(() => null);
    setState(accountId === null ? 'unknown' : 'idle');
    if (accountId === null) return;
    setTyped(null);
    setApplied(accountId);
  };
  const text = typed ?? shown;
  return (
    <TextInput
      label={label}
      w={210}
      placeholder={t(allowsService ? 'actorHint' : 'accountHint')}
      value={text}
      spellCheck={false}
      autoComplete="off"
      error={state === 'unknown' ? t('unknownAccount') : undefined}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        setState('idle');
      }}
      onBlur={() => void apply(text)}
      onKeyDown={({ key }) => {
        if (key === 'Enter') void apply(text);
      }}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text/plain').trim();
        if (playerFilterOf(pasted) === null) return;
        event.preventDefault();
        setTyped(pasted);
        void apply(pasted);
      }}
      rightSection={
        state === 'searching' ? (
          <Loader size={14} color="gray" />
        ) : text === '' ? null : (
          <CloseButton
            size="xs"
            aria-label={tFilter('clear', { label })}
            onClick={() => {
              setTyped(null);
              void apply('');
            }}
          />
        )
      }
    />
  );
};
