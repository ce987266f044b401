import { useQuery } from '@tanstack/react-query';
import { dataOf, type Schemas } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { api } from '../session';
import { shortId } from './copy-text';
import { nameTexts } from './name-texts';
import { PageLink } from './page-link';

const FRESH_MS = 60_000;

/** Loads an event that is only named, and so may be a minute old; undefined until then. */
export const useNamedEvent = (eventId: string | null | undefined): Schemas['RewardEventResponse'] | undefined =>
  useQuery({
    queryKey: ['events', eventId, 'named'],
    queryFn: ({ signal }) => dataOf(api.GET('/events/{eventId}', { params: { path: { eventId: eventId ?? '' } }, signal })),
    staleTime: FRESH_MS,
    enabled: Boolean(eventId),
  }).data;

/** The name of an event, which leads to its page. @param tab of that page */
export const EventLink = ({ eventId, tab }: { eventId: string; tab?: string }) => (
  <PageLink to={`/events/${eventId}`} search={{ tab }}>
    {useNamedEvent(eventId)?.name ?? shortId(eventId)}
  </PageLink>
);

/** Loads the e-mail address of an account: null if the account was erased or is unknown, undefined until it is loaded. */
export const useEmail = (accountId: string | null | undefined): string | null | undefined =>
  useQuery({
    queryKey: ['email', accountId],
    queryFn: async ({ signal }) => {
      const found = await dataOf(api.GET('/players', { params: { query: { q: accountId ?? '' } }, signal }));
      return found.find((each) => each.accountId === accountId)?.email ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
    enabled: Boolean(accountId),
  }).data;

/** An account, which leads to the page of the player. @param email if it is known; otherwise it is looked up */
export const AccountLink = ({ accountId, email }: { accountId: string; email?: string | null }) => {
  const t = useTexts(nameTexts);
  const found = useEmail(email === undefined ? accountId : undefined);
  const name = email ?? found;
  const isNameless = email === null || found === null;
  return (
    <PageLink to={`/players/${accountId}`}>
      {name ?? (isNameless ? t('noEmail', { id: shortId(accountId) }) : shortId(accountId))}
    </PageLink>
  );
};
