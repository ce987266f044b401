import { MAX_AMOUNT, MAX_COUNT, REWARD_TYPES, type RewardType } from '@rewards/contracts/reward-event';

export const COLUMNS = ['count', 'name', 'type', 'amount', 'itemCode'] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** A row of the reward grid, as it is entered. */
export type RewardRow = Readonly<Record<ColumnName, string>>;

export const EMPTY_ROW: RewardRow = { count: '', name: '', type: '', amount: '', itemCode: '' };

export const isBlank = (row: RewardRow): boolean => COLUMNS.every((column) => row[column].trim() === '');

/** Names of reward types as people write them, in lower case. */
const TYPE_NAMES: Readonly<Record<RewardType, readonly string[]>> = {
  ITEM: ['item', 'items', '아이템', '물품'],
  POINT: ['point', 'points', '포인트'],
  COUPON: ['coupon', 'coupons', '쿠폰'],
  CURRENCY: ['currency', 'currencies', '재화', '통화', '화폐'],
};

/** Reads a reward type in English or Korean. The beginning of a name is enough if it belongs to one type only. */
export const parseType = (text: string): RewardType | null => {
  const wanted = text.normalize('NFC').trim().toLocaleLowerCase('en');
  if (wanted === '') return null;
  const matching = (matches: (name: string) => boolean) => REWARD_TYPES.filter((type) => TYPE_NAMES[type].some(matches));
  const [exact] = matching((name) => name === wanted);
  const [only, other] = matching((name) => name.startsWith(wanted));
  return exact ?? (other === undefined ? (only ?? null) : null);
};

const integer = (text: string, max: number): number | null => {
  const digits = text.normalize('NFKC').replaceAll(/[,\s_']/g, '');
  const number = /^\d+(\.0+)?$/.test(digits) ? Number(digits) : Number.NaN;
  return number >= 1 && number <= max ? number : null;
};

/** Reads an amount, with or without thousands separators. @returns null if it is not a whole number within the limits */
export const parseAmount = (text: string): number | null => integer(text, MAX_AMOUNT);

/** Reads the count of a milestone, such as `7`, `7일차` or `Day 7`. @returns null if it is not a whole number within the limits */
export const parseCount = (text: string): number | null =>
  integer(
    text
      .normalize('NFKC')
      .replace(/^\s*(day|d|no\.?|#|제)\s*/i, '')
      .replace(/\s*(일차|일|회차|회|번째|번|days?|times)\s*$/i, ''),
    MAX_COUNT,
  );

/** Writes a cell as it is kept: what can be read is normalised, and anything else stays as it was entered. */
export const normaliseCell = (column: ColumnName, text: string): string => {
  const trimmed = text.replaceAll(/[\t\r\n]+/g, ' ').trim();
  switch (column) {
    case 'count':
      return String(parseCount(trimmed) ?? trimmed);
    case 'type':
      return parseType(trimmed) ?? trimmed;
    case 'amount':
      return String(parseAmount(trimmed) ?? trimmed);
    case 'name':
    case 'itemCode':
      return trimmed;
    default:
      column satisfies never;
      return trimmed;
  }
};
