import { MAX_DAYS, PREFIXES, untouched, type ParticipationEvent, type ParticipationView } from '@rewards/contracts';
import { afterClaim, statusWhen } from '@rewards/domain';
import type { AnyProjection, ChangesByType, ReadModelProjection } from '../runner/projection';

const changes: ChangesByType<ParticipationEvent, ParticipationView> = {
  ParticipationStarted: (_view, { data, position }) => ({
    eventId: data.eventId,
    accountId: data.accountId,
    cycle: data.cycle ?? null,
    status: 'IN_PROGRESS',
    progress: 0,
    termsVersion: data.termsVersion,
    days: [],
    completedAt: null,
    rewards: null,
    startedPosition: position,
  }),
  LoginCounted: (view, { data }) =>
    view && {
      ...view,
      progress: data.progress,
      ...(view.days && { days: withDay(view.days, data.day) }),
      status: view.status === 'COMPLETED' ? view.status : statusWhen(data.conditionMet),
    },
  EventCompleted: (view, { data: { milestone: count, at, rewards } }) => {
    const promised = rewards.map(untouched);
    if (count === undefined) return view && { ...view, status: 'COMPLETED', completedAt: at, rewards: promised };
    return view && { ...view, milestones: [...(view.milestones ?? []), { count, completedAt: at, rewards: promised }] };
  },
  RewardClaimed: (view, { data }) => {
    if (data.milestone === undefined) return view && { ...view, rewards: view.rewards && afterClaim(view.rewards, data) };
    const milestones = view?.milestones?.map((each) =>
      each.count === data.milestone ? { ...each, rewards: afterClaim(each.rewards, data) } : each,
    );
    return view && { ...view, ...(milestones && { milestones }) };
  },
};

/** Logins may arrive late, so a day is not always the newest. */
const withDay = (days: readonly string[], day: string): readonly string[] =>
  days.includes(day) ? days : [...days, day].sort().slice(-MAX_DAYS);

const table = {
  name: 'participations',
  prefixes: [PREFIXES.participation],
  key: ({ stream }) => stream,
} satisfies Partial<ReadModelProjection<ParticipationEvent, 'participations'>>;

const indexes = [
  { fields: ['accountId', 'startedPosition'], shared: 'by few' },
  { fields: ['eventId', 'startedPosition'] },
  { fields: ['eventId', 'status', 'startedPosition'] },
] as const;

/** Keeps the live version of releases whose documents contained the terms, until this release has filled its own. */
const withTerms: AnyProjection = {
  ...table,
  tableVersion: 1,
  indexes,
  on: {
    ...changes,
    ParticipationStarted: (...[view, recorded, id]: Parameters<typeof changes.ParticipationStarted>) => {
      const { days: _days, ...started } = changes.ParticipationStarted(view, recorded, id) as ParticipationView;
      const { condition, rewards = null } = recorded.data;
      return { ...started, ...(condition && { condition }), rewards: rewards && rewards.map(untouched) };
    },
  },
};

/** Keeps the live version of releases that indexed participations without a cycle by it. */
const denseCycles: AnyProjection = {
  ...table,
  tableVersion: 2,
  indexes: [
    ...indexes,
    { fields: ['eventId', 'cycle', 'startedPosition'] },
    { fields: ['eventId', 'cycle', 'status', 'startedPosition'] },
  ],
  on: changes,
};

/**
 * Read model `participations`: one document for each participation, with its progress and the balances of what was promised. The
 * terms are in the document of the event.
 */
export const participationsProjection: ReadModelProjection<ParticipationEvent, 'participations'> = {
  ...table,
  tableVersion: 3,
  previous: [denseCycles, withTerms],
  indexes: [
    ...indexes,
    // No list asks for participations without a cycle.
    { fields: ['cycle', 'eventId', 'startedPosition'], sparse: true },
    { fields: ['cycle', 'eventId', 'status', 'startedPosition'], sparse: true },
  ],
  on: changes,
};
