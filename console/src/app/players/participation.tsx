import { Button, Tooltip } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { shortId } from '../components/copy-text';
import { Count } from '../components/number';
import { PageLink } from '../components/page-link';
import { InEventZone } from '../time/zone-mode';
import { Time } from '../time/time';
import { useUrlState, withChanges } from '../url-state';
import { Answers } from './answers';
import { CycleName } from './cycle-name';
import { formatKey } from './participation-key';
import { MilestoneStatus, ParticipationStatus } from './participation-status';
import type { PlayerParticipation, RewardEvent } from './queries';
import { playerTexts } from './texts';
import classes from './players.module.css';

interface ParticipationProps {
  readonly participation: PlayerParticipation;
  readonly event: RewardEvent | undefined;
}

/** One participation: how far the player is, what can be claimed, and why the rest cannot. */
export const Participation = ({ participation, event }: ParticipationProps) => {
  const t = useTexts(playerTexts);
  const [, setWhy] = useUrlState('why');
  const { eventId, accountId, cycle, status, progress, required, completedAt, explain } = participation;
  return (
    <li className={classes.participation}>
      <InEventZone zone={event?.timeZone}>
        <div className={classes.headline}>
          <span className={classes.subject}>
            {cycle ? <CycleName day={cycle} event={event} /> : <EventName eventId={eventId} event={event} />}
          </span>
          <span className={classes.status}>
            <ParticipationStatus status={status} />
          </span>
          <span className={classes.progress}>{t('progressOf', { progress, required })}</span>
          {completedAt && <Time at={completedAt} />}
          <span className={classes.headlineActions}>
            <Button variant="default" size="compact-xs" onClick={() => setWhy(formatKey(participation))}>
              {t('why')}
            </Button>
            <PageLink
              to={`/players/${accountId}/participations/${eventId}`}
              search={withChanges({}, { cycle: cycle ?? undefined })}
            >
              {t('timeMachine')}
            </PageLink>
          </span>
        </div>
        <div className={classes.details}>
          <div>
            {explain && <Answers explained={{ explain, progress, event: event ?? null }} />}
            <Milestones milestones={participation.milestones} />
          </div>
          <Balances rewards={participation.rewards} />
        </div>
      </InEventZone>
    </li>
  );
};

/** The name of an event, as a heading that leads to it. */
export const EventName = ({ eventId, event }: { readonly eventId: string; readonly event: RewardEvent | undefined }) => (
  <h3 className={classes.eventName}>
    <PageLink to={`/events/${eventId}`}>{event?.name ?? shortId(eventId)}</PageLink>
  </h3>
);

const Milestones = ({ milestones }: Pick<PlayerParticipation, 'milestones'>) => {
  const t = useTexts(playerTexts);
  if (milestones.length < 2) return null;
  return (
    <div className={classes.milestones}>
      <span>{t('milestones')}</span>
      <ol aria-label={t('milestones')}>
        {milestones.map(({ count, status, completedAt }) => (
          <li key={count}>
            <Tooltip
              label={
                <>
                  <MilestoneStatus status={status} /> {completedAt && <Time at={completedAt} />}
                </>
              }
            >
              <span className={classes.milestone} data-status={status}>
                {count}
                <span className={classes.hidden}>
                  <MilestoneStatus status={status} />
                </span>
              </span>
            </Tooltip>
          </li>
        ))}
      </ol>
    </div>
  );
};

const Balances = ({ rewards }: Pick<PlayerParticipation, 'rewards'>) => {
  const t = useTexts(playerTexts);
  return (
    <table className={classes.balances}>
      <thead>
        <tr>
          <th scope="col">{t('reward')}</th>
          <th scope="col">{t('claimed')}</th>
          <th scope="col">{t('remaining')}</th>
        </tr>
      </thead>
      <tbody>
        {rewards.map(({ name, claimed, remaining }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <Count value={claimed} />
            </td>
            <td>
              <Count value={remaining} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
