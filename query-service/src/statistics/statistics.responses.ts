import { ApiProperty } from '@nestjs/swagger';
import type { Statistics } from './sum-hours';

export class ClaimCountsResponse {
  @ApiProperty({ type: 'integer' })
  success: number;

  @ApiProperty({ type: 'integer' })
  failure: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  byReason: Readonly<Record<string, number>>;
}

export class RewardSumsResponse {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  promised: number;

  @ApiProperty({ type: 'integer' })
  claimed: number;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

export class HourResponse {
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

/** Statistics of one event. */
export class StatisticsResponse implements Statistics {
  @ApiProperty({ type: 'integer' })
  participants: number;

  @ApiProperty({ type: 'integer', description: 'Participants whose condition was met, including those who completed' })
  eligible: number;

  @ApiProperty({ type: 'integer' })
  completed: number;

  @ApiProperty({ type: ClaimCountsResponse })
  claims: ClaimCountsResponse;

  @ApiProperty({ type: RewardSumsResponse, isArray: true })
  rewards: readonly RewardSumsResponse[];

  @ApiProperty({ type: HourResponse, isArray: true, description: 'Without the hours (UTC) in which nothing happened' })
  byHour: readonly HourResponse[];
}
