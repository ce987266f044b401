import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PARTICIPATION_STATUSES, untouched, type Condition, type ParticipationStatus } from '@rewards/contracts';
import { type GrantedClaim, type CountedLogin, type ParticipationState } from '@rewards/domain';
import { NO_STREAM, type UnreadableEvent } from '@rewards/event-store';
import { ConditionResponse } from '@rewards/service-kit/resources/reward-event.responses';
import { RewardBalanceResponse, toRewardBalanceResponse } from '../participations/participations.responses';
import { LOGIN_REASONS, type LoginReason } from './explain';
import { timeOf } from './recorded-by';
import type { ExplainedParticipation, PastParticipation } from './time-travel.queries';

export class PastStateResponse {
  @ApiProperty({ enum: PARTICIPATION_STATUSES })
  status: ParticipationStatus;

  @ApiPropertyOptional({ type: 'integer' })
  progress?: number;

  @ApiPropertyOptional({ type: 'integer' })
  required?: number;

  @ApiPropertyOptional({ type: ConditionResponse })
  condition?: Condition;

  @ApiPropertyOptional({ type: 'integer' })
  termsVersion?: number;

  @ApiPropertyOptional({ type: RewardBalanceResponse, isArray: true })
  rewards?: readonly RewardBalanceResponse[];

  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  logins?: readonly CountedLogin[];

  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true })
  completedAt?: string | null;

  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  claims?: readonly GrantedClaim[];
}

export class FactResponse {
  @ApiProperty({ type: 'string' })
  type: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer' })
  revision: number;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  data: unknown;
}

export class UnreadableEventResponse implements UnreadableEvent {
  @ApiProperty({ type: 'string' })
  stream: string;

  @ApiProperty({ type: 'integer' })
  revision: number;

  @ApiProperty({ type: 'string' })
  type: string;

  @ApiProperty({ type: 'string' })
  message: string;
}

const UNREADABLE = {
  type: UnreadableEventResponse,
  isArray: true,
  description: 'Events that this version of the service cannot read; left out if there are none',
} as const;

/** A participation, folded from its domain events. */
export class PastParticipationResponse {
  @ApiProperty({ type: PastStateResponse })
  state: PastStateResponse;

  @ApiProperty({ type: FactResponse, isArray: true })
  facts: readonly FactResponse[];

  @ApiProperty({ type: 'integer', description: 'Revision of the last event; -1 if there is none' })
  revision: number;

  @ApiPropertyOptional({ ...UNREADABLE, description: `${UNREADABLE.description}. \`state\` is that before the first of them` })
  unreadable?: readonly UnreadableEventResponse[];
}

export const toPastParticipationResponse = ({ state, events, unreadable }: PastParticipation): PastParticipationResponse => ({
  state: toPastStateResponse(state),
  facts: events.map((event) => ({ type: event.type, at: timeOf(event), revision: event.revision, data: event.data })),
  revision: events.at(-1)?.revision ?? NO_STREAM,
  ...(unreadable.length > 0 && { unreadable }),
});

const toPastStateResponse = (state: ParticipationState): PastStateResponse => {
  if (state.status === 'NOT_STARTED') return { status: state.status };
  const { status, progress, condition, termsVersion, rewards, logins } = state;
  return {
    status,
    progress,
    required: condition.count,
    condition,
    termsVersion,
    rewards: (state.status === 'COMPLETED' ? state.balances : rewards.map(untouched)).map(toRewardBalanceResponse),
    logins: logins.values(),
    completedAt: state.status === 'COMPLETED' ? state.completedAt : null,
    claims: state.status === 'COMPLETED' ? state.claims.values() : [],
  };
};

export class CompletableResponse {
  @ApiProperty({ type: 'boolean' })
  allowed: boolean;

  @ApiProperty({ type: 'string', nullable: true })
  code: string | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class ClaimableResponse {
  @ApiProperty({ type: 'string' })
  rewardName: string;

  @ApiProperty({ type: 'boolean' })
  allowed: boolean;

  @ApiProperty({ type: 'string', nullable: true })
  code: string | null;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

export class JudgedLoginResponse {
  @ApiProperty({ type: 'string' })
  loginId: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string', format: 'date', nullable: true, description: 'Null while the time zone is unknown' })
  day: string | null;

  @ApiProperty({ type: 'boolean' })
  counted: boolean;

  @ApiProperty({ enum: LOGIN_REASONS, nullable: true })
  reason: LoginReason | null;
}

/** Why a player can or cannot complete or claim. */
export class ExplanationResponse implements ExplainedParticipation {
  @ApiProperty({ type: CompletableResponse })
  completion: CompletableResponse;

  @ApiProperty({ type: ClaimableResponse, isArray: true })
  claims: readonly ClaimableResponse[];

  @ApiProperty({ type: JudgedLoginResponse, isArray: true })
  logins: readonly JudgedLoginResponse[];

  @ApiPropertyOptional(UNREADABLE)
  unreadable?: readonly UnreadableEventResponse[];
}
