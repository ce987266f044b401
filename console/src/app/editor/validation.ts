import {
  codePoints,
  isClean,
  isFreeText,
  isName,
  isNameSegment,
  isTimeOfDay,
  ITEM_CODE,
  MAX_DESCRIPTION,
  MAX_METADATA_BYTES,
  normaliseName,
} from '@rewards/contracts/field-rules';
import { MAX_COUNT, MAX_MILESTONES, MAX_REWARDS, MAX_REWARDS_OF_EVENT } from '@rewards/contracts/reward-event';
import { isTimeZone } from '@rewards/domain/conditions/index';
import { maxProgress } from '@rewards/domain/cycles';
import type { FieldError } from '../../shared/api/problem';
import type { Values } from '../../shared/i18n/texts';
import { bodyOf, claimsUntilOf, groupsOf, metadataOf, type EventForm, type FieldName } from './form';
import { isBlank, parseAmount, parseCount, parseType, type ColumnName } from './grid/cells';
import type { editorTexts } from './texts';
import { instantIn } from './wall-time';

/** Why a value is not valid: the key of a text, and the values to fill in. */
export interface Issue {
  readonly text: Extract<keyof typeof editorTexts.en, `issue${string}`>;
  readonly values?: Values;
}

/** Where an issue is: a field, a cell of the grid, or a part of a metadata entry. */
export type Place = FieldName | `rows.${number}.${ColumnName}` | `metadata.${number}`;
export type Issues = ReadonlyMap<Place, Issue>;

export const cellPlace = (row: number, column: ColumnName): Place => `rows.${row}.${column}`;

type Found = readonly [Place, Issue];

const issue = (place: Place, text: Issue['text'], values?: Values): Found => [place, values ? { text, values } : { text }];

/** Returns the issues that keep the event from being saved, at most one for each place, by the rules of the API. */
export const issuesOf = (form: EventForm): Issues =>
  new Map([...rowIssues(form), ...timeIssues(form), ...goalIssues(form), ...textIssues(form)].toReversed());

/** Returns the issues that keep a valid draft from being published. @param now milliseconds since 1970 */
export const publicationIssuesOf = (form: EventForm, now: number): Issues => {
  if (issuesOf(form).size > 0) return new Map();
  const body = bodyOf(form);
  const { condition, rewards = [], startsAt, endsAt, timeZone = form.timeZone, cycle } = body;
  const days = { startsAt, endsAt, timeZone, dayStartsAt: form.dayStartsAt, ...(cycle && { cycle }) };
  const most = maxProgress(condition, days);
  return new Map([
    ...(condition.count > most ? [issue('count', cycle ? 'issueCycleTooShort' : 'issueWindowTooShort', { most })] : []),
    ...(rewards.length === 0 ? [issue('rows', 'issueNoReward', { count: condition.count })] : []),
    ...(Date.parse(endsAt) <= now ? [issue('endsAt', 'issueIsOver')] : []),
  ]);
};

/** Returns the issues of a change to a published event, which only extends it. */
export const extensionIssuesOf = (before: EventForm, form: EventForm): Issues => {
  const isEarlier = (field: 'endsAt' | 'claimsUntil'): boolean => {
    const [old, current] = [before, form].map((each) => instantIn(each[field], each.timeZone, each.dayStartsAt));
    return old !== null && current !== null && (current ?? '') < (old ?? '');
  };
  return new Map(
    (['endsAt', 'claimsUntil'] as const)
      .filter(isEarlier)
      .map((field) => issue(field, 'issueOnlyLater', { time: before[field] })),
  );
};

const textIssues = (form: EventForm): readonly Found[] => {
  const name = normaliseName(form.name);
  const { description } = form;
  return [
    ...(isName(name) ? [] : [name === '' ? issue('name', 'issueRequired') : issue('name', 'issueName')]),
    ...(isFreeText(description) && codePoints(description) <= MAX_DESCRIPTION
      ? []
      : [issue('description', 'issueDescription', { max: MAX_DESCRIPTION })]),
    ...metadataIssues(form),
  ];
};

const metadataIssues = (form: EventForm): readonly Found[] => {
  const keys = form.metadata.map(({ key }) => key.trim());
  const found = form.metadata.flatMap(({ text }, index): readonly Found[] => {
    const key = keys[index] ?? '';
    if (key === '') return text === '' ? [] : [issue(`metadata.${index}`, 'issueMetadataKey')];
    if (keys.indexOf(key) < index) return [issue(`metadata.${index}`, 'issueMetadataTwice')];
    return isClean(key) && isFreeText(text) ? [] : [issue(`metadata.${index}`, 'issueMetadataText')];
  });
  const bytes = new TextEncoder().encode(JSON.stringify(metadataOf(form))).length;
  return bytes > MAX_METADATA_BYTES
    ? [...found, issue('metadata', 'issueMetadataSize', { max: MAX_METADATA_BYTES, bytes })]
    : found;
};

const timeIssues = (form: EventForm): readonly Found[] => {
  const { timeZone, dayStartsAt } = form;
  const days = isTimeOfDay(dayStartsAt) ? [] : [issue('dayStartsAt', 'issueTimeOfDay')];
  if (!isTimeZone(timeZone)) return [issue('timeZone', 'issueZone'), ...days];
  const [startsAt, endsAt, claimsUntil] = [form.startsAt, form.endsAt, claimsUntilOf(form)].map((text) =>
    instantIn(text, timeZone, isTimeOfDay(dayStartsAt) ? dayStartsAt : undefined),
  );
  const unreadable = (['startsAt', 'endsAt'] as const).flatMap((field) => {
    if (field === 'startsAt' ? startsAt : endsAt) return [];
    return [issue(field, form[field].trim() === '' ? 'issueRequired' : 'issueTime')];
  });
  return [
    ...days,
    ...unreadable,
    ...(form.claimsUntil.trim() !== '' && !claimsUntil ? [issue('claimsUntil', 'issueTime')] : []),
    ...(startsAt && endsAt && startsAt >= endsAt ? [issue('endsAt', 'issueEndBeforeStart')] : []),
    ...(endsAt && claimsUntil && endsAt > claimsUntil ? [issue('claimsUntil', 'issueClaimsBeforeEnd')] : []),
  ];
};

const goalIssues = ({ count, conditionType, graceDays }: EventForm): readonly Found[] => {
  const isGrace = /^\d{1,4}$/.test(graceDays.trim()) && Number(graceDays) <= MAX_COUNT;
  return [
    ...(parseCount(count) === null ? [issue('count', 'issueCount', { max: MAX_COUNT })] : []),
    ...(conditionType === 'LOGIN_STREAK' && !isGrace ? [issue('graceDays', 'issueGraceDays', { max: MAX_COUNT })] : []),
  ];
};

const rowIssues = (form: EventForm): readonly Found[] => {
  const goal = parseCount(form.count);
  const groups = groupsOf(form);
  const repeated = new Set(groups.flatMap(({ indexes }) => repetitions(form, indexes)));
  const surplus = new Set(groups.flatMap(({ indexes }) => indexes.slice(MAX_REWARDS)));
  const found = form.rows.flatMap((row, index): readonly Found[] => {
    if (isBlank(row)) return [];
    const [count, name] = [parseCount(row.count), normaliseName(row.name)];
    const isLast = row.count.trim() === '';
    return [
      ...(!isLast && count === null ? [issue(cellPlace(index, 'count'), 'issueCount', { max: MAX_COUNT })] : []),
      ...(count !== null && goal !== null && count > goal ? [issue(cellPlace(index, 'count'), 'issueAboveGoal', { goal })] : []),
      ...(surplus.has(index) ? [issue(cellPlace(index, 'count'), 'issueTooManyHere', { max: MAX_REWARDS })] : []),
      ...(name === '' ? [issue(cellPlace(index, 'name'), 'issueRequired')] : nameIssue(index, name)),
      ...(repeated.has(index) ? [issue(cellPlace(index, 'name'), 'issueNameTwice')] : []),
      ...(parseType(row.type) === null ? [issue(cellPlace(index, 'type'), row.type === '' ? 'issueRequired' : 'issueType')] : []),
      ...(parseAmount(row.amount) === null ? [issue(cellPlace(index, 'amount'), 'issueAmount')] : []),
      ...(row.itemCode.trim() === '' || ITEM_CODE.test(row.itemCode.trim())
        ? []
        : [issue(cellPlace(index, 'itemCode'), 'issueItemCode')]),
    ];
  });
  const total = groups.reduce((sum, { indexes }) => sum + indexes.length, 0);
  const earlier = groups.filter(({ count }) => count !== goal).length;
  return [
    ...found,
    ...(total > MAX_REWARDS_OF_EVENT ? [issue('rows', 'issueTooMany', { max: MAX_REWARDS_OF_EVENT, total })] : []),
    ...(earlier > MAX_MILESTONES ? [issue('rows', 'issueTooManyMilestones', { max: MAX_MILESTONES })] : []),
  ];
};

const nameIssue = (row: number, name: string): readonly Found[] => {
  if (!isName(name)) return [issue(cellPlace(row, 'name'), 'issueName')];
  return isNameSegment(name) ? [] : [issue(cellPlace(row, 'name'), 'issueRewardName')];
};

/** Returns the indexes of rows whose name an earlier row of the milestone has. */
const repetitions = ({ rows }: EventForm, indexes: readonly number[]): readonly number[] => {
  const names = indexes.map((index) => normaliseName(rows[index]?.name ?? ''));
  return indexes.filter((_, place) => names[place] !== '' && names.indexOf(names[place] ?? '') < place);
};

const FIELDS: Readonly<Record<string, FieldName>> = {
  name: 'name',
  description: 'description',
  startsAt: 'startsAt',
  endsAt: 'endsAt',
  claimsUntil: 'claimsUntil',
  timeZone: 'timeZone',
  dayStartsAt: 'dayStartsAt',
  condition: 'conditionType',
  'condition.type': 'conditionType',
  'condition.count': 'count',
  'condition.graceDays': 'graceDays',
  cycle: 'cycle',
  autoComplete: 'automation',
  autoClaim: 'automation',
  rewards: 'rows',
  milestones: 'rows',
  metadata: 'metadata',
};

/** Returns the errors of an answer at the places where their values are entered. */
export const serverIssuesOf = (form: EventForm, errors: readonly FieldError[]): Issues =>
  new Map(errors.map(({ field, message }) => [placeOf(form, field), { text: 'issueServer', values: { message } }]));

const placeOf = (form: EventForm, field: string): Place => {
  const goal = parseCount(form.count);
  const groups = groupsOf(form);
  const [, milestone, reward, member = 'name'] =
    /^(?:milestones\.(\d+)\.)?rewards\.(\d+)(?:\.(name|type|amount|itemCode))?$/.exec(field) ?? [];
  if (reward !== undefined) {
    const group =
      milestone === undefined
        ? groups.find(({ count }) => count === goal)
        : groups.filter(({ count }) => count !== goal)[Number(milestone)];
    const row = group?.indexes[Number(reward)];
    if (row !== undefined) return cellPlace(row, member as ColumnName);
  }
  return FIELDS[field] ?? FIELDS[field.split('.')[0] ?? ''] ?? 'name';
};
