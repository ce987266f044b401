import { PREFIXES, type EventHourView, type ParticipationEvent, type RefusalEvent } from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

type StatisticsFact = ParticipationEvent | Extract<RefusalEvent, { readonly type: 'ClaimRefused' }>;

interface Place {
  readonly eventId: string;
  readonly at: string;
}

/**
 * Read model `statistics`: one small document for each event and hour, so that the cost of a domain event does not grow with
 * the number of participants or the length of the event.
 */
export const statisticsProjection: ReadModelProjection<StatisticsFact, 'statistics'> = {
  name: 'statistics',
  tableVersion: 1,
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
  indexes: [{ fields: ['eventId', 'hour'] }],
  key: ({ data: { eventId, at } }) => `${eventId}@${hourOf(at)}`,
  on: {
    ParticipationStarted: (view, { data }) => {
      const hour = view ?? emptyHour(data);
      return { ...hour, participants: hour.participants + 1 };
    },
    LoginCounted: (view, { data }) => {
      const hour = view ?? emptyHour(data);
      return { ...hour, logins: hour.logins + 1, eligible: hour.eligible + (data.conditionMet ? 1 : 0) };
    },
    EventCompleted: (view, { data }) => {
      const hour = view ?? emptyHour(data);
      const rewards = data.rewards.reduce((sums, { name, amount }) => withReward(sums, name, amount, 0), hour.rewards);
      return { ...hour, completions: hour.completions + 1, rewards };
    },
    RewardClaimed: (view, { data }) => {
      const hour = view ?? emptyHour(data);
      const rewards = withReward(hour.rewards, data.rewardName, 0, data.amount);
      return { ...hour, claims: hour.claims + 1, amount: hour.amount + data.amount, rewards };
    },
    ClaimRefused: (view, { data }) => {
      const hour = view ?? emptyHour(data);
      return { ...hour, refusals: withRefusal(hour.refusals, data.code) };
    },
  },
};

/** Returns the start of the hour that contains a time. @param at ISO 8601 UTC with milliseconds */
const hourOf = (at: string): string => `${at.slice(0, 13)}:00:00.000Z`;

const emptyHour = ({ eventId, at }: Place): EventHourView => ({
  eventId,
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
  sums: EventHourView['rewards'],
  name: string,
  promised: number,
  claimed: number,
): EventHourView['rewards'] => {
  const sum = sums.find((candidate) => candidate.name === name) ?? { name, promised: 0, claimed: 0 };
  const next = { name, promised: sum.promised + promised, claimed: sum.claimed + claimed };
  return sums.includes(sum) ? sums.map((candidate) => (candidate === sum ? next : candidate)) : [...sums, next];
};

const withRefusal = (counts: EventHourView['refusals'], reason: string): EventHourView['refusals'] =>
  counts.some((entry) => entry.reason === reason)
    ? counts.map((entry) => (entry.reason === reason ? { reason, count: entry.count + 1 } : entry))
    : [...counts, { reason, count: 1 }];
