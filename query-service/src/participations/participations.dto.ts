import { ApiProperty } from '@nestjs/swagger';
import { PARTICIPATION_STATUSES, type ParticipationStatus, type RewardBalance } from '@rewards/contracts';
import { CursorQuery, OneOf } from '@rewards/service-kit/dto';
import { EmailFilter } from '../accounts/email-filter';
import { RewardDto } from '../events/events.dto';
import type { ParticipantFilter, ParticipantRow, ProgressRow } from './participations.queries';

export class RewardBalanceDto extends RewardDto implements RewardBalance {
  @ApiProperty({ type: 'integer' })
  claimed: number;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

/** One account in one event, as the API tells it. */
export class ProgressDto implements ProgressRow {
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

  @ApiProperty({ type: RewardBalanceDto, isArray: true })
  rewards: readonly RewardBalanceDto[];

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  completedAt: string | null;

  @ApiProperty({ type: 'string', format: 'date-time' })
  claimsUntil: string;
}

/** Who has not started has no participation to list. */
const STARTED_STATUSES = ['IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const satisfies readonly ParticipationStatus[];
type StartedStatus = (typeof STARTED_STATUSES)[number];

export class ListParticipantsQuery extends CursorQuery implements ParticipantFilter {
  @OneOf(STARTED_STATUSES, { optional: true })
  status?: StartedStatus;

  @EmailFilter()
  email?: string;
}

/** One participant of an event, as the API tells it. */
export class ParticipantDto extends ProgressDto implements ParticipantRow {
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;
}

export const toParticipantDto = ({ email, ...row }: ParticipantRow): ParticipantDto => ({ ...toProgressDto(row), email });

export const toProgressDto = (row: ProgressRow): ProgressDto => ({
  ...row,
  rewards: row.rewards.map(({ name, type, amount, claimed, remaining }) => ({ name, type, amount, claimed, remaining })),
});
