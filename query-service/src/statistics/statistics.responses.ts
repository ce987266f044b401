import { ApiProperty } from '@nestjs/swagger';
import { MilestoneCount } from '@rewards/service-kit/resources/reward-event.responses';
import type { Statistics } from './sum-hours';

export class ClaimCountsResponse {
  @ApiProperty({ type: 'integer' })
  success: number;

  @ApiProperty({ type: 'integer' })
  failure: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  byReason: Readonly<Record<string, number>>;
}

export class MilestoneSumsResponse {
  @MilestoneCount()
  count: number;

  @ApiProperty({ type: 'integer', description: 'Participations that reached it, including those that completed it' })
  eligible: number;

  @ApiProperty({ type: 'integer' })
  completed: number;
}

export class RewardSumsResponse {
  @MilestoneCount()
  milestone: number;

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

  @ApiProperty({ type: 'integer', description: 'Of every milestone' })
  completions: number;

  @ApiProperty({ type: 'integer' })
  claims: number;

  @ApiProperty({ type: 'integer' })
  amount: number;
}

/** Statistics of one event, or of one of its cycles. */
export class StatisticsResponse implements Statistics {
  @ApiProperty({ type: 'integer', description: 'Participations; in an event with cycles, one for each account and cycle' })
  participants: number;

  @ApiProperty({ type: 'integer', description: 'Participations that reached the last milestone, including completed ones' })
  eligible: number;

  @ApiProperty({ type: 'integer', description: 'Participations that completed the last milestone' })
  completed: number;

  @ApiProperty({ type: ClaimCountsResponse })
  claims: ClaimCountsResponse;

  @ApiProperty({ type: RewardSumsResponse, isArray: true })
  rewards: readonly RewardSumsResponse[];

  @ApiProperty({ type: MilestoneSumsResponse, isArray: true, description: 'All milestones, ascending, the last one included' })
  milestones: readonly MilestoneSumsResponse[];

  @ApiProperty({ type: HourResponse, isArray: true, description: 'Without the hours (UTC) in which nothing happened' })
  byHour: readonly HourResponse[];
}
