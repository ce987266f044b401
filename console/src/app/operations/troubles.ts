import type { DeadLetterGroup, Health, Projection, Verification } from './api';

export const TABS = ['projections', 'deadLetters', 'verification', 'health'] as const;
export type Tab = (typeof TABS)[number];

/** A read model that is further behind than this needs attention. */
const MAX_LAG_MS = 30_000;

export type Trouble = { readonly tab: Tab } & (
  | { readonly kind: 'unknown' }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'stopped'; readonly name: string }
  | { readonly kind: 'lagging'; readonly name: string; readonly lagMs: number }
  | { readonly kind: 'deadLetters'; readonly count: number }
  | { readonly kind: 'findings'; readonly count: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'failed' }
);

/** What is known; undefined while it is loaded, null if it could not be. */
export interface Known {
  readonly health: Health | null | undefined;
  readonly projections: readonly Projection[] | null | undefined;
  readonly groups: readonly DeadLetterGroup[] | null | undefined;
  readonly verification: Verification | null | undefined;
}

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Number of all findings, including those that are not listed. */
export const findingsOf = ({ checked, findings }: Verification): number => numberIn(checked.findings) || findings.length;

/** Read models that were not compared. */
export const notCompared = ({ checked }: Verification): readonly string[] =>
  Array.isArray(checked.notCompared) ? checked.notCompared.map(String) : [];

/** Numbers of what a verification has read and compared. */
export const amountsOf = ({ checked }: Verification) => ({
  events: numberIn(checked.events),
  accounts: numberIn(checked.accounts),
  logins: numberIn(checked.logins),
  participationFacts: numberIn(checked.participationFacts),
  deliveries: numberIn(checked.deliveries),
  documents: Object.values(checked.documents ?? {}).reduce((sum: number, each) => sum + numberIn(each), 0),
});

const troublesOfProjection = ({ name, state, lagMs }: Projection): Trouble[] =>
  state === 'STOPPED'
    ? [{ kind: 'stopped', tab: 'projections', name }]
    : lagMs > MAX_LAG_MS
      ? [{ kind: 'lagging', tab: 'projections', name, lagMs }]
      : [];

const troublesOfVerification = (verification: Verification): Trouble[] => {
  const tab = 'verification';
  const count = findingsOf(verification);
  return [
    ...(count > 0 ? [{ kind: 'findings', tab, count } as const] : []),
    ...(count === 0 && verification.ok === false ? [{ kind: 'incomplete', tab } as const] : []),
    ...(verification.failure ? [{ kind: 'failed', tab } as const] : []),
  ];
};

/** Returns what needs attention, the most urgent first; null until everything is loaded. */
export const troublesIn = ({ health, projections, groups, verification }: Known): readonly Trouble[] | null => {
  if (health === undefined || projections === undefined || groups === undefined || verification === undefined) return null;
  const open = groups?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const unknown = (tab: Tab, value: unknown): Trouble[] => (value === null ? [{ kind: 'unknown', tab }] : []);
  return [
    ...Object.entries(health?.services ?? {})
      .filter(([, state]) => state === 'down')
      .map(([name]) => ({ kind: 'service', tab: 'health', name }) as const),
    ...(projections?.flatMap(troublesOfProjection) ?? []),
    ...(open > 0 ? [{ kind: 'deadLetters', tab: 'deadLetters', count: open } as const] : []),
    ...(verification ? troublesOfVerification(verification) : []),
    ...unknown('health', health),
    ...unknown('projections', projections),
    ...unknown('deadLetters', groups),
    ...unknown('verification', verification),
  ];
};

export type DurationUnit = 'seconds' | 'minutes' | 'hours';

/** Returns a duration as a number of its largest unit. */
export const durationOf = (ms: number): { readonly unit: DurationUnit; readonly count: number } => {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 120) return { unit: 'seconds', count: seconds };
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? { unit: 'minutes', count: minutes } : { unit: 'hours', count: Math.round(minutes / 60) };
};
