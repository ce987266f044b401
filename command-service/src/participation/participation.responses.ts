import { grantedClaim, type ParticipationState } from '@rewards/domain';
import { Id, NestedList, OneOf, Time } from '@rewards/service-kit/fields';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { RewardResponse, toRewardResponse } from '@rewards/service-kit/resources/reward-event.responses';
import type { ClaimRequest, Participant } from './participation.commands';
import { GrantedClaimResponse } from '@rewards/service-kit/resources/claim.responses';

export class CompletionResponse {
  @Id()
  eventId: string;

  @OneOf(['COMPLETED'])
  status: 'COMPLETED';

  @Time()
  completedAt: string;

  @NestedList(RewardResponse)
  rewards: readonly RewardResponse[];
}

/** @throws Error if the participation does not contain the claim */
export const toGrantedClaimResponse = (
  { eventId, accountId }: Pick<Participant, 'eventId' | 'accountId'>,
  state: ParticipationState,
  { requestId, rewardName }: ClaimRequest,
): GrantedClaimResponse => {
  const claim = grantedClaim(state, requestId);
  if (!claim) throw new Error(`${requestId} was granted, but the participation does not contain the claim`);
  const { type, itemCode = null, target = null, amount, claimed, remaining, at } = claim;
  const claimId = claimIdOf({ eventId, accountId, requestId });
  return { claimId, requestId, eventId, target, rewardName, type, itemCode, amount, claimed, remaining, claimedAt: at };
};

/** @throws Error if the participation is not completed */
export const toCompletionResponse = (state: ParticipationState): CompletionResponse => {
  if (state.status !== 'COMPLETED') throw new Error(`the event was completed, but the participation is ${state.status}`);
  const { eventId, status, completedAt } = state;
  return { eventId, status, completedAt, rewards: state.promised.map(toRewardResponse) };
};
