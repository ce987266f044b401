import { useState } from 'react';
import { leastClaim, type PlayerMilestone, type PlayerReward } from './attendance';
import { formatAmount } from './format';
import { RewardIcon } from './icons';
import type { PlayerView } from './view';
import classes from './event-card.module.css';

interface RewardRowProps extends PlayerView {
  readonly milestone: PlayerMilestone;
  readonly reward: PlayerReward;
  readonly isDisabled: boolean;
  readonly onClaim: (rewardName: string, amount: number | 'all') => void;
}

/** One reward: how much of it is left, and how to take a part of it or all. */
export const RewardRow = (props: RewardRowProps) => {
  const { milestone, reward, language, t } = props;
  const { name, type, amount, claimed, remaining, onHold } = reward;
  const shown = (value: number): string => formatAmount(value, language);
  const isCompleted = milestone.status === 'COMPLETED';
  const isStarted = isCompleted && claimed > 0;
  return (
    <li className={classes.reward}>
      <span className={classes.picture}>
        <RewardIcon type={type} />
      </span>
      <span className={classes.rewardName}>
        <strong>{name}</strong>
        <span className={classes.quiet}>
          {isStarted ? t('received', { claimed: shown(claimed), amount: shown(amount) }) : t(type)}
        </span>
      </span>
      <span className={classes.rewardAmount}>
        {isStarted ? t('left', { remaining: shown(remaining) }) : `× ${shown(amount)}`}
      </span>
      {onHold && <p className={classes.hold}>{t('holdNote')}</p>}
      {isCompleted && !onHold && remaining > 0 && <TakeReward key={remaining} {...props} />}
    </li>
  );
};

/** Chooses an amount. A reward of one unit has nothing to choose. */
const TakeReward = ({ reward, isDisabled, onClaim, language, t }: RewardRowProps) => {
  const { name, remaining } = reward;
  const least = leastClaim(reward);
  const [text, setText] = useState(String(least));
  const chosen = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const isValid = chosen >= least && chosen <= remaining;
  const step = (by: number): void => setText(String(Math.min(remaining, Math.max(least, (isValid ? chosen : least) + by))));
  if (remaining === least)
    return (
      <button type="button" className={classes.primary} disabled={isDisabled} onClick={() => onClaim(name, 'all')}>
        {t('takeOne')}
      </button>
    );
  return (
    <div className={classes.take}>
      <div className={classes.stepper}>
        <button type="button" aria-label={t('less')} disabled={isDisabled || chosen <= least} onClick={() => step(-least)}>
          −
        </button>
        <input
          inputMode="numeric"
          aria-label={t('amount', { name })}
          aria-invalid={!isValid}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value.trim())}
        />
        <button type="button" aria-label={t('more')} disabled={isDisabled || chosen >= remaining} onClick={() => step(least)}>
          +
        </button>
      </div>
      <button type="button" disabled={isDisabled || !isValid} onClick={() => onClaim(name, chosen)}>
        {t('take', { amount: isValid ? formatAmount(chosen, language) : '' })}
      </button>
      <button type="button" className={classes.primary} disabled={isDisabled} onClick={() => onClaim(name, 'all')}>
        {t('takeAll', { amount: formatAmount(remaining, language) })}
      </button>
    </div>
  );
};
