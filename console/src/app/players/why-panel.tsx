import { Drawer, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { InEventZone } from '../time/zone-mode';
import { useUrlState, withChanges } from '../url-state';
import { Answers } from './answers';
import { CycleName } from './cycle-name';
import { JudgedLoginList } from './lists';
import { parseKey, type ParticipationKey } from './participation-key';
import { ParticipationStatus } from './participation-status';
import { useEvent, useExplanation, type Player } from './queries';
import { RewardTable } from './reward-table';
import { playerTexts } from './texts';
import { momentQuery } from './time-machine/queries';
import classes from './players.module.css';

/** The participation of the URL in detail: what the player can do, why not, and the logins that show it. */
export const WhyPanel = ({ player }: { readonly player: Player }) => {
  const t = useTexts(playerTexts);
  const [why, setWhy] = useUrlState('why');
  const key = parseKey(why);
  const { data: event } = useEvent(key?.eventId);
  return (
    <Drawer
      opened={key !== null}
      onClose={() => setWhy(undefined)}
      position="right"
      size={620}
      padding="lg"
      classNames={{ title: classes.panelTitle }}
      title={t('whyOf', { event: event?.name ?? '' })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {key && (
        <InEventZone zone={event?.timeZone}>
          <Why participation={key} player={player} />
        </InEventZone>
      )}
    </Drawer>
  );
};

const Why = ({ participation, player }: { readonly participation: ParticipationKey; readonly player: Player }) => {
  const t = useTexts(playerTexts);
  const { eventId, cycle } = participation;
  const { accountId } = player;
  const { data: event } = useEvent(eventId);
  const explanation = useExplanation(eventId, accountId, cycle);
  const { data: now } = useQuery(momentQuery({ eventId, accountId, cycle }, null));
  if (explanation.error) return <ErrorPanel error={explanation.error} onRetry={() => void explanation.refetch()} />;
  if (!explanation.data || !now) return <Skeleton height={320} />;
  const { state } = now;
  const { logins, omittedLogins = 0 } = explanation.data;
  const { status, progress = 0, milestones } = state;
  return (
    <div className={classes.panel}>
      <div className={classes.headline}>
        <CycleName day={state.cycle} event={event} />
        <ParticipationStatus status={status} />
        <span className="numeric">{t('progressOf', { progress, required: explanation.data.milestones.at(-1)?.count ?? 0 })}</span>
        <span className={classes.headlineActions}>
          <PageLink to={`/events/${eventId}`}>{t('openEvent')}</PageLink>
          <PageLink
            to={`/players/${accountId}/participations/${eventId}`}
            search={withChanges({}, { cycle: state.cycle ?? undefined })}
          >
            {t('timeMachine')}
          </PageLink>
        </span>
      </div>
      <Answers explained={{ explain: explanation.data, progress, event: event ?? null }} logins={logins} />
      {milestones && <RewardTable milestones={milestones} />}
      <Section title={t('loginsOfEvent')}>
        <JudgedLoginList logins={logins} event={event ?? null} />
        {omittedLogins > 0 && (
          <Text size="sm" c="dimmed">
            {t('olderLogins', { count: omittedLogins })}
          </Text>
        )}
      </Section>
    </div>
  );
};
