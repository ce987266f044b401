import type { Translate } from '../../shared/i18n/texts';
import { claimsUntilOf, groupsOf, type EventForm, type FieldName } from './form';
import { parseAmount, parseType, type RewardRow } from './grid/cells';
import type { editorTexts } from './texts';

export type EditorText = Translate<keyof typeof editorTexts.en>;

export const CONDITION_TEXTS = {
  LOGIN_COUNT: 'conditionCount',
  LOGIN_DAYS: 'conditionDays',
  LOGIN_STREAK: 'conditionStreak',
} as const;
export const CYCLE_TEXTS = { NONE: 'cycleNone', DAY: 'cycleDay', WEEK: 'cycleWeek', MONTH: 'cycleMonth' } as const;
export const AUTOMATION_TEXTS = { NONE: 'automationNone', COMPLETE: 'automationComplete', CLAIM: 'automationClaim' } as const;

/** Name of a reward type; the text as it is if there is no such type. */
export const typeName = (type: string, t: EditorText): string => {
  const known = parseType(type);
  return known ? t(`type${known}`) : type;
};

/** An amount with thousands separators; the text as it is if it is none. */
export const amountText = (amount: string): string => parseAmount(amount)?.toLocaleString('en') ?? amount;

const rowLine = ({ name, type, amount, itemCode }: RewardRow, t: EditorText): string =>
  `${amountText(amount)} × ${name} (${[typeName(type, t), itemCode].filter((text) => text !== '').join(', ')})`;

const rewardLines = (form: EventForm, t: EditorText): readonly string[] =>
  groupsOf(form).flatMap(({ count, indexes }) =>
    indexes.flatMap((index) => {
      const row = form.rows[index];
      return row ? [`${count}: ${rowLine(row, t)}`] : [];
    }),
  );

/** Fields whose value is not the text that is shown. */
const LINES: { readonly [Field in FieldName]?: (form: EventForm, t: EditorText) => readonly string[] } = {
  rows: rewardLines,
  metadata: ({ metadata }) => metadata.filter(({ key }) => key.trim() !== '').map(({ key, text }) => `${key.trim()} = ${text}`),
  claimsUntil: (form) => [claimsUntilOf(form)],
  conditionType: ({ conditionType }, t) => [t(CONDITION_TEXTS[conditionType])],
  cycle: ({ cycle }, t) => [t(CYCLE_TEXTS[cycle])],
  automation: ({ automation }, t) => [t(AUTOMATION_TEXTS[automation])],
};

/** Shows the value of a field as lines of text, for a comparison. */
export const fieldLines = (form: EventForm, field: FieldName, t: EditorText): readonly string[] => {
  const text = String(form[field]).trim();
  return LINES[field]?.(form, t) ?? (text === '' ? [] : [text]);
};
