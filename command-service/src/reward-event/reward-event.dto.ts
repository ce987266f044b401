import {
  CONDITION_TYPES,
  DEFAULT_TIME_ZONE,
  MAX_COUNT,
  MAX_REWARDS,
  REWARD_EVENT_STATUSES,
  REWARD_TYPES,
  type Condition,
  type Reward,
  type RewardEventChange,
  type RewardEventDetails,
  type RewardEventStatus,
  type RewardType,
  type ByConditionType,
} from '@rewards/contracts';
import { isTimeZone, rewardEventStatus, type ExistingRewardEvent } from '@rewards/domain';
import { invalid } from '@rewards/service-kit';
import {
  Amount,
  Flag,
  Id,
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
} from '@rewards/service-kit/dto';

export class ConditionDto {
  @OneOf(CONDITION_TYPES)
  type: Condition['type'];

  @Integer(1, MAX_COUNT)
  count: number;

  @Integer(0, MAX_COUNT, { optional: true })
  graceDays?: number;
}

/** @throws Problem VALIDATION_FAILED for grace days of a condition that has none */
const toCondition = (dto: ConditionDto): Condition => CONDITIONS[dto.type](dto);

const CONDITIONS = {
  LOGIN_COUNT: (dto) => ({ type: 'LOGIN_COUNT', count: countWithoutGrace(dto) }),
  LOGIN_DAYS: (dto) => ({ type: 'LOGIN_DAYS', count: countWithoutGrace(dto) }),
  LOGIN_STREAK: ({ count, graceDays = 0 }) => ({ type: 'LOGIN_STREAK', count, graceDays }),
} satisfies ByConditionType<(dto: ConditionDto) => Condition>;

const countWithoutGrace = ({ count, graceDays }: ConditionDto): number => {
  if (graceDays !== undefined) throw invalid({ field: 'condition.graceDays', message: 'is for LOGIN_STREAK alone' });
  return count;
};

export class RewardDto implements Reward {
  @PathName()
  name: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;
}

export class CreateRewardEventDto {
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

  @Nested(ConditionDto)
  condition: ConditionDto;

  @NestedList(RewardDto, MAX_REWARDS, { optional: true })
  rewards?: RewardDto[];

  @Flag({ optional: true })
  publish?: boolean;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeRewardEventDto {
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

  @Nested(ConditionDto, { optional: true })
  condition?: ConditionDto;

  @NestedList(RewardDto, MAX_REWARDS, { optional: true })
  rewards?: RewardDto[];
}

export class CloneRewardEventDto {
  @Name()
  name: string;

  @Time()
  startsAt: string;

  @Time()
  endsAt: string;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeRewardDto {
  @Amount()
  amount: number;
}

const CLAIM_DAYS_AFTER_END = 14;
const DAY_MS = 86_400_000;

/** The details with their defaults. @throws Problem VALIDATION_FAILED */
export const toDetails = (dto: CreateRewardEventDto): RewardEventDetails => {
  const { name, description = '', startsAt, endsAt, timeZone = DEFAULT_TIME_ZONE, dayStartsAt, condition } = dto;
  const claimsUntil = dto.claimsUntil ?? new Date(Date.parse(endsAt) + CLAIM_DAYS_AFTER_END * DAY_MS).toISOString();
  return { name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition: toCondition(condition) };
};

/** @throws Problem VALIDATION_FAILED when two rewards share a name */
export const toRewards = (rewards: readonly RewardDto[] = []): readonly Reward[] => {
  if (new Set(rewards.map(({ name }) => name)).size < rewards.length) {
    throw invalid({ field: 'rewards', message: 'must have names that are unique in the event' });
  }
  return rewards.map(({ name, type, amount }) => ({ name, type, amount }));
};

/** What of the fields was sent. @throws Problem VALIDATION_FAILED */
export const toChange = ({ condition, rewards, ...details }: ChangeRewardEventDto): RewardEventChange => ({
  ...details,
  ...(condition && { condition: toCondition(condition) }),
  ...(rewards && { rewards: toRewards(rewards) }),
});

/** A reward event as the API tells it. */
export class RewardEventDto {
  @Id()
  eventId: string;

  @Name()
  name: string;

  @Text(2_000)
  description: string;

  @OneOf(REWARD_EVENT_STATUSES)
  status: RewardEventStatus;

  @Time()
  startsAt: string;

  @Time()
  endsAt: string;

  @Time()
  claimsUntil: string;

  @Text(100)
  timeZone: string;

  @TimeOfDay()
  dayStartsAt: string;

  @Nested(ConditionDto)
  condition: ConditionDto;

  @NestedList(RewardDto, MAX_REWARDS)
  rewards: readonly RewardDto[];

  @Integer(1, Number.MAX_SAFE_INTEGER)
  termsVersion: number;

  @Id()
  createdBy: string;

  @Time()
  createdAt: string;
}

export const toRewardEventDto = (event: ExistingRewardEvent, at: string): RewardEventDto => {
  const {
    eventId,
    name,
    description,
    startsAt,
    endsAt,
    claimsUntil,
    timeZone,
    dayStartsAt,
    condition,
    rewards,
    termsVersion,
    createdBy,
    createdAt,
  } = event;
  const status = rewardEventStatus(event, at);
  return {
    eventId,
    name,
    description,
    status,
    startsAt,
    endsAt,
    claimsUntil,
    timeZone,
    dayStartsAt,
    condition,
    rewards,
    termsVersion,
    createdBy,
    createdAt,
  };
};
