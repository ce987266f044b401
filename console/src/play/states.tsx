import { useSyncExternalStore } from 'react';
import type { ApiProblem } from '../shared/api/problem';
import { codeKey, codeTexts } from '../shared/i18n/codes';
import { useTexts } from '../shared/i18n/texts';
import card from '../shared/player/event-card.module.css';
import { playTexts } from './texts';
import classes from './play.module.css';

/** A problem in words, with the way on. */
export const ProblemPanel = ({ problem, onRetry }: { problem: ApiProblem; onRetry: () => void }) => {
  const t = useTexts(playTexts);
  const tCode = useTexts(codeTexts);
  const { traceId } = problem.problem;
  return (
    <div className={classes.state} role="alert">
      <p>{tCode(codeKey(problem.code))}</p>
      {traceId !== undefined && <p className={card.quiet}>{t('trace', { traceId })}</p>}
      <button type="button" onClick={onRetry}>
        {t('retry')}
      </button>
    </div>
  );
};

export const Loading = () => {
  const t = useTexts(playTexts);
  return (
    <div className={classes.loading} role="status">
      <span className={card.hidden}>{t('loading')}</span>
    </div>
  );
};

export const Empty = ({ title, note }: { title: string; note: string }) => (
  <div className={classes.state}>
    <strong>{title}</strong>
    <p className={card.quiet}>{note}</p>
  </div>
);

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
};

/** Shown while the device has no connection. */
export const Offline = () => {
  const t = useTexts(playTexts);
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <p className={classes.offline} role="status" hidden={isOnline}>
      {!isOnline && t('offline')}
    </p>
  );
};
