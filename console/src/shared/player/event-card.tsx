import { useEffect, useMemo, useRef, useState } from 'react';
import { textsIn, type Language } from '../i18n/texts';
import { firstToShow, milestonesOf, periodOf, type PlayerEvent, type PlayerProgress } from './attendance';
import { AttendanceCalendar } from './attendance-calendar';
import { formatDistance, formatMoment, formatZone } from './format';
import { MilestonePanel } from './milestone-panel';
import { ProgressBar } from './progress-bar';
import { playerTexts } from './texts';
import type { PlayerTranslate, PlayerView } from './view';
import { WeekStrip } from './week-strip';
import classes from './event-card.module.css';

/** A claim that the player asks for. */
export interface ClaimWish {
  readonly milestone: number;
  readonly rewardName: string;
  readonly amount: number | 'all';
}

interface EventCardProps {
  readonly event: PlayerEvent;
  /** Null: the player has not been asked about, as in a preview. */
  readonly progress: PlayerProgress | null;
  readonly language: Language;
  /** ISO 8601 UTC; by default the time of this device. */
  readonly now?: string;
  /** Buttons are disabled until the promise has settled. */
  readonly onComplete?: (milestone: number) => Promise<void>;
  readonly onClaim?: (wish: ClaimWish) => Promise<void>;
  /** Shows everything, but nothing can be done. */
  readonly isPreview?: boolean;
}

/** One event as a player sees it: attendance, progress, and the rewards to complete and claim. */
export const EventCard = ({ event, progress, language, now, onComplete, onClaim, isPreview = false }: EventCardProps) => {
  const clock = useClock();
  const at = now ?? clock;
  const t: PlayerTranslate = useMemo(() => textsIn(playerTexts, language), [language]);
  const [selected, setSelected] = useState<number | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const milestones = milestonesOf(event, progress);
  const shown = milestones.find(({ count }) => count === selected) ?? firstToShow(milestones);
  const isOpen = !isPreview && (event.status === 'ACTIVE' || event.status === 'ENDED') && at < event.claimsUntil;
  const view = { event, progress, language, now: at, t };
  const run = (action: Promise<void> | undefined): void => {
    if (!action) return;
    setIsBusy(true);
    // The milestone stays selected, although another one may be the first that waits now.
    setSelected(shown?.count ?? null);
    void action.finally(() => {
      setIsBusy(false);
      // The button that was pressed may be gone, and the focus of a keyboard with it.
      requestAnimationFrame(() => document.activeElement === document.body && panel.current?.focus());
    });
  };
  return (
    <article className={`${classes.card} ${classes.player}`} lang={language} aria-label={event.name}>
      <Heading {...view} isPreview={isPreview} />
      {event.status === 'PAUSED' && <p className={classes.important}>{t('pausedNote')}</p>}
      {event.status === 'SCHEDULED' && <p className={classes.important}>{t('scheduledNote')}</p>}
      <ProgressBar {...view} />
      <WeekStrip {...view} />
      <AttendanceCalendar {...view} milestones={milestones} selected={shown?.count ?? null} onSelect={setSelected} />
      {shown && (
        <MilestonePanel
          key={shown.count}
          ref={panel}
          {...view}
          milestone={shown}
          isDisabled={!isOpen || isBusy}
          onComplete={() => run(onComplete?.(shown.count))}
          onClaim={(rewardName, amount) => run(onClaim?.({ milestone: shown.count, rewardName, amount }))}
        />
      )}
      <Notes {...view} />
    </article>
  );
};

const CYCLES = { DAY: 'cycleDay', WEEK: 'cycleWeek', MONTH: 'cycleMonth' } as const;

const Heading = ({ event, progress, language, now, t, isPreview }: PlayerView & { isPreview: boolean }) => {
  const period = periodOf(event, progress, now);
  return (
    <header className={classes.heading}>
      <p className={classes.badges}>
        <span className={classes.badge} data-status={event.status}>
          {t(event.status)}
        </span>
        {isPreview && <span className={classes.badge}>{t('preview')}</span>}
        {event.cycle && <span className={classes.badge}>{t(CYCLES[event.cycle])}</span>}
      </p>
      <h2>{event.name}</h2>
      {event.description && <p>{event.description}</p>}
      <p className={classes.quiet}>
        {now < event.startsAt
          ? t('startsIn', { when: formatDistance(event.startsAt, now, language) })
          : now < event.endsAt
            ? t('endsIn', { when: formatDistance(event.endsAt, now, language) })
            : t('endedAt', { date: formatMoment(event.endsAt, language) })}
        {period.cycle !== null && now >= event.startsAt && (
          <> · {now < period.endsAt ? t('cycleEnds', { when: formatDistance(period.endsAt, now, language) }) : t('cycleEnded')}</>
        )}
      </p>
    </header>
  );
};

const Notes = ({ event, language, now, t }: PlayerView) => {
  const date = formatMoment(event.claimsUntil, language);
  const zone = formatZone(event.timeZone, now, language);
  return (
    <ul className={classes.notes}>
      {event.autoClaim ? <li>{t('automaticNote')}</li> : event.autoComplete && <li>{t('autoCompleteNote')}</li>}
      {event.condition.type === 'LOGIN_STREAK' && event.condition.graceDays > 0 && (
        <li>{t('graceDays', { count: event.condition.graceDays })}</li>
      )}
      {event.condition.type !== 'LOGIN_COUNT' && <li>{t('dayStarts', { time: event.dayStartsAt, zone })}</li>}
      <li>{t(now < event.claimsUntil ? 'claimsUntil' : 'claimsClosed', { date })}</li>
    </ul>
  );
};

const CLOCK_MS = 15_000;

/** The time of this device, ISO 8601 UTC, which moves on while the card is shown. */
const useClock = (): string => {
  const [now, setNow] = useState(() => new Date().toISOString());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date().toISOString()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
};
