import { isWaiting, placeOfToday, type PlayerMilestone } from './attendance';
import { formatShort } from './format';
import { Check, RewardIcon } from './icons';
import type { PlayerTranslate, PlayerView } from './view';
import classes from './event-card.module.css';

interface AttendanceCalendarProps extends PlayerView {
  readonly milestones: readonly PlayerMilestone[];
  readonly selected: number | null;
  readonly onSelect: (count: number) => void;
}

/** Longer calendars show their milestones only. */
const MAX_CELLS = 35;

/** A cell for each day or login, with the rewards that it brings. A milestone is selected by its cell. */
export const AttendanceCalendar = (props: AttendanceCalendarProps) => {
  const { event, progress, now, t, milestones } = props;
  const last = milestones.at(-1)?.count ?? event.condition.count;
  const today = placeOfToday(event, progress, now);
  const milestoneAt = new Map(milestones.map((milestone) => [milestone.count, milestone]));
  const places = last <= MAX_CELLS ? Array.from({ length: last }, (_, index) => index + 1) : [...milestoneAt.keys()];
  return (
    <section aria-label={t('calendar')}>
      <ol className={classes.calendar}>
        {places.map((place) => (
          <li key={place}>
            <Cell {...props} place={place} milestone={milestoneAt.get(place)} isToday={place === today} />
          </li>
        ))}
      </ol>
    </section>
  );
};

interface CellProps extends AttendanceCalendarProps {
  readonly place: number;
  readonly milestone: PlayerMilestone | undefined;
  readonly isToday: boolean;
}

const Cell = ({ event, progress, language, t, selected, onSelect, place, milestone, isToday }: CellProps) => {
  const label = t(event.condition.type === 'LOGIN_COUNT' ? 'login' : 'day', { number: place });
  const isReached = place <= (progress?.progress ?? 0);
  const caption = isToday ? t('today') : String(place);
  if (!milestone)
    return (
      <div className={classes.cell} data-state={isReached ? 'reached' : 'empty'} data-today={isToday}>
        <span aria-hidden>{caption}</span>
        <span className={classes.picture}>{isReached && <Check />}</span>
        <span className={classes.hidden}>
          {[label, isToday && t('today'), isReached && t('reached')].filter(Boolean).join(', ')}
        </span>
      </div>
    );
  const [first, ...others] = milestone.rewards;
  const state = stateOf(milestone);
  return (
    <button
      type="button"
      className={classes.cell}
      data-state={state}
      data-today={isToday}
      aria-pressed={selected === place}
      aria-label={[label, ...(isToday ? [t('today')] : []), ...milestone.rewards.map(nameOf), t(state)].join(', ')}
      onClick={() => onSelect(place)}
    >
      <span>{caption}</span>
      <span className={classes.picture}>
        {state === 'taken' ? <Check /> : first && <RewardIcon type={first.type} />}
        {others.length > 0 && `+${others.length}`}
      </span>
      <span className={classes.amount}>{first && formatShort(first.amount, language)}</span>
    </button>
  );
};

const nameOf = ({ name, amount }: { readonly name: string; readonly amount: number }): string => `${name} × ${amount}`;

type CellState = Extract<Parameters<PlayerTranslate>[0], 'locked' | 'ready' | 'toTake' | 'taken' | 'onHold'>;

const stateOf = (milestone: PlayerMilestone): CellState => {
  if (milestone.status === 'LOCKED') return 'locked';
  if (milestone.status === 'ELIGIBLE') return 'ready';
  if (isWaiting(milestone)) return 'toTake';
  return milestone.rewards.some(({ remaining }) => remaining > 0) ? 'onHold' : 'taken';
};
