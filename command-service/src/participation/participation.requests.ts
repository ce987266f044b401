import { reject } from '@rewards/domain';
import { Amount, OneOf, PathName, RequestId } from '@rewards/service-kit/fields';
import { CycleDay, MilestoneCount } from '@rewards/service-kit/resources/reward-event.responses';
import { Target } from '@rewards/service-kit/resources/claim.responses';
import { ExactlyOneOf } from '@rewards/service-kit/open-api';
import type { ClaimRequest } from './participation.commands';

/** What a player completes: by default the last milestone, in the cycle of the current time. */
export class CompletionBody {
  @MilestoneCount({ optional: true })
  milestone?: number;

  @CycleDay({ optional: true })
  cycle?: string;
}

@ExactlyOneOf('amount', 'all')
export class ClaimBody {
  static readonly insteadOfList = 'a request claims one reward, so send one request for each reward';

  @RequestId()
  requestId: string;

  @PathName()
  rewardName: string;

  @Amount({ optional: true })
  amount?: number;

  @OneOf([true], { optional: true })
  all?: true;

  @MilestoneCount({ optional: true })
  milestone?: number;

  @CycleDay({ optional: true })
  cycle?: string;

  /** Where the game should put the units, such as a character or world. */
  @Target({ optional: true })
  target?: string | null;
}

/** @throws Rejected INVALID_FIELDS unless there is either an amount or `all: true` */
export const toClaimRequest = ({ amount, all, target, ...request }: ClaimBody): ClaimRequest => {
  if ((amount === undefined) === (all === undefined))
    reject('INVALID_FIELDS', {
      errors: [{ field: 'amount', message: 'is required, unless all is true; then it must be omitted' }],
    });
  return { ...request, requested: amount ?? 'all', ...(target != null && { target }) };
};
