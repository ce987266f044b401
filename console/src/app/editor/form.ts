import {
  CYCLES,
  DEFAULT_CLAIM_DAYS,
  DEFAULT_TIME_ZONE,
  type ConditionType,
  type Cycle,
  type RewardType,
} from '@rewards/contracts/reward-event';
import { normaliseName } from '@rewards/contracts/field-rules';
import type { Schemas } from '../../shared/api/client';
import { EMPTY_ROW, isBlank, parseAmount, parseCount, parseType, type RewardRow } from './grid/cells';
import { addDays, instantIn, parseWallTime, wallTimeOf } from './wall-time';

export type EventBody = Schemas['CreateRewardEventBody'];
export type EventChange = Schemas['ChangeRewardEventBody'];
type RewardEvent = Schemas['RewardEventResponse'];

/** What the login that reaches a milestone does by itself. */
export const AUTOMATIONS = ['NONE', 'COMPLETE', 'CLAIM'] as const;
export type Automation = (typeof AUTOMATIONS)[number];

export interface MetadataEntry {
  readonly key: string;
  readonly text: string;
}

/** The fields of the editor as a person enters them: numbers and times are texts. Times are on the clocks of the zone. */
export interface EventForm {
  readonly name: string;
  readonly description: string;
  readonly startsAt: string;
  readonly endsAt: string;
  /** Empty for the default. */
  readonly claimsUntil: string;
  readonly timeZone: string;
  readonly dayStartsAt: string;
  readonly conditionType: ConditionType;
  readonly count: string;
  readonly graceDays: string;
  readonly cycle: Cycle | 'NONE';
  readonly automation: Automation;
  /** The rewards of all milestones. A row without a count belongs to the last one. */
  readonly rows: readonly RewardRow[];
  readonly metadata: readonly MetadataEntry[];
}

export type FieldName = keyof EventForm;

export const CYCLE_CHOICES = ['NONE', ...CYCLES] as const;

export const EMPTY_FORM: EventForm = {
  name: '',
  description: '',
  startsAt: '',
  endsAt: '',
  claimsUntil: '',
  timeZone: DEFAULT_TIME_ZONE,
  dayStartsAt: '00:00',
  conditionType: 'LOGIN_DAYS',
  count: '',
  graceDays: '0',
  cycle: 'NONE',
  automation: 'NONE',
  rows: [],
  metadata: [],
};

/** Returns the form that shows an event. */
export const formOf = (event: RewardEvent): EventForm => {
  const { name, description, timeZone, dayStartsAt, condition, cycle, autoClaim, autoComplete, metadata, milestones } = event;
  const wall = (at: string) => wallTimeOf(at, timeZone);
  return {
    name,
    description,
    startsAt: wall(event.startsAt),
    endsAt: wall(event.endsAt),
    claimsUntil: wall(event.claimsUntil),
    timeZone,
    dayStartsAt,
    conditionType: condition.type,
    count: String(condition.count),
    graceDays: condition.type === 'LOGIN_STREAK' ? String(condition.graceDays) : '0',
    cycle: cycle ?? 'NONE',
    automation: autoClaim ? 'CLAIM' : autoComplete ? 'COMPLETE' : 'NONE',
    rows: milestones.flatMap(({ count, rewards }) =>
      rewards.map((reward) => ({
        count: String(count),
        name: reward.name,
        type: reward.type,
        amount: String(reward.amount),
        itemCode: reward.itemCode ?? '',
      })),
    ),
    metadata: Object.entries(metadata).map(([key, text]) => ({ key, text })),
  };
};

/** Returns the end of the claim period as it is entered, or its default: a number of days after the end. */
export const claimsUntilOf = ({ claimsUntil, endsAt, timeZone, dayStartsAt }: EventForm): string => {
  if (claimsUntil.trim() !== '') return claimsUntil;
  const end = parseWallTime(endsAt, timeZone, dayStartsAt);
  return end === null ? '' : addDays(end, DEFAULT_CLAIM_DAYS);
};

/** Rows of one milestone, by their indexes in the grid. */
export interface RowGroup {
  readonly count: number;
  readonly indexes: readonly number[];
}

/** Returns the milestones of the grid, ascending, without blank rows. A row whose count is not a number is left out. */
export const groupsOf = ({ rows, count }: Pick<EventForm, 'rows' | 'count'>): readonly RowGroup[] => {
  const goal = parseCount(count);
  const groups = new Map<number, number[]>();
  rows.forEach((row, index) => {
    if (isBlank(row)) return;
    const own = row.count.trim() === '' ? goal : parseCount(row.count);
    if (own !== null) groups.set(own, [...(groups.get(own) ?? []), index]);
  });
  return [...groups].sort(([one], [other]) => one - other).map(([own, indexes]) => ({ count: own, indexes }));
};

const rewardOf = ({ name, type, amount, itemCode }: RewardRow): Schemas['RewardBody'] => ({
  name: normaliseName(name),
  type: (parseType(type) ?? type) as RewardType,
  amount: parseAmount(amount) ?? 0,
  ...(itemCode.trim() !== '' && { itemCode: itemCode.trim() }),
});

const rewardsAt = ({ rows }: EventForm, indexes: readonly number[]) => indexes.map((index) => rewardOf(rows[index] ?? EMPTY_ROW));

const conditionOf = ({ conditionType, count, graceDays }: EventForm): Schemas['Condition'] =>
  conditionType === 'LOGIN_STREAK'
    ? { type: conditionType, count: parseCount(count) ?? 0, graceDays: Number(graceDays.trim() || 0) }
    : { type: conditionType, count: parseCount(count) ?? 0 };

const isEntered = ({ key, text }: MetadataEntry): boolean => key.trim() !== '' || text !== '';

export const metadataOf = ({ metadata }: Pick<EventForm, 'metadata'>): Record<string, string> =>
  Object.fromEntries(metadata.filter(isEntered).map(({ key, text }) => [key.trim(), text]));

/** Returns the body that creates the event of a valid form. */
export const bodyOf = (form: EventForm): EventBody => {
  const goal = parseCount(form.count);
  const groups = groupsOf(form).map(({ count, indexes }) => ({
    count,
    rewards: rewardsAt(form, indexes),
  }));
  const at = (text: string) => instantIn(text, form.timeZone, form.dayStartsAt) ?? text;
  return {
    name: normaliseName(form.name),
    description: form.description,
    startsAt: at(form.startsAt),
    endsAt: at(form.endsAt),
    claimsUntil: at(claimsUntilOf(form)),
    timeZone: form.timeZone,
    dayStartsAt: form.dayStartsAt,
    condition: conditionOf(form),
    rewards: groups.find(({ count }) => count === goal)?.rewards ?? [],
    milestones: groups.filter(({ count }) => count !== goal),
    cycle: form.cycle === 'NONE' ? null : form.cycle,
    autoComplete: form.automation !== 'NONE',
    autoClaim: form.automation === 'CLAIM',
    metadata: metadataOf(form),
  };
};

/** The form field that each field of a body is entered in. */
const ENTERED_IN: Readonly<Record<keyof EventChange, readonly FieldName[]>> = {
  name: ['name'],
  description: ['description'],
  startsAt: ['startsAt', 'timeZone'],
  endsAt: ['endsAt', 'timeZone'],
  claimsUntil: ['claimsUntil', 'timeZone'],
  timeZone: ['timeZone'],
  dayStartsAt: ['dayStartsAt'],
  condition: ['conditionType', 'count', 'graceDays'],
  rewards: ['rows', 'count'],
  milestones: ['rows', 'count'],
  cycle: ['cycle'],
  autoComplete: ['automation'],
  autoClaim: ['automation'],
  metadata: ['metadata'],
};

/** Returns the fields in which two forms differ. */
export const changedFields = (before: EventForm, after: EventForm): readonly FieldName[] =>
  (Object.keys(EMPTY_FORM) as FieldName[]).filter((field) => valueKey(before, field) !== valueKey(after, field));

const timeKey = (text: string, { timeZone, dayStartsAt }: EventForm): string =>
  parseWallTime(text, timeZone, dayStartsAt) ?? text;

/** Texts that are equal for two values that mean the same. The other fields are compared as they are. */
const KEYS: { readonly [Field in FieldName]?: (form: EventForm) => string } = {
  rows: (form) => JSON.stringify(groupsOf(form).map(({ count, indexes }) => [count, rewardsAt(form, indexes)])),
  metadata: ({ metadata }) => JSON.stringify(metadata.filter(isEntered)),
  startsAt: (form) => timeKey(form.startsAt, form),
  endsAt: (form) => timeKey(form.endsAt, form),
  claimsUntil: (form) => timeKey(claimsUntilOf(form), form),
  name: ({ name }) => normaliseName(name),
  graceDays: ({ conditionType, graceDays }) => (conditionType === 'LOGIN_STREAK' ? graceDays.trim() : '0'),
};

const valueKey = (form: EventForm, field: FieldName): string => KEYS[field]?.(form) ?? String(form[field]).trim();

/** Returns the change from one form to another. A field that a person did not change is left out, so that it keeps its exact value. */
export const changeOf = (before: EventForm, after: EventForm): EventChange => {
  const changed = new Set(changedFields(before, after));
  const body = bodyOf(after);
  const fields = (Object.keys(ENTERED_IN) as (keyof EventChange)[]).filter((field) =>
    ENTERED_IN[field].some((name) => changed.has(name)),
  );
  return Object.fromEntries(fields.map((field) => [field, body[field]]));
};
