import { Button, Loader, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ClipboardEvent, type FormEvent } from 'react';
import { ApiProblem } from '../../shared/api/problem';
import { dataOf, type Schemas } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Page, Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { api } from '../session';
import { useUrlState, withChanges, type Search } from '../url-state';
import type { RecentPlayer } from './recent-players';
import { useRecentPlayers } from './use-recent-players';
import { playerTexts } from './texts';
import classes from './players.module.css';

type Found = Schemas['FoundPlayerResponse'];

const IDENTIFIERS = ['email', 'accountId', 'claimId', 'requestId', 'loginId', 'deliveryId', 'traceId'] as const;

/** One box for any identifier of a player. A single match opens the player. */
export const FindPlayers = () => {
  const t = useTexts(playerTexts);
  const navigate = useNavigate();
  const [query = '', setQuery] = useUrlState('q');
  const found = useQuery({
    queryKey: ['players', 'found', query],
    enabled: query !== '',
    queryFn: ({ signal }) => dataOf(api.GET('/players', { params: { query: { q: query } }, signal })),
  });
  const isInvalid = found.error instanceof ApiProblem && found.error.code === 'VALIDATION_FAILED';
  const [match, ...others] = found.data ?? [];
  const single = match && others.length === 0 ? match : null;
  useEffect(() => {
    if (!single) return;
    const search = ({ tz }: Search): Search => withChanges({ tz }, { by: single.matchedBy });
    void navigate({ to: `/players/${single.accountId}`, search, replace: true } as never);
  }, [single, navigate]);

  return (
    <Page title={t('title')}>
      <FindBox key={query} query={query} onFind={setQuery} isInvalid={isInvalid} />
      {found.isFetching && !found.data && (
        <div className={classes.searching} role="status">
          <Loader size={14} color="gray" /> {t('searching')}
        </div>
      )}
      {found.error && !isInvalid && <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && <Nothing />}
      {others.length > 0 && <FoundPlayers found={found.data ?? []} />}
      {query === '' && <RecentPlayers />}
    </Page>
  );
};

interface FindBoxProps {
  readonly query: string;
  readonly onFind: (query: string | undefined) => void;
  readonly isInvalid: boolean;
}

const FindBox = ({ query, onFind, isInvalid }: FindBoxProps) => {
  const t = useTexts(playerTexts);
  const [text, setText] = useState(query);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onFind(text.trim() || undefined);
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>): void => {
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    const isWhole = (selectionEnd ?? 0) - (selectionStart ?? 0) === value.length;
    const pasted = event.clipboardData.getData('text/plain').trim();
    if (!isWhole || pasted === '') return;
    event.preventDefault();
    setText(pasted);
    onFind(pasted);
  };
  return (
    <form onSubmit={submit} className={classes.find} role="search">
      <TextInput
        label={t('find')}
        description={t('findHelp')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onPaste={onPaste}
        error={isInvalid && t('invalid')}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        className={classes.findInput}
        classNames={{ description: classes.help, error: classes.help }}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
      />
      <Button type="submit" variant="default">
        {t('findAction')}
      </Button>
    </form>
  );
};

const Nothing = () => {
  const t = useTexts(playerTexts);
  return (
    <Empty title={t('nothing')}>
      {t('nothingHelp')} {IDENTIFIERS.map((identifier) => t(identifier)).join(' · ')}
    </Empty>
  );
};

const PlayerLink = ({ accountId, email, by }: RecentPlayer & { readonly by?: Found['matchedBy'] }) => {
  const t = useTexts(playerTexts);
  return (
    <PageLink to={`/players/${accountId}`} {...(by && { search: { by } })} className={classes.name}>
      {email ?? t('erased')}
    </PageLink>
  );
};

const FoundPlayers = ({ found }: { readonly found: readonly Found[] }) => {
  const t = useTexts(playerTexts);
  return (
    <Section title={t('found', { count: found.length })}>
      <ul className={classes.list}>
        {found.map(({ accountId, email, matchedBy }) => (
          <li key={accountId}>
            <PlayerLink accountId={accountId} email={email} by={matchedBy} />
            <CopyText value={accountId} />
            <Text size="sm" c="dimmed" component="span">
              {t('foundBy', { what: t(matchedBy) })}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
};

const RecentPlayers = () => {
  const t = useTexts(playerTexts);
  const { recent } = useRecentPlayers();
  return (
    <Section title={t('recent')}>
      {recent.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('noRecent')}
        </Text>
      )}
      <ul className={classes.list}>
        {recent.map((player) => (
          <li key={player.accountId}>
            <PlayerLink {...player} />
            <CopyText value={player.accountId} />
          </li>
        ))}
      </ul>
    </Section>
  );
};
