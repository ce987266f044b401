import { runningProgress, todayOf } from './attendance';
import { formatAmount } from './format';
import type { PlayerView } from './view';
import classes from './event-card.module.css';

const LABELS = { LOGIN_COUNT: 'ofLogins', LOGIN_DAYS: 'ofDays', LOGIN_STREAK: 'ofStreak' } as const;

/** How far the player is, of the count of the last milestone. */
export const ProgressBar = ({ event, progress, language, now, t }: PlayerView) => {
  const { type, count } = event.condition;
  const reached = progress?.progress ?? 0;
  const required = progress?.required ?? count;
  const running = runningProgress(event, progress, now);
  const amounts = { progress: formatAmount(reached, language), required: formatAmount(required, language) };
  return (
    <section className={classes.progress}>
      <p className={classes.progressText}>
        <span>{t(LABELS[type])}</span>
        <strong>{t('progress', amounts)}</strong>
      </p>
      <progress value={Math.min(reached, required)} max={required} aria-label={t(LABELS[type])} />
      {type === 'LOGIN_STREAK' && running < reached && <p className={classes.quiet}>{t('currentStreak', { count: running })}</p>}
      {progress?.days.includes(todayOf(event, now)) && reached < required && <p className={classes.quiet}>{t('todayDone')}</p>}
    </section>
  );
};
