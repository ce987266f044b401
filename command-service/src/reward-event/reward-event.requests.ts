import {
  CONDITION_TYPES,
  COUNTING,
  DEFAULT_CLAIM_DAYS,
  DEFAULT_TIME_ZONE,
  MAX_DESCRIPTION,
  MAX_COUNT,
  MAX_MILESTONES,
  MAX_REWARDS,
  REWARD_TYPES,
  type ByConditionType,
  type Condition,
  type Counting,
  type Cycle,
  type EventMetadata,
  type Milestone,
  type Reward,
  type RewardEventChange,
  type RewardType,
} from '@rewards/contracts';
import { isTimeZone, reject, type RequestedDetails } from '@rewards/domain';
import {
  Amount,
  Flag,
  Integer,
  ItemCode,
  Metadata,
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
import { CycleKind, MilestoneCount } from '@rewards/service-kit/resources/reward-event.responses';

export class ConditionBody {
  @OneOf(CONDITION_TYPES)
  type: Condition['type'];

  @Integer(1, MAX_COUNT)
  count: number;

  @Integer(0, MAX_COUNT, { optional: true })
  graceDays?: number;
}

/** @throws Rejected INVALID_FIELDS for grace days of a condition other than LOGIN_STREAK */
const toCondition = (body: ConditionBody): Condition => CONDITIONS[body.type](body);

const CONDITIONS = {
  LOGIN_COUNT: (body) => ({ type: 'LOGIN_COUNT', count: countWithoutGrace(body) }),
  LOGIN_DAYS: (body) => ({ type: 'LOGIN_DAYS', count: countWithoutGrace(body) }),
  LOGIN_STREAK: ({ count, graceDays = 0 }) => ({ type: 'LOGIN_STREAK', count, graceDays }),
} satisfies ByConditionType<(body: ConditionBody) => Condition>;

const countWithoutGrace = ({ count, graceDays }: ConditionBody): number => {
  if (graceDays !== undefined) {
    reject('INVALID_FIELDS', { errors: [{ field: 'condition.graceDays', message: 'applies only to LOGIN_STREAK' }] });
  }
  return count;
};

export class RewardBody {
  @PathName()
  name: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;

  @ItemCode({ optional: true })
  itemCode?: string | null;
}

export class AddRewardBody extends RewardBody {
  @MilestoneCount({ optional: true })
  milestone?: number;
}

export class MilestoneBody {
  @MilestoneCount()
  count: number;

  @NestedList(RewardBody, MAX_REWARDS, { min: 1 })
  rewards: RewardBody[];
}

/** Milestones in a request, which may include the last one. */
const Milestones = () => NestedList(MilestoneBody, MAX_MILESTONES + 1, { optional: true });

export class CreateRewardEventBody {
  @Name()
  name: string;

  @Text(MAX_DESCRIPTION, { optional: true })
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

  @Milestones()
  milestones?: MilestoneBody[];

  @CycleKind({ optional: true })
  cycle?: Cycle | null;

  @Flag({ optional: true })
  autoComplete?: boolean;

  @Flag({ optional: true })
  autoClaim?: boolean;

  @Metadata({ optional: true })
  metadata?: EventMetadata;

  @Flag({ optional: true })
  publish?: boolean;

  @Flag({ optional: true })
  confirmPast?: boolean;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeRewardEventBody {
  @Name({ optional: true })
  name?: string;

  @Text(MAX_DESCRIPTION, { optional: true })
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

  @Milestones()
  milestones?: MilestoneBody[];

  @CycleKind({ optional: true })
  cycle?: Cycle | null;

  @Flag({ optional: true })
  autoComplete?: boolean;

  @Flag({ optional: true })
  autoClaim?: boolean;

  @Metadata({ optional: true })
  metadata?: EventMetadata;
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

/** Names one milestone; by default, the last one. */
export class OfMilestoneBody {
  @MilestoneCount({ optional: true })
  milestone?: number;
}

export class ChangeRewardBody extends OfMilestoneBody {
  @Amount()
  amount: number;
}

export class PublishRewardEventBody {
  @Flag({ optional: true })
  confirmPast?: boolean;
}

/** Why an operator acts, for auditors. */
const OperatorReason = () => Text(500, { optional: true });

export class BrakeRewardBody extends OfMilestoneBody {
  @OperatorReason()
  reason?: string;
}

export class PauseRewardEventBody {
  @OneOf(COUNTING, { optional: true })
  counting?: Counting;

  @OperatorReason()
  reason?: string;
}

const DAY_MS = 86_400_000;

/** Maps the body to the arguments of a creation. @throws Rejected INVALID_FIELDS */
export const toCreation = (body: CreateRewardEventBody) => ({
  details: toDetails(body),
  rewards: (body.rewards ?? []).map(toReward),
  publish: body.publish ?? false,
  confirmPast: body.confirmPast ?? false,
});

/** Fills in the defaults of the details. @throws Rejected INVALID_FIELDS */
const toDetails = (body: CreateRewardEventBody): RequestedDetails => {
  const { name, description = '', startsAt, endsAt, timeZone = DEFAULT_TIME_ZONE, dayStartsAt } = body;
  const { milestones = [], cycle, autoComplete, autoClaim, metadata } = body;
  const claimsUntil = body.claimsUntil ?? new Date(Date.parse(endsAt) + DEFAULT_CLAIM_DAYS * DAY_MS).toISOString();
  const condition = toCondition(body.condition);
  const window = { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt };
  const automatic = { autoComplete, autoClaim };
  return { name, description, ...window, condition, milestones: milestones.map(toMilestone), cycle, ...automatic, metadata };
};

const toMilestone = ({ count, rewards }: MilestoneBody): Milestone => ({ count, rewards: rewards.map(toReward) });

/** Maps the body to a reward and the milestone that it is added to. */
export const toAddition = (body: AddRewardBody) => ({ reward: toReward(body), milestone: body.milestone });

/** Maps the body of one reward. An item code of null is not stored. */
const toReward = ({ name, type, amount, itemCode }: RewardBody): Reward => ({
  name,
  type,
  amount,
  ...(itemCode != null && { itemCode }),
});

/** Maps the body to the fields that change. @throws Rejected INVALID_FIELDS */
export const toChange = ({ condition, rewards, milestones, ...details }: ChangeRewardEventBody): RewardEventChange => ({
  ...details,
  ...(condition && { condition: toCondition(condition) }),
  ...(rewards && { rewards: rewards.map(toReward) }),
  ...(milestones && { milestones: milestones.map(toMilestone) }),
});
