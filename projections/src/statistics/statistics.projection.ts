import { PREFIXES, type EventHourView, type ParticipationEvent, type RefusalEvent } from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

type StatisticsFact = ParticipationEvent | Extract<RefusalEvent, { readonly type: 'ClaimRefused' }>;

interface Place {
  readonly eventId: string;
  readonly at: string;
}

/**
 * Read model `statistics`: one small document for each event and hour, so that what a fact costs does not grow with the
 * participants or the length of an event.
 */
export const statisticsProjection: ReadModelProjection<StatisticsFact, 'statistics'> = {
  name: 'statistics',
  version: 1,
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
  indexes: [{ fields: ['eventId', 'hour'] }],
  key: ({ data: { eventId, at } }) => `${eventId}@${hourOf(at)}`,
  on: {
    ParticipationStarted: (view, { data }) => {
      const hour = view ?? nothingYet(data);
      return { ...hour, participants: hour.participants + 1 };
    },
    LoginCounted: (view, { data }) => {
      const hour = view ?? nothingYet(data);
      return { ...hour, logins: hour.logins + 1, eligible: hour.eligible + (data.conditionMet ? 1 : 0) };
    },
    EventCompleted: (view, { data }) => {
      const hour = view ?? nothingYet(data);
      const rewards = data.rewards.reduce((sums, { name, amount }) => withReward(sums, name, amount, 0), hour.rewards);
      return { ...hour, completions: hour.completions + 1, rewards };
    },
    RewardClaimed: (view, { data }) => {
      const hour = view ?? nothingYet(data);
      const rewards = withReward(hour.rewards, data.rewardName, 0, data.amount);
      return { ...hour, claims: hour.claims + 1, amount: hour.amount + data.amount, rewards };
    },
    ClaimRefused: (view, { data }) => {
      const hour = view ?? nothingYet(data);
      return { ...hour, refusals: withRefusal(hour.refusals, data.code) };
    },
  },
};

/** The beginning of the hour that a time is in. @param at ISO 8601 UTC with milliseconds */
const hourOf = (at: string): string => `${at.slice(0, 13)}:00:00.000Z`;

const nothingYet = ({ eventId, at }: Place): EventHourView => ({
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
  const sum = sums.find((known) => known.name === name) ?? { name, promised: 0, claimed: 0 };
  const next = { name, promised: sum.promised + promised, claimed: sum.claimed + claimed };
  return sums.includes(sum) ? sums.map((known) => (known === sum ? next : known)) : [...sums, next];
};

const withRefusal = (counts: EventHourView['refusals'], reason: string): EventHourView['refusals'] =>
  counts.some((known) => known.reason === reason)
    ? counts.map((known) => (known.reason === reason ? { reason, count: known.count + 1 } : known))
    : [...counts, { reason, count: 1 }];
