import { REWARD_TYPES, type RequestedAmount, type RewardType } from '@rewards/contracts';
import { invalid } from '@rewards/service-kit';
import { Amount, Id, Integer, Name, NestedList, OneOf, PathName, RequestId, Time } from '@rewards/service-kit/dto';
import { RewardDto } from '../reward-event/reward-event.dto';

export class ClaimRequestDto {
  static readonly insteadOfList = 'a request claims one reward, so send one request for each reward';

  @RequestId()
  requestId: string;

  @PathName()
  rewardName: string;

  @Amount({ optional: true })
  amount?: number;

  @OneOf([true], { optional: true })
  all?: true;
}

/** @throws Problem VALIDATION_FAILED unless there is either an amount or `all: true` */
export const requestedAmount = ({ amount, all }: ClaimRequestDto): RequestedAmount => {
  if (amount !== undefined && all === undefined) return amount;
  if (amount === undefined && all) return 'all';
  throw invalid({ field: 'amount', message: 'is required unless all is true, and excludes it' });
};

export class ClaimDto {
  @Id()
  claimId: string;

  @RequestId()
  requestId: string;

  @Id()
  eventId: string;

  @Name()
  rewardName: string;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;

  @Integer(1, Number.MAX_SAFE_INTEGER)
  claimed: number;

  @Integer(0, Number.MAX_SAFE_INTEGER)
  remaining: number;

  @Time()
  claimedAt: string;
}

export class CompletionDto {
  @Id()
  eventId: string;

  @OneOf(['COMPLETED'])
  status: 'COMPLETED';

  @Time()
  completedAt: string;

  @NestedList(RewardDto)
  rewards: readonly RewardDto[];
}
