import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { REASONS, REWARD_TYPES, type ClaimView, type RewardType, type Position } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { CursorQuery, EndTime, Id, OneOf, PathName, RequestId, satisfies, Time } from '@rewards/service-kit/dto';
import { EmailFilter } from '../accounts/email-filter';
import type { ClaimFilter, ClaimRow } from './claims.queries';

const CLAIM_STATUSES = ['SUCCESS', 'FAILURE'] as const satisfies readonly ClaimView['status'][];

export class ListOwnClaimsQuery extends CursorQuery {
  @Id({ optional: true })
  eventId?: string;
}

export class ClaimFilterQuery implements ClaimFilter {
  @Id({ optional: true })
  eventId?: string;

  @EmailFilter()
  email?: string;

  @Id({ optional: true })
  accountId?: string;

  @RequestId({ optional: true })
  requestId?: string;

  @PathName({ optional: true })
  rewardName?: string;

  @OneOf(CLAIM_STATUSES, { optional: true })
  status?: ClaimView['status'];

  @OneOf(REASONS, { optional: true })
  @satisfies(
    'isOfFailure',
    'must not be given with status=SUCCESS: a granted claim has none',
    (_value, { status }) => status !== 'SUCCESS',
  )
  reason?: string;

  @Time({ optional: true })
  from?: string;

  @EndTime('from')
  to?: string;
}

export class ListClaimsQuery extends IntersectionType(CursorQuery, ClaimFilterQuery) {}

/** One claim request of the caller, as the API tells it. */
export class OwnClaimDto {
  @ApiProperty({ type: 'string' })
  requestId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty({ type: 'string' })
  rewardName: string;

  @ApiProperty({ enum: REWARD_TYPES, nullable: true })
  type: RewardType | null;

  @ApiProperty({ type: 'integer', nullable: true })
  amount: number | null;

  @ApiProperty({ enum: CLAIM_STATUSES })
  status: ClaimView['status'];

  @ApiProperty({ type: 'string', nullable: true })
  reason: string | null;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string' })
  position: Position;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  claimId: string | null;
}

/** One recorded claim request, as the API tells it. */
export class ClaimDto extends OwnClaimDto {
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;
}

export const toOwnClaimDto = (view: ClaimView): OwnClaimDto => ({
  requestId: view.requestId,
  eventId: view.eventId,
  accountId: view.accountId,
  rewardName: view.rewardName,
  type: view.type,
  amount: view.amount,
  status: view.status,
  reason: view.reason,
  at: view.at,
  position: view.position,
  claimId: claimIdIn(view),
});

/** Documents of an earlier table have no claimId, which follows from what they say. */
const claimIdIn = (view: ClaimView): string | null => (view.status === 'SUCCESS' ? (view.claimId ?? claimIdOf(view)) : null);

export const toClaimDto = (row: ClaimRow): ClaimDto => {
  const { requestId, eventId, accountId, ...rest } = toOwnClaimDto(row);
  return { requestId, eventId, accountId, email: row.email, ...rest };
};
