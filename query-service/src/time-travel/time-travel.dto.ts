import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isToken, PARTICIPATION_STATUSES, type Condition, type ParticipationStatus } from '@rewards/contracts';
import { untouched, type GrantedClaim, type CountedLogin, type ParticipationState } from '@rewards/domain';
import { NO_STREAM, type UnreadableEvent } from '@rewards/event-store';
import { field, parseTime, satisfies } from '@rewards/service-kit/dto';
import { ConditionDto } from '../events/events.dto';
import { RewardBalanceDto } from '../participations/participations.dto';
import { LOGIN_REASONS, type LoginReason } from './explain';
import { timeOf } from './recorded-by';
import type { AsOf, ExplainedParticipation, PastParticipation } from './time-travel.queries';

export class AsOfQuery {
  @field(
    { type: 'string', description: 'A time (ISO 8601 with its offset), a position or an X-Position. Default: now' },
    { optional: true },
    satisfies(
      'isAsOf',
      'must be an ISO 8601 time with its offset, a position of the log or the X-Position of an answer',
      (value) => (typeof value === 'string' && isToken(value)) || parseTime(value) !== null,
    ),
  )
  asOf?: string;
}

export const toAsOf = ({ asOf }: AsOfQuery): AsOf => {
  if (asOf === undefined) return null;
  const time = parseTime(asOf);
  return time === null ? { place: asOf } : { time };
};

export class PastStateDto {
  @ApiProperty({ enum: PARTICIPATION_STATUSES })
  status: ParticipationStatus;

  @ApiPropertyOptional({ type: 'integer' })
  progress?: number;

  @ApiPropertyOptional({ type: 'integer' })
  required?: number;

  @ApiPropertyOptional({ type: ConditionDto })
  condition?: Condition;

  @ApiPropertyOptional({ type: 'integer' })
  termsVersion?: number;

  @ApiPropertyOptional({ type: RewardBalanceDto, isArray: true })
  rewards?: readonly RewardBalanceDto[];

  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  logins?: readonly CountedLogin[];

  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true })
  completedAt?: string | null;

  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  claims?: readonly GrantedClaim[];
}

export class FactDto {
  @ApiProperty({ type: 'string' })
  type: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer' })
  revision: number;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  data: unknown;
}

export class UnreadableEventDto implements UnreadableEvent {
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
  type: UnreadableEventDto,
  isArray: true,
  description: 'Events that this version of the service cannot read; left out if there are none',
} as const;

/** A participation as its facts tell it, as the API answers it. */
export class PastParticipationDto {
  @ApiProperty({ type: PastStateDto })
  state: PastStateDto;

  @ApiProperty({ type: FactDto, isArray: true })
  facts: readonly FactDto[];

  @ApiProperty({ type: 'integer', description: 'Of the last fact; -1 where there is none' })
  revision: number;

  @ApiPropertyOptional({ ...UNREADABLE, description: `${UNREADABLE.description}. \`state\` is that before the first of them` })
  unreadable?: readonly UnreadableEventDto[];
}

export const toPastParticipationDto = ({ state, events, unreadable }: PastParticipation): PastParticipationDto => ({
  state: toStateDto(state),
  facts: events.map((event) => ({ type: event.type, at: timeOf(event), revision: event.revision, data: event.data })),
  revision: events.at(-1)?.revision ?? NO_STREAM,
  ...(unreadable.length > 0 && { unreadable }),
});

const toStateDto = (state: ParticipationState): PastStateDto => {
  if (state.status === 'NOT_STARTED') return { status: state.status };
  const { status, progress, condition, termsVersion, rewards, logins } = state;
  return {
    status,
    progress,
    required: condition.count,
    condition,
    termsVersion,
    rewards: state.status === 'COMPLETED' ? state.balances : rewards.map(untouched),
    logins: logins.values(),
    completedAt: state.status === 'COMPLETED' ? state.completedAt : null,
    claims: state.status === 'COMPLETED' ? state.claims.values() : [],
  };
};

export class CompletionDto {
  @ApiProperty({ type: 'boolean' })
  allowed: boolean;

  @ApiProperty({ type: 'string', nullable: true })
  code: string | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class ClaimableDto {
  @ApiProperty({ type: 'string' })
  rewardName: string;

  @ApiProperty({ type: 'boolean' })
  allowed: boolean;

  @ApiProperty({ type: 'string', nullable: true })
  code: string | null;

  @ApiProperty({ type: 'integer' })
  remaining: number;
}

export class JudgedLoginDto {
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

/** Why a player can or cannot complete or claim, as the API answers it. */
export class ExplanationDto implements ExplainedParticipation {
  @ApiProperty({ type: CompletionDto })
  completion: CompletionDto;

  @ApiProperty({ type: ClaimableDto, isArray: true })
  claims: readonly ClaimableDto[];

  @ApiProperty({ type: JudgedLoginDto, isArray: true })
  logins: readonly JudgedLoginDto[];

  @ApiPropertyOptional(UNREADABLE)
  unreadable?: readonly UnreadableEventDto[];
}
