import type { Ref } from 'react';
import { runningProgress, type PlayerMilestone } from './attendance';
import { RewardRow } from './reward-row';
import type { PlayerView } from './view';
import classes from './event-card.module.css';

interface MilestonePanelProps extends PlayerView {
  readonly ref: Ref<HTMLElement>;
  readonly milestone: PlayerMilestone;
  readonly isDisabled: boolean;
  readonly onComplete: () => void;
  readonly onClaim: (rewardName: string, amount: number | 'all') => void;
}

/** The rewards of one milestone, and what the player can do about them. */
export const MilestonePanel = (props: MilestonePanelProps) => {
  const { ref, event, progress, now, t, milestone, isDisabled, onComplete } = props;
  const { count, status, rewards } = milestone;
  const label = t(event.condition.type === 'LOGIN_COUNT' ? 'login' : 'day', { number: count });
  const missing = Math.max(1, count - runningProgress(event, progress, now));
  return (
    <section ref={ref} tabIndex={-1} className={classes.panel} aria-label={label}>
      <h3>{label}</h3>
      {status === 'LOCKED' && <p className={classes.quiet}>{t('lockedNote', { count: missing })}</p>}
      {status === 'ELIGIBLE' && <p>{t('completeNote')}</p>}
      {status === 'COMPLETED' && rewards.every(({ remaining }) => remaining === 0) && (
        <p className={classes.quiet}>{t('allTaken')}</p>
      )}
      <ul>
        {rewards.map((reward) => (
          <RewardRow key={reward.name} {...props} reward={reward} />
        ))}
      </ul>
      {status === 'ELIGIBLE' && (
        <button type="button" className={classes.primary} disabled={isDisabled} onClick={onComplete}>
          {t('complete')}
        </button>
      )}
    </section>
  );
};
