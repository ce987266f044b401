import { useState } from 'react';
import { ApiProblem } from '../shared/api/problem';
import { codeKey, codeTexts } from '../shared/i18n/codes';
import { useLanguage, useTexts } from '../shared/i18n/texts';
import { lacksToday, type PlayerEvent } from '../shared/player/attendance';
import { EventCard, type ClaimWish } from '../shared/player/event-card';
import { formatAmount, formatDay } from '../shared/player/format';
import { hrefOf } from './location';
import { hasRewardsToTake } from './participations';
import { claim, complete, hasLoggedIn, logOut, readEvent, readParticipations, readProgress, type Participation } from './rewards';
import { Loading, ProblemPanel } from './states';
import { playTexts } from './texts';
import { useLoad } from './use-load';
import classes from './play.module.css';

/** One event: attendance, progress and rewards. @param cycle null: the current one */
export const EventPage = ({ eventId, cycle }: { eventId: string; cycle: string | null }) => {
  const t = useTexts(playTexts);
  const language = useLanguage();
  const { message, report } = useMessage();
  const { data, problem, reload } = useLoad(`event ${eventId} ${cycle}`, async (signal) => {
    const [event, progress] = await Promise.all([readEvent(eventId, signal), readProgress(eventId, cycle, signal)]);
    const rounds = event.cycle === null ? [] : await readParticipations(signal);
    return { event, progress, rounds: rounds.filter((each) => each.eventId === eventId) };
  });
  if (!data) return problem ? <ProblemPanel problem={problem} onRetry={() => void reload()} /> : <Loading />;
  const { event, progress, rounds } = data;

  const onComplete = async (milestone: number): Promise<void> => {
    await report(async () => {
      await complete(eventId, milestone, progress.cycle);
      return t('completed');
    });
    await reload();
  };
  const onClaim = async (wish: ClaimWish): Promise<void> => {
    await report(async () => {
      const { amount, rewardName } = await claim(eventId, wish, progress.cycle);
      return t('received', { amount: formatAmount(amount, language), name: rewardName });
    });
    await reload();
  };

  return (
    <>
      {problem && <ProblemPanel problem={problem} onRetry={() => void reload()} />}
      <Rounds event={event} rounds={rounds} shown={progress.cycle} isCurrent={cycle === null} />
      {!hasLoggedIn() && lacksToday(event, progress, new Date().toISOString()) && (
        <div className={classes.state}>
          <p>{t('notCounted')}</p>
          <button type="button" onClick={() => void logOut()}>
            {t('logInAgain')}
          </button>
        </div>
      )}
      <EventCard event={event} progress={progress} language={language} onComplete={onComplete} onClaim={onClaim} />
      <div className={classes.message} role="status" data-kind={message?.kind}>
        {message && <p key={message.id}>{message.text}</p>}
      </div>
    </>
  );
};

interface RoundsProps {
  readonly event: PlayerEvent;
  readonly rounds: readonly Participation[];
  readonly shown: string | null;
  readonly isCurrent: boolean;
}

/** Links to the cycles in which the player took part. */
const Rounds = ({ rounds, shown, isCurrent, event: { eventId } }: RoundsProps) => {
  const t = useTexts(playTexts);
  const language = useLanguage();
  const earlier = rounds.filter(({ cycle }) => cycle !== null && (!isCurrent || cycle !== shown));
  if (earlier.length === 0 && isCurrent) return null;
  return (
    <nav className={classes.rounds} aria-label={t('rounds')}>
      <a href={hrefOf({ page: 'event', eventId, cycle: null })} aria-current={isCurrent ? 'true' : undefined}>
        {t('currentRound')}
      </a>
      {earlier.map((each) => (
        <a
          key={each.cycle}
          href={hrefOf({ page: 'event', eventId, cycle: each.cycle })}
          aria-current={!isCurrent && each.cycle === shown ? 'true' : undefined}
        >
          {each.cycle !== null && formatDay(each.cycle, language)}
          {hasRewardsToTake(each) && <span className={classes.dot} role="img" aria-label={t('roundWaiting')} />}
        </a>
      ))}
    </nav>
  );
};

interface Message {
  readonly id: number;
  readonly kind: 'success' | 'failure';
  readonly text: string;
}

/** The outcome of the last action, in words. */
const useMessage = () => {
  const t = useTexts(playTexts);
  const tCode = useTexts(codeTexts);
  const [message, setMessage] = useState<Message | null>(null);
  const show = (kind: Message['kind'], text: string): void => setMessage((last) => ({ id: (last?.id ?? 0) + 1, kind, text }));
  const report = async (action: () => Promise<string>): Promise<void> => {
    try {
      show('success', await action());
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const text = tCode(codeKey(error.code));
      show('failure', error.isTemporary ? `${text} ${t('unknownOutcome')}` : text);
    }
  };
  return { message, report };
};
