import type { Schemas } from '../../../shared/api/client';

type PastState = Schemas['PastStateResponse'];
type Row = Schemas['ProgressResponse'];
type Balance = Schemas['RewardBalanceResponse'];
type Field = 'amount' | 'claimed' | 'remaining';

export type Value = string | number | null;

/** Key of a number of a reward. */
export const balanceKey = (milestone: number, reward: string, field: Field): string => `${field} ${milestone} ${reward}`;

const FIELDS: readonly Field[] = ['amount', 'claimed', 'remaining'];

const balances = (milestone: number, rewards: readonly Balance[]): readonly (readonly [string, Value])[] =>
  rewards.flatMap((reward) => FIELDS.map((field) => [balanceKey(milestone, reward.name, field), reward[field]] as const));

const milestones = (list: Row['milestones']): readonly (readonly [string, Value])[] =>
  list.map(({ count, status }) => [`milestone ${count}`, status]);

/** The values of a folded state, each with a key. */
export const valuesOfState = (state: PastState): ReadonlyMap<string, Value> =>
  new Map([
    ['status', state.status],
    ['progress', state.progress ?? 0],
    ...(state.required === undefined ? [] : [['required', state.required] as const]),
    ['completedAt', state.completedAt ?? null],
    ...milestones(state.milestones ?? []),
    ...(state.milestones ?? []).flatMap(({ count, rewards }) => balances(count, rewards)),
  ]);

/** The values of a row of the read model, with the same keys. It has the rewards of the last milestone only. */
export const valuesOfRow = (row: Row): ReadonlyMap<string, Value> =>
  new Map([
    ['status', row.status],
    ['progress', row.progress],
    ['required', row.required],
    ['completedAt', row.completedAt],
    ...milestones(row.milestones),
    ...balances(row.required, row.rewards),
  ]);

/** What a step changed: the earlier values of the keys that both states have. A state before the start has no milestones. */
export const changesBetween = (before: PastState, after: PastState): ReadonlyMap<string, Value> => {
  const [earlier, later] = [valuesOfState(before), valuesOfState(after)];
  return new Map([...earlier].filter(([key, value]) => later.has(key) && later.get(key) !== value));
};

export interface Difference {
  readonly key: string;
  readonly readModel: Value;
  /** Undefined if the fold does not have the value at all. */
  readonly fold: Value | undefined;
}

/** Compares a row of the read model with a folded state; empty if they are equal. */
export const differencesOf = (row: Row, state: PastState): readonly Difference[] => {
  const fold = valuesOfState(state);
  return [...valuesOfRow(row)]
    .filter(([key, value]) => fold.get(key) !== value)
    .map(([key, readModel]) => ({ key, readModel, fold: fold.get(key) }));
};
