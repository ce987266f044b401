import { completionOf, grantedClaim, termsOf, type ParticipationState, type StartedParticipation } from '@rewards/domain';
import { Id, NestedList, OneOf, Time } from '@rewards/service-kit/fields';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import {
  CycleDay,
  MilestoneCount,
  RewardResponse,
  toRewardResponse,
} from '@rewards/service-kit/resources/reward-event.responses';
import type { ClaimRequest, CompletionRequest, Participant } from './participation.commands';
import { GrantedClaimResponse } from '@rewards/service-kit/resources/claim.responses';

export class CompletionResponse {
  @Id()
  eventId: string;

  @CycleDay({ nullable: true })
  cycle: string | null;

  @MilestoneCount()
  milestone: number;

  @OneOf(['COMPLETED'])
  status: 'COMPLETED';

  @Time()
  completedAt: string;

  @NestedList(RewardResponse)
  rewards: readonly RewardResponse[];
}

/** @throws Error if the participation does not contain the claim; UnknownTerms */
export const toGrantedClaimResponse = (
  { event }: Participant,
  state: ParticipationState,
  { requestId, rewardName }: ClaimRequest,
): GrantedClaimResponse => {
  const claim = grantedClaim(state, requestId);
  if (!event || state.status === 'NOT_STARTED' || !claim)
    throw new Error(`${requestId} was granted, but the participation does not contain the claim`);
  const { eventId, accountId, cycle } = state;
  const { type, itemCode = null, target = null, amount, claimed, remaining, at } = claim;
  const claimId = claimIdOf({ eventId, cycle, accountId, requestId });
  const milestone = claim.milestone ?? lastCount(state, event);
  const units = { amount, claimed, remaining };
  return { claimId, requestId, eventId, cycle, milestone, target, rewardName, type, itemCode, ...units, claimedAt: at };
};

/** @throws Error if the milestone is not completed; UnknownTerms */
export const toCompletionResponse = (
  { event }: Participant,
  state: ParticipationState,
  request: CompletionRequest,
): CompletionResponse => {
  if (!event || state.status === 'NOT_STARTED') throw new Error('the milestone was completed, but there is no participation');
  const { eventId, cycle } = state;
  const last = lastCount(state, event);
  const { milestone = last } = request;
  const completion = completionOf(state, milestone === last ? undefined : milestone);
  if (!completion) throw new Error(`the milestone at ${milestone} was completed, but the participation does not contain it`);
  const { completedAt, balances } = completion;
  return { eventId, cycle, milestone, status: 'COMPLETED', completedAt, rewards: balances.map(toRewardResponse) };
};

const lastCount = ({ termsVersion }: StartedParticipation, event: NonNullable<Participant['event']>): number =>
  termsOf(event, termsVersion).condition.count;
