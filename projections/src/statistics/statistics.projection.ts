import {
  participationOf,
  PREFIXES,
  type EventHourView,
  type ParticipationEvent,
  type RecordedEvent,
  type RefusalEvent,
  type RewardSums,
} from '@rewards/contracts';
import type { AnyProjection, ReadModelProjection } from '../runner/projection';

type StatisticsFact = ParticipationEvent | Extract<RefusalEvent, { readonly type: 'ClaimRefused' }>;
type Recorded = RecordedEvent<StatisticsFact>;
type Counts = Pick<NonNullable<EventHourView['milestones']>[number], 'eligible' | 'completed'>;

/**
 * The cycle of the participation. A rejection for a cycle that does not exist has the cycle that the client named in its data, but
 * not in its stream, so no client can add documents.
 */
const cycleOf = (stream: string): string | null =>
  participationOf(stream.startsWith(PREFIXES.refusals) ? stream.slice(PREFIXES.refusals.length) : stream).cycle;

const table = {
  name: 'statistics',
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
  // A query reads one event, or one cycle of it, as a range of ids.
  indexes: [],
  key: ({ stream, data: { eventId, at } }) => [eventId, cycleOf(stream), hourOf(at)].filter((part) => part !== null).join('@'),
  on: {
    ParticipationStarted: (view, recorded) => {
      const hour = view ?? emptyHour(recorded);
      return { ...hour, participants: hour.participants + 1 };
    },
    LoginCounted: (view, recorded) => {
      const hour = view ?? emptyHour(recorded);
      const { conditionMet, reached = [] } = recorded.data;
      const counted = { ...hour, logins: hour.logins + 1, eligible: hour.eligible + (conditionMet ? 1 : 0) };
      return reached.reduce((sums, count) => withMilestone(sums, count, { eligible: 1, completed: 0 }), counted);
    },
    EventCompleted: (view, recorded) => {
      const hour = view ?? emptyHour(recorded);
      const { milestone, rewards } = recorded.data;
      const completed = {
        ...hour,
        completions: hour.completions + 1,
        rewards: rewards.reduce(
          (sums, { name, amount }) => withReward(sums, { milestone, name, promised: amount, claimed: 0 }),
          hour.rewards,
        ),
      };
      return milestone === undefined ? completed : withMilestone(completed, milestone, { eligible: 0, completed: 1 });
    },
    RewardClaimed: (view, recorded) => {
      const hour = view ?? emptyHour(recorded);
      const { milestone, rewardName: name, amount } = recorded.data;
      const rewards = withReward(hour.rewards, { milestone, name, promised: 0, claimed: amount });
      return { ...hour, claims: hour.claims + 1, amount: hour.amount + amount, rewards };
    },
    ClaimRefused: (view, recorded) => {
      const hour = view ?? emptyHour(recorded);
      return { ...hour, refusals: withRefusal(hour.refusals, recorded.data.code) };
    },
  },
} satisfies Partial<ReadModelProjection<StatisticsFact, 'statistics'>>;

/** Keeps the live version of releases without cycles and milestones, until this release has filled its own. */
const withoutCycles: AnyProjection = { ...table, tableVersion: 1, indexes: [{ fields: ['eventId', 'hour'] }] };

/**
 * Read model `statistics`: one small document for each event, cycle and hour, so that the cost of a domain event does not grow with
 * the number of participants or the length of the event.
 */
export const statisticsProjection: ReadModelProjection<StatisticsFact, 'statistics'> = {
  ...table,
  tableVersion: 2,
  previous: [withoutCycles],
};

/** Returns the start of the hour that contains a time. @param at ISO 8601 UTC with milliseconds */
const hourOf = (at: string): string => `${at.slice(0, 13)}:00:00.000Z`;

const emptyHour = ({ stream, data: { eventId, at } }: Pick<Recorded, 'stream' | 'data'>): EventHourView => ({
  eventId,
  cycle: cycleOf(stream),
  hour: hourOf(at),
  participants: 0,
  eligible: 0,
  logins: 0,
  completions: 0,
  claims: 0,
  amount: 0,
  refusals: [],
  rewards: [],
});

const withReward = (
  sums: readonly RewardSums[],
  added: RewardSums & { readonly milestone: number | undefined },
): readonly RewardSums[] => {
  const { milestone, ...units } = added;
  const isSame = (sum: RewardSums) => sum.name === units.name && sum.milestone === milestone;
  if (!sums.some(isSame)) return [...sums, { ...(milestone !== undefined && { milestone }), ...units }];
  return sums.map((sum) =>
    isSame(sum) ? { ...sum, promised: sum.promised + units.promised, claimed: sum.claimed + units.claimed } : sum,
  );
};

const withMilestone = (hour: EventHourView, count: number, { eligible, completed }: Counts): EventHourView => {
  const { milestones = [] } = hour;
  const added = milestones.some((each) => each.count === count)
    ? milestones
    : [...milestones, { count, eligible: 0, completed: 0 }];
  return {
    ...hour,
    milestones: added.map((each) =>
      each.count === count ? { count, eligible: each.eligible + eligible, completed: each.completed + completed } : each,
    ),
  };
};

const withRefusal = (counts: EventHourView['refusals'], reason: string): EventHourView['refusals'] =>
  counts.some((entry) => entry.reason === reason)
    ? counts.map((entry) => (entry.reason === reason ? { reason, count: entry.count + 1 } : entry))
    : [...counts, { reason, count: 1 }];
