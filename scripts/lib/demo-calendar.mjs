import { padTo, wrap } from './terminal.mjs';

export const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Seoul has had no daylight saving time since 1988. */
const OFFSET = 9 * HOUR;
const DAY_STARTS = 5 * HOUR;
const CELL = 10;

/** Returns the beginning of the day of an instant, in milliseconds: 05:00 in Seoul. */
export const startOfDay = (now) => Math.floor((now + OFFSET - DAY_STARTS) / DAY) * DAY + DAY_STARTS - OFFSET;

/** Returns the first seven days that ended before an instant, each with its beginning, its date and its name. */
export const weekBefore = (now, texts) =>
  Array.from({ length: 7 }, (_, index) => {
    const startsAt = startOfDay(now) - (7 - index) * DAY;
    return { number: index + 1, startsAt, day: localDate(startsAt), name: dateOf(startsAt, texts) };
  });

/** Returns the local date of an instant as yyyy-mm-dd, and its time as hh:mm. */
export const localDate = (time) => new Date(time + OFFSET).toISOString().slice(0, 10);
export const localTime = (time) => new Date(time + OFFSET).toISOString().slice(11, 16);

export const dateOf = (time, texts) => {
  const local = new Date(time + OFFSET);
  return texts.date({
    weekday: texts.weekday(local.getUTCDay()),
    month: texts.month(local.getUTCMonth()),
    dayOfMonth: local.getUTCDate(),
  });
};

/**
 * Returns the lines of the calendar, in columns of the same width.
 * @param progress the answer of the API: its days, and its milestones with their rewards
 * @param granted days for which the daily bonus was granted
 */
export const calendarLines = ({ week, progress, granted, bonus }, texts, style) => {
  const columns = week.map(({ number, day, name }) => {
    const isCounted = progress.days.includes(day);
    const milestone = progress.milestones.find(({ count }) => count === number);
    const [reward] = milestone?.rewards ?? [];
    const words = reward ? wrap(reward.name, CELL) : [];
    return [
      style(texts.dayHeading(number), 'bold'),
      style(name, 'dim'),
      isCounted ? style('━'.repeat(CELL), 'green') : style('─'.repeat(CELL), 'dim'),
      isCounted ? style('✓', 'green', 'bold') : style('·', 'dim'),
      ...[words[0] ?? '', words[1] ?? '', reward ? texts.amount(reward.amount) : ''],
      milestone ? stateOf(milestone, texts, style) : '',
      granted.includes(day) ? style(texts.bonusAmount(bonus), 'green') : '',
    ];
  });
  const rows = columns[0].map((_, row) => columns.map((cells) => padTo(cells[row], CELL)).join(' '));
  return ['', ...rows.map((row) => `   ${row}`.trimEnd())];
};

const stateOf = ({ status, rewards: [reward] }, texts, style) => {
  if (status === 'LOCKED') return style(texts.locked(), 'dim');
  if (status === 'ELIGIBLE') return style(texts.eligible(), 'magenta', 'bold');
  if (reward.remaining === 0) return style(texts.allClaimed(), 'green');
  return style(reward.claimed > 0 ? texts.claimed(reward.claimed) : texts.completed(), 'green');
};

/** Returns the calendar in one line, for outputs whose lines cannot change. */
export const calendarStrip = ({ week, progress }) => week.map(({ day }) => (progress.days.includes(day) ? '■' : '□')).join('');
