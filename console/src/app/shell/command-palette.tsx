import { Spotlight } from '@mantine/spotlight';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { api, useMayCall } from '../session';
import { withChanges, type Search } from '../url-state';
import { NAVIGATION } from './navigation';
import { shellTexts } from './texts';

/** Text that may be an identifier of a player. Shorter ones match too much. */
const MIN_IDENTIFIER = 4;

/** The command palette: pages, actions, events by name, and players by any identifier. */
export const CommandPalette = () => {
  const t = useTexts(shellTexts);
  const mayCall = useMayCall();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [debounced] = useDebouncedValue(text.trim(), 150);
  const go = (to: string, search: Search = {}): void =>
    void navigate({ to, search: ({ tz }: Search) => withChanges({ tz }, search) } as never);

  const events = useQuery({
    queryKey: ['palette', 'events', debounced],
    enabled: debounced.length > 0 && mayCall('GET /claims'),
    queryFn: ({ signal }) => dataOf(api.GET('/events', { params: { query: { q: debounced, limit: 5 } }, signal })),
  });
  const players = useQuery({
    queryKey: ['palette', 'players', debounced],
    enabled: debounced.length >= MIN_IDENTIFIER && mayCall('GET /players'),
    retry: false,
    queryFn: ({ signal }) => dataOf(api.GET('/players', { params: { query: { q: debounced } }, signal })),
  });

  const matches = (label: string): boolean => label.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
  const pages = NAVIGATION.flatMap((group) => group.pages)
    .filter(({ route, text: key }) => mayCall(route) && matches(t(key)))
    .map(({ to, text: key, icon: PageIcon }) => (
      <Spotlight.Action key={to} label={t(key)} leftSection={<PageIcon size={16} />} onClick={() => go(to)} />
    ));
  const actions =
    mayCall('POST /events') && matches(t('newEvent'))
      ? [
          <Spotlight.Action
            key="new"
            label={t('newEvent')}
            leftSection={<IconPlus size={16} />}
            onClick={() => go('/events/new')}
          />,
        ]
      : [];
  const found = (players.data ?? []).map(({ accountId, email, matchedBy }) => (
    <Spotlight.Action
      key={accountId}
      label={email ?? accountId}
      description={matchedBy}
      leftSection={<IconSearch size={16} />}
      onClick={() => (matchedBy === 'deliveryId' ? go('/deliveries', { delivery: debounced }) : go(`/players/${accountId}`))}
    />
  ));
  const named = (events.data ?? []).map(({ eventId, name, status }) => (
    <Spotlight.Action key={eventId} label={name} description={status} onClick={() => go(`/events/${eventId}`)} />
  ));
  const groups = [
    { label: t('searchPages'), items: pages },
    { label: t('searchActions'), items: actions },
    { label: t('searchEvents'), items: named },
    { label: t('searchFound'), items: found },
  ].filter(({ items }) => items.length > 0);

  return (
    <Spotlight.Root
      query={text}
      onQueryChange={setText}
      shortcut={['mod + K', '/']}
      transitionProps={{ duration: 80 }}
      attributes={{ content: { 'aria-label': t('search') } }}
    >
      <Spotlight.Search placeholder={t('search')} leftSection={<IconSearch size={16} />} aria-label={t('search')} />
      <Spotlight.ActionsList>
        {groups.map(({ label, items }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {items}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{t('searchNothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
};
