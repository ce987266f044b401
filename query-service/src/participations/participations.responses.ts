import { ApiProperty } from '@nestjs/swagger';
import { PARTICIPATION_STATUSES, type ParticipationStatus, type RewardBalance } from '@rewards/contracts';
import { RewardResponse, toRewardResponse } from '@rewards/service-kit/resources/reward-event.responses';
import type { ParticipantRow, ProgressRow } from './participations.queries';

export class RewardBalanceResponse extends RewardResponse {
  @ApiProperty({ type: 'integer' })
  claimed: number;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

/** Progress of one account in one event. */
export class ProgressResponse implements Omit<ProgressRow, 'rewards'> {
  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty({ enum: PARTICIPATION_STATUSES })
  status: ParticipationStatus;

  @ApiProperty({ type: 'integer' })
  progress: number;

  @ApiProperty({ type: 'integer' })
  required: number;

  @ApiProperty({ type: RewardBalanceResponse, isArray: true })
  rewards: readonly RewardBalanceResponse[];

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  completedAt: string | null;

  @ApiProperty({ type: 'string', format: 'date-time' })
  claimsUntil: string;
}

/** One participant of an event. */
export class ParticipantResponse extends ProgressResponse implements Omit<ParticipantRow, 'rewards'> {
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;
}

export const toParticipantResponse = ({ email, ...row }: ParticipantRow): ParticipantResponse => ({
  ...toProgressResponse(row),
  email,
});

export const toProgressResponse = (row: ProgressRow): ProgressResponse => ({
  ...row,
  rewards: row.rewards.map(toRewardBalanceResponse),
});

/** Maps the balance of a reward to its response. */
export const toRewardBalanceResponse = ({ claimed, remaining, ...reward }: RewardBalance): RewardBalanceResponse => ({
  ...toRewardResponse(reward),
  claimed,
  remaining,
});
