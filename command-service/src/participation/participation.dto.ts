import { REWARD_TYPES, type RewardType } from '@rewards/contracts';
import { grantedClaim, type ParticipationState } from '@rewards/domain';
import { invalid } from '@rewards/service-kit';
import { Amount, Id, Integer, Name, NestedList, OneOf, PathName, RequestId, Time } from '@rewards/service-kit/dto';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { RewardDto } from '../reward-event/reward-event.dto';
import type { ClaimRequest, Player } from './participation.commands';

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
export const toClaimRequest = ({ requestId, rewardName, amount, all }: ClaimRequestDto): ClaimRequest => {
  if ((amount === undefined) === (all === undefined))
    throw invalid({ field: 'amount', message: 'is required unless all is true, and excludes it' });
  return { requestId, rewardName, requested: amount ?? 'all' };
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

/** @throws Error for a participation without the claim */
export const toClaimDto = (
  { eventId, accountId }: Pick<Player, 'eventId' | 'accountId'>,
  state: ParticipationState,
  { requestId, rewardName }: ClaimRequest,
): ClaimDto => {
  const claim = grantedClaim(state, requestId);
  if (!claim) throw new Error(`${requestId} was granted, yet the participation has no such claim`);
  const { type, amount, claimed, remaining, at } = claim;
  const claimId = claimIdOf({ eventId, accountId, requestId });
  return { claimId, requestId, eventId, rewardName, type, amount, claimed, remaining, claimedAt: at };
};

/** @throws Error for a participation that is not completed */
export const toCompletionDto = (state: ParticipationState): CompletionDto => {
  if (state.status !== 'COMPLETED') throw new Error(`the event was completed, yet the participation is ${state.status}`);
  const { eventId, status, completedAt } = state;
  const rewards = state.promised.map(({ name, type, amount }) => ({ name, type, amount }));
  return { eventId, status, completedAt, rewards };
};
