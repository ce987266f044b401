import {
  CONDITION_TYPES,
  CYCLES,
  DEFAULT_DAY_STARTS_AT,
  MAX_COUNT,
  MAX_MILESTONES,
  MAX_REWARDS,
  REWARD_EVENT_STATUSES,
  REWARD_TYPES,
  type Condition,
  type Cycle,
  type EventMetadata,
  type Milestone,
  type Reward,
  type RewardEventRecord,
  type RewardEventStatus,
  type RewardType,
} from '@rewards/contracts';
import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import {
  Amount,
  Day,
  Id,
  Integer,
  ItemCode,
  Flag,
  Metadata,
  Name,
  Nested,
  NestedList,
  OneOf,
  PathName,
  Text,
  Time,
  TimeOfDay,
  type FieldOptions,
} from '../fields';

/** A field and its description for clients. */
const described = (description: string, example: unknown, field: PropertyDecorator) =>
  applyDecorators(field, ApiProperty({ description, example }));

/** The count that names a milestone. */
export const MilestoneCount = (options: FieldOptions = {}) =>
  described(`Count of a milestone${options.optional ? '; by default, the last one' : ''}`, 28, Integer(1, MAX_COUNT, options));

/** The period after which progress and rewards begin again. */
export const CycleKind = (options: FieldOptions = {}) =>
  described(
    'Progress, completion and claims begin again in each period of the window; null: the whole window is one',
    'WEEK',
    OneOf(CYCLES, { nullable: true, ...options }),
  );

/** The first day of a cycle. */
export const CycleDay = (options: FieldOptions = {}) =>
  described('First day of a cycle’s calendar period', '2026-11-23', Day(options));

/** The condition of a reward event in a response. */
export class ConditionResponse {
  @OneOf(CONDITION_TYPES)
  type: Condition['type'];

  @Integer(1, MAX_COUNT)
  count: number;

  @Integer(0, MAX_COUNT, { optional: true })
  graceDays?: number;
}

/** A reward in a response. */
export class RewardResponse {
  @PathName()
  name: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;

  @ItemCode()
  itemCode: string | null;
}

/** Maps a reward to its response. */
export const toRewardResponse = ({ name, type, amount, itemCode }: Reward): RewardResponse => ({
  name,
  type,
  amount,
  itemCode: itemCode ?? null,
});

/** A reward of an event in a response. */
export class EventRewardResponse extends RewardResponse {
  @Flag()
  onHold: boolean;
}

/** A milestone of an event in a response. */
export class MilestoneResponse {
  @MilestoneCount()
  count: number;

  @NestedList(EventRewardResponse, MAX_REWARDS)
  rewards: readonly EventRewardResponse[];
}

/** A milestone of an event in a list. */
export class ListedMilestoneResponse extends PickType(MilestoneResponse, ['count'] as const) {}

/** A reward event in a response, of a command or of a query. */
export class RewardEventResponse {
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

  @Nested(ConditionResponse)
  condition: ConditionResponse;

  @NestedList(EventRewardResponse, MAX_REWARDS)
  rewards: readonly EventRewardResponse[];

  @NestedList(MilestoneResponse, MAX_MILESTONES + 1)
  milestones: readonly MilestoneResponse[];

  @CycleKind()
  cycle: Cycle | null;

  @Flag()
  autoComplete: boolean;

  @Flag()
  autoClaim: boolean;

  @Metadata()
  metadata: EventMetadata;

  @Integer(1, Number.MAX_SAFE_INTEGER)
  termsVersion: number;

  @Id()
  createdBy: string;

  @Time()
  createdAt: string;
}

/** A reward event in a list: its milestones have no rewards. */
export class ListedEventResponse extends OmitType(RewardEventResponse, ['milestones'] as const) {
  @NestedList(ListedMilestoneResponse, MAX_MILESTONES + 1)
  milestones: readonly ListedMilestoneResponse[];
}

/** A reward event with its status at the time of the request. */
export type RewardEventWithStatus = RewardEventRecord & { readonly status: RewardEventStatus };

/** Maps a reward event from the log or a read model to its response. */
export const toRewardEventResponse = (event: RewardEventWithStatus): RewardEventResponse => ({
  eventId: event.eventId,
  name: event.name,
  description: event.description,
  status: event.status,
  startsAt: event.startsAt,
  endsAt: event.endsAt,
  claimsUntil: event.claimsUntil,
  timeZone: event.timeZone,
  dayStartsAt: event.dayStartsAt ?? DEFAULT_DAY_STARTS_AT,
  condition: event.condition,
  rewards: toEventRewards(event),
  milestones: [...(event.milestones ?? []), { ...event, count: event.condition.count }].map(toMilestoneResponse),
  cycle: event.cycle ?? null,
  autoComplete: event.autoComplete ?? false,
  autoClaim: event.autoClaim ?? false,
  metadata: event.metadata ?? {},
  termsVersion: event.termsVersion,
  createdBy: event.createdBy,
  createdAt: event.createdAt,
});

/** Maps a reward event to its response in a list. */
export const toListedEventResponse = (event: RewardEventWithStatus): ListedEventResponse => {
  const response = toRewardEventResponse(event);
  return { ...response, milestones: response.milestones.map(({ count }) => ({ count })) };
};

const toMilestoneResponse = (milestone: Milestone): MilestoneResponse => ({
  count: milestone.count,
  rewards: toEventRewards(milestone),
});

const toEventRewards = ({ rewards, held }: Omit<Milestone, 'count'>): readonly EventRewardResponse[] =>
  rewards.map((reward) => ({ ...toRewardResponse(reward), onHold: held?.includes(reward.name) ?? false }));
