import {
  CONDITION_TYPES,
  DEFAULT_TIME_ZONE,
  MAX_COUNT,
  MAX_REWARDS,
  REWARD_TYPES,
  type Condition,
  type Reward,
  type RewardEventChange,
  type RewardEventDetails,
  type RewardType,
} from '@rewards/contracts';
import { isTimeZone } from '@rewards/domain';
import { invalid } from '@rewards/service-kit';
import {
  Amount,
  Flag,
  Integer,
  Name,
  Nested,
  NestedList,
  OneOf,
  PathName,
  RequestId,
  Text,
  Time,
  TimeOfDay,
  Zone,
} from '@rewards/service-kit/fields';

export class ConditionBody {
  @OneOf(CONDITION_TYPES)
  type: Condition['type'];

  @Integer(1, MAX_COUNT)
  count: number;

  @Integer(0, MAX_COUNT, { optional: true })
  graceDays?: number;
}

/** @throws Problem VALIDATION_FAILED for grace days of a condition that has none */
const toCondition = ({ type, count, graceDays }: ConditionBody): Condition => {
  if (type === 'LOGIN_STREAK') return { type, count, graceDays: graceDays ?? 0 };
  if (graceDays !== undefined) throw invalid({ field: 'condition.graceDays', message: 'is for LOGIN_STREAK alone' });
  return { type, count };
};

export class RewardBody implements Reward {
  @PathName()
  name: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;
}

export class CreateRewardEventBody {
  @Name()
  name: string;

  @Text(2_000, { optional: true })
  description?: string;

  @Time()
  startsAt: string;

  @Time()
  endsAt: string;

  @Time({ optional: true })
  claimsUntil?: string;

  @Zone(isTimeZone, { optional: true })
  timeZone?: string;

  @TimeOfDay({ optional: true })
  dayStartsAt?: string;

  @Nested(ConditionBody)
  condition: ConditionBody;

  @NestedList(RewardBody, MAX_REWARDS, { optional: true })
  rewards?: RewardBody[];

  @Flag({ optional: true })
  publish?: boolean;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeRewardEventBody {
  @Name({ optional: true })
  name?: string;

  @Text(2_000, { optional: true })
  description?: string;

  @Time({ optional: true })
  startsAt?: string;

  @Time({ optional: true })
  endsAt?: string;

  @Time({ optional: true })
  claimsUntil?: string;

  @Zone(isTimeZone, { optional: true })
  timeZone?: string;

  @TimeOfDay({ optional: true })
  dayStartsAt?: string;

  @Nested(ConditionBody, { optional: true })
  condition?: ConditionBody;

  @NestedList(RewardBody, MAX_REWARDS, { optional: true })
  rewards?: RewardBody[];
}

export class CloneRewardEventBody {
  @Name()
  name: string;

  @Time()
  startsAt: string;

  @Time()
  endsAt: string;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeRewardBody {
  @Amount()
  amount: number;
}

const CLAIM_DAYS_AFTER_END = 14;
const DAY_MS = 86_400_000;

/** The details with their defaults. @throws Problem VALIDATION_FAILED */
export const toDetails = (body: CreateRewardEventBody): RewardEventDetails => {
  const { name, description = '', startsAt, endsAt, timeZone = DEFAULT_TIME_ZONE, dayStartsAt, condition } = body;
  const claimsUntil = body.claimsUntil ?? new Date(Date.parse(endsAt) + CLAIM_DAYS_AFTER_END * DAY_MS).toISOString();
  return { name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition: toCondition(condition) };
};

/** @throws Problem VALIDATION_FAILED when two rewards share a name */
export const toRewards = (rewards: readonly RewardBody[] = []): readonly Reward[] => {
  if (new Set(rewards.map(({ name }) => name)).size < rewards.length) {
    throw invalid({ field: 'rewards', message: 'must have names that are unique in the event' });
  }
  return rewards.map(({ name, type, amount }) => ({ name, type, amount }));
};

/** What of the fields was sent. @throws Problem VALIDATION_FAILED */
export const toChange = ({ condition, rewards, ...details }: ChangeRewardEventBody): RewardEventChange => ({
  ...details,
  ...(condition && { condition: toCondition(condition) }),
  ...(rewards && { rewards: toRewards(rewards) }),
});
