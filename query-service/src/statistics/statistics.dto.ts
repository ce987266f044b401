import { ApiProperty } from '@nestjs/swagger';
import type { Statistics } from './sum-hours';

export class ClaimCountsDto {
  @ApiProperty({ type: 'integer' })
  success: number;

  @ApiProperty({ type: 'integer' })
  failure: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  byReason: Readonly<Record<string, number>>;
}

export class RewardSumsDto {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  promised: number;

  @ApiProperty({ type: 'integer' })
  claimed: number;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

export class HourDto {
  @ApiProperty({ type: 'string', format: 'date-time' })
  hour: string;

  @ApiProperty({ type: 'integer' })
  logins: number;

  @ApiProperty({ type: 'integer' })
  completions: number;

  @ApiProperty({ type: 'integer' })
  claims: number;

  @ApiProperty({ type: 'integer' })
  amount: number;
}

/** What happened in one event, as the API tells it. */
export class StatisticsDto implements Statistics {
  @ApiProperty({ type: 'integer' })
  participants: number;

  @ApiProperty({ type: 'integer', description: 'Whose condition was met, completed since or not' })
  eligible: number;

  @ApiProperty({ type: 'integer' })
  completed: number;

  @ApiProperty({ type: ClaimCountsDto })
  claims: ClaimCountsDto;

  @ApiProperty({ type: RewardSumsDto, isArray: true })
  rewards: readonly RewardSumsDto[];

  @ApiProperty({ type: HourDto, isArray: true, description: 'Hours (UTC) in which nothing happened are left out' })
  byHour: readonly HourDto[];
}
