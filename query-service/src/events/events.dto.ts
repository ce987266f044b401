import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  CONDITION_TYPES,
  DEFAULT_DAY_STARTS_AT,
  REWARD_EVENT_STATUSES,
  REWARD_TYPES,
  type Condition,
  type Reward,
  type RewardEventStatus,
  type RewardType,
} from '@rewards/contracts';
import { OneOf, PageQuery } from '@rewards/service-kit/dto';
import type { EventRow } from './events.queries';

export class ListEventsQuery extends PageQuery {
  @OneOf(REWARD_EVENT_STATUSES, { optional: true })
  status?: RewardEventStatus;
}

export class ConditionDto {
  @ApiProperty({ enum: CONDITION_TYPES })
  type: Condition['type'];

  @ApiProperty({ type: 'integer' })
  count: number;

  @ApiPropertyOptional({ type: 'integer' })
  graceDays?: number;
}

export class RewardDto implements Reward {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ enum: REWARD_TYPES })
  type: RewardType;

  @ApiProperty({ type: 'integer' })
  amount: number;
}

/** A reward event as the API tells it. */
export class EventDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'string' })
  description: string;

  @ApiProperty({ enum: REWARD_EVENT_STATUSES })
  status: RewardEventStatus;

  @ApiProperty({ type: 'string', format: 'date-time' })
  startsAt: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  endsAt: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  claimsUntil: string;

  @ApiProperty({ type: 'string' })
  timeZone: string;

  @ApiProperty({ type: 'string', example: '05:00' })
  dayStartsAt: string;

  @ApiProperty({ type: ConditionDto })
  condition: ConditionDto;

  @ApiProperty({ type: RewardDto, isArray: true })
  rewards: readonly RewardDto[];

  @ApiProperty({ type: 'integer' })
  termsVersion: number;

  @ApiProperty({ type: 'string', format: 'uuid' })
  createdBy: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  createdAt: string;
}

export const toEventDto = (row: EventRow): EventDto => ({
  eventId: row.eventId,
  name: row.name,
  description: row.description,
  status: row.status,
  startsAt: row.startsAt,
  endsAt: row.endsAt,
  claimsUntil: row.claimsUntil,
  timeZone: row.timeZone,
  dayStartsAt: row.dayStartsAt ?? DEFAULT_DAY_STARTS_AT,
  condition: row.condition,
  rewards: row.rewards,
  termsVersion: row.termsVersion,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
});
