import { IntersectionType } from '@nestjs/swagger';
import { MAX_COUNT, REASONS, type ClaimView } from '@rewards/contracts';
import { CursorQuery, EndTime, Id, OneOf, PathName, QueryInteger, satisfies, Time } from '@rewards/service-kit/fields';
import { EmailFilter } from '../accounts/email-filter';
import type { ClaimFilter } from './claims.queries';
import { CLAIM_STATUSES, RecordedRequestId } from '@rewards/service-kit/resources/claim.responses';
import { CycleDay } from '@rewards/service-kit/resources/reward-event.responses';

export class ListOwnClaimsQuery extends CursorQuery {
  @Id({ optional: true })
  eventId?: string;
}

export class ClaimFilterQuery implements ClaimFilter {
  @Id({ optional: true })
  eventId?: string;

  @CycleDay({ optional: true })
  cycle?: string;

  @QueryInteger(1, MAX_COUNT, undefined, 'Count of a milestone, the last one included')
  milestone?: number;

  @EmailFilter()
  email?: string;

  @Id({ optional: true })
  accountId?: string;

  @RecordedRequestId({ optional: true })
  requestId?: string;

  @PathName({ optional: true })
  rewardName?: string;

  @OneOf(CLAIM_STATUSES, { optional: true })
  status?: ClaimView['status'];

  @OneOf(REASONS, { optional: true })
  @satisfies(
    'isOfFailure',
    'must be omitted with status=SUCCESS: a granted claim has no reason',
    (_value, { status }) => status !== 'SUCCESS',
  )
  reason?: string;

  @Time({ optional: true })
  from?: string;

  @EndTime('from')
  to?: string;
}

export class ListClaimsQuery extends IntersectionType(CursorQuery, ClaimFilterQuery) {}
