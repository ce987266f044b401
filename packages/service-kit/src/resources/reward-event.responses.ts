import {
  CONDITION_TYPES,
  DEFAULT_DAY_STARTS_AT,
  MAX_COUNT,
  MAX_REWARDS,
  REWARD_EVENT_STATUSES,
  REWARD_TYPES,
  type Condition,
  type EventMetadata,
  type Reward,
  type RewardEventDetails,
  type RewardEventStatus,
  type RewardType,
} from '@rewards/contracts';
import {
  Amount,
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
} from '../fields';

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

  @Metadata()
  metadata: EventMetadata;

  @Integer(1, Number.MAX_SAFE_INTEGER)
  termsVersion: number;

  @Id()
  createdBy: string;

  @Time()
  createdAt: string;
}

/** A reward event with its status at the time of the request. */
export interface RewardEventWithStatus extends RewardEventDetails {
  readonly eventId: string;
  readonly status: RewardEventStatus;
  readonly rewards: readonly Reward[];
  readonly held?: readonly string[];
  readonly termsVersion: number;
  readonly createdBy: string;
  readonly createdAt: string;
}

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
  rewards: event.rewards.map((reward) => ({ ...toRewardResponse(reward), onHold: event.held?.includes(reward.name) ?? false })),
  metadata: event.metadata ?? {},
  termsVersion: event.termsVersion,
  createdBy: event.createdBy,
  createdAt: event.createdAt,
});
