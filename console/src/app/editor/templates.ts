import { translate } from '../../shared/i18n/texts';
import { formatTime } from '../time/zones';
import { EMPTY_FORM, type EventForm } from './form';
import type { RewardRow } from './grid/cells';
import { templateTexts } from './template-texts';
import { addDays } from './wall-time';

/** The usual kinds of events. The URL names the one that a form began with. */
export const TEMPLATES = ['calendar28', 'weekly', 'daily', 'threeLogins', 'blank'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

export const isTemplate = (name: string | undefined): name is TemplateName => TEMPLATES.some((template) => template === name);

type TextKey = keyof typeof templateTexts.en;
type Text = (key: TextKey) => string;

const reward = (count: number | '', name: string, type: RewardRow['type'], amount: number): RewardRow => ({
  count: String(count),
  name,
  type,
  amount: String(amount),
  itemCode: '',
});

const calendarRows = (t: Text): readonly RewardRow[] =>
  Array.from({ length: 28 }, (_, index) => index + 1).flatMap((day) => [
    day % 7 === 0 ? reward(day, t('coupon'), 'COUPON', 1) : reward(day, t('gold'), 'CURRENCY', 100 * Math.ceil(day / 7)),
    ...(day === 28 ? [reward(day, t('box'), 'ITEM', 1)] : []),
  ]);

/** Days of the window, and the fields that differ from a blank form. */
const KINDS: Readonly<Record<TemplateName, (t: Text) => { readonly days: number } & Partial<EventForm>>> = {
  calendar28: (t) => ({ days: 28, name: t('calendar28Name'), count: '28', rows: calendarRows(t) }),
  weekly: (t) => ({
    days: 28,
    name: t('weeklyName'),
    count: '5',
    cycle: 'WEEK',
    rows: [reward(3, t('gold'), 'CURRENCY', 500), reward(5, t('box'), 'ITEM', 1)],
  }),
  daily: (t) => ({
    days: 7,
    name: t('dailyName'),
    conditionType: 'LOGIN_COUNT',
    count: '1',
    cycle: 'DAY',
    automation: 'CLAIM',
    rows: [reward(1, t('gold'), 'CURRENCY', 100)],
  }),
  threeLogins: (t) => ({
    days: 7,
    name: t('threeLoginsName'),
    conditionType: 'LOGIN_COUNT',
    count: '3',
    rows: [reward(3, t('potion'), 'ITEM', 100)],
  }),
  blank: () => ({ days: 0 }),
};

const DAYS_TO_MONDAY = [1, 0, 6, 5, 4, 3, 2] as const;

/** Returns the form that a template begins with: it starts tomorrow, or on the next Monday if it has weekly cycles. */
export const templateForm = (name: TemplateName, now: Date): EventForm => {
  const { days, ...fields } = KINDS[name]((key) => translate(templateTexts, key));
  if (days === 0) return { ...EMPTY_FORM, ...fields };
  const tomorrow = `${addDays(formatTime(now.toISOString(), EMPTY_FORM.timeZone, 'day'), 1)} 00:00`;
  const wait = fields.cycle === 'WEEK' ? (DAYS_TO_MONDAY[new Date(tomorrow.slice(0, 10)).getUTCDay()] ?? 0) : 0;
  const startsAt = addDays(tomorrow, wait);
  return { ...EMPTY_FORM, startsAt, endsAt: addDays(startsAt, days), ...fields };
};
