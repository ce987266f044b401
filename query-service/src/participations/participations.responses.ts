import { ApiProperty, OmitType } from '@nestjs/swagger';
import { MAX_DAYS, PARTICIPATION_STATUSES, type ParticipationStatus, type RewardBalance } from '@rewards/contracts';
import {
  CycleDay,
  MilestoneCount,
  RewardResponse,
  toRewardResponse,
} from '@rewards/service-kit/resources/reward-event.responses';
import type { OwnProgress, ParticipantRow } from './participations.queries';
import { MILESTONE_STATUSES, type MilestoneRow, type MilestoneStatus, type ProgressRow } from './progress-row';

export class RewardBalanceResponse extends RewardResponse {
  @ApiProperty({ type: 'integer' })
  claimed: number;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

/** How far a player is with one milestone. */
export class MilestoneProgressResponse implements Omit<MilestoneRow, 'rewards'> {
  @MilestoneCount()
  count: number;

  @ApiProperty({ enum: MILESTONE_STATUSES, description: 'LOCKED until the progress reaches the count' })
  status: MilestoneStatus;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  completedAt: string | null;
}

/** How far a player is with one milestone, and its rewards. */
export class RewardedMilestoneResponse extends MilestoneProgressResponse {
  @ApiProperty({
    type: RewardBalanceResponse,
    isArray: true,
    description: 'What its completion promised; before that, what a completion now would promise',
  })
  rewards: readonly RewardBalanceResponse[];
}

/** Progress of one account in one event, or in one of its cycles. */
export class ProgressResponse implements Omit<ProgressRow, 'rewards' | 'milestones'> {
  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @CycleDay({ nullable: true })
  cycle: string | null;

  @ApiProperty({ enum: PARTICIPATION_STATUSES, description: 'Of the last milestone: earlier ones never change it' })
  status: ParticipationStatus;

  @ApiProperty({ type: 'integer' })
  progress: number;

  @ApiProperty({ type: 'integer', description: 'Count of the last milestone' })
  required: number;

  @ApiProperty({ type: RewardBalanceResponse, isArray: true, description: 'Of the last milestone' })
  rewards: readonly RewardBalanceResponse[];

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'When the last milestone was completed' })
  completedAt: string | null;

  @ApiProperty({
    type: MilestoneProgressResponse,
    isArray: true,
    description: 'All milestones, ascending, the last one included',
  })
  milestones: readonly MilestoneProgressResponse[];

  @ApiProperty({ type: 'string', format: 'date-time' })
  claimsUntil: string;
}

/** Progress of the caller, with everything that a calendar shows. */
export class OwnProgressResponse extends OmitType(ProgressResponse, ['milestones'] as const) {
  @ApiProperty({
    type: RewardedMilestoneResponse,
    isArray: true,
    description: 'All milestones, ascending, the last one included',
  })
  milestones: readonly RewardedMilestoneResponse[];

  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'date' },
    maxItems: MAX_DAYS,
    description: `The newest ${MAX_DAYS} counted days, ascending; empty for LOGIN_COUNT`,
    example: ['2026-11-23', '2026-11-24'],
  })
  days: readonly string[];
}

/** One participant of an event. */
export class ParticipantResponse extends ProgressResponse implements Omit<ParticipantRow, 'rewards' | 'milestones'> {
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
  milestones: row.milestones.map(({ count, status, completedAt }) => ({ count, status, completedAt })),
});

export const toOwnProgressResponse = (row: OwnProgress): OwnProgressResponse => ({
  ...row,
  rewards: row.rewards.map(toRewardBalanceResponse),
  milestones: row.milestones.map(toRewardedMilestoneResponse),
});

/** Maps a milestone with its rewards to its response. */
export const toRewardedMilestoneResponse = (milestone: MilestoneRow): RewardedMilestoneResponse => ({
  ...milestone,
  rewards: milestone.rewards.map(toRewardBalanceResponse),
});

/** Maps the balance of a reward to its response. */
export const toRewardBalanceResponse = ({ claimed, remaining, ...reward }: RewardBalance): RewardBalanceResponse => ({
  ...toRewardResponse(reward),
  claimed,
  remaining,
});
