import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { ErrorPanel } from '../components/error-panel';
import { Page, Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import { Time } from '../time/time';
import { useSearchState } from '../url-state';
import { CheckEvent } from './check-event';
import { ClaimList, LoginList } from './lists';
import { ParkedHint } from './parked-hint';
import { Participations } from './participations';
import { playerQuery, useEvents, type Player as PlayerData } from './queries';
import { useRecentPlayers } from './use-recent-players';
import { playerTexts } from './texts';
import { WhyPanel } from './why-panel';
import classes from './players.module.css';

/** Everything about one player. */
export const Player = () => {
  const { accountId = '' } = useParams({ strict: false }) as { readonly accountId?: string };
  const t = useTexts(playerTexts);
  const { data: player, error, refetch } = useQuery(playerQuery(accountId));
  const { remember } = useRecentPlayers();
  useEffect(() => {
    if (player) remember(player);
  }, [player]); // `remember` is a new function each time.
  if (error && !player)
    return (
      <Page title={t('title')}>
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </Page>
    );
  if (!player) return <Loading />;
  return <LoadedPlayer player={player} />;
};

const Loading = () => {
  const t = useTexts(playerTexts);
  return (
    <Page title={t('title')}>
      <Skeleton height={40} />
      <Skeleton height={160} />
      <Skeleton height={240} />
    </Page>
  );
};

const LoadedPlayer = ({ player }: { readonly player: PlayerData }) => {
  const t = useTexts(playerTexts);
  const { accountId, email, participations, claims, logins } = player;
  const events = useEvents([...participations, ...claims].map(({ eventId }) => eventId));
  return (
    <Page title={email ?? t('erased')} aside={<FoundBy />} actions={<CheckEvent />}>
      <Identity player={player} />
      <Section title={t('participations')}>
        <Participations participations={participations} events={events} />
      </Section>
      <Section
        title={t('claims')}
        actions={
          <>
            <PageLink to="/deliveries" search={{ accountId }}>
              {t('allDeliveries')}
            </PageLink>
            <PageLink to="/claims" search={{ accountId }}>
              {t('allClaims')}
            </PageLink>
          </>
        }
      >
        <ParkedHint accountId={accountId} />
        <ClaimList claims={claims} events={events} />
      </Section>
      <Section
        title={t('logins')}
        actions={
          <PageLink to="/audit" search={{ accountId }}>
            {t('allEvents')}
          </PageLink>
        }
      >
        <LoginList logins={logins} />
      </Section>
      <WhyPanel player={player} />
    </Page>
  );
};

/** By which identifier the search found the player. */
const FoundBy = () => {
  const t = useTexts(playerTexts);
  const { by } = useSearchState();
  const known = (['email', 'accountId', 'claimId', 'requestId', 'loginId', 'deliveryId', 'traceId'] as const).find(
    (each) => each === by,
  );
  return known ? (
    <Text size="sm" c="dimmed">
      {t('foundBy', { what: t(known) })}
    </Text>
  ) : null;
};

const Identity = ({ player: { accountId, email, roles, registeredAt } }: { readonly player: PlayerData }) => {
  const t = useTexts(playerTexts);
  return (
    <dl className={classes.identity}>
      <div>
        <dt>{t('account')}</dt>
        <dd>
          <CopyText value={accountId} />
        </dd>
      </div>
      <div>
        <dt>{t('registered')}</dt>
        <dd>{registeredAt ? <Time at={registeredAt} /> : t('unknown')}</dd>
      </div>
      <div>
        <dt>{t('roles')}</dt>
        <dd>{email === null ? <Status tone="quiet">{t('erased')}</Status> : roles.join(', ') || t('noRoles')}</dd>
      </div>
    </dl>
  );
};
