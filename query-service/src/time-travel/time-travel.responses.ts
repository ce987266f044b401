import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  PARTICIPATION_STATUSES,
  type Condition,
  type ParticipationStatus,
  type RecordedEvent,
  type RewardEventRecord,
  type Terms,
} from '@rewards/contracts';
import { completionOf, type CountedLogin, type GrantedClaim, type StartedParticipation } from '@rewards/domain';
import type { UnreadableEvent } from '@rewards/event-store';
import { ConditionResponse, CycleDay, MilestoneCount } from '@rewards/service-kit/resources/reward-event.responses';
import {
  RewardBalanceResponse,
  RewardedMilestoneResponse,
  toRewardedMilestoneResponse,
} from '../participations/participations.responses';
import { toMilestoneRows } from '../participations/progress-row';
import { LOGIN_REASONS, type ExplainedMilestone, type LoginReason } from './explain';
import { MAX_ROWS_BYTES, takeWithin } from '../read-models/page';
import { timeOf } from './recorded-by';
import type { ExplainedParticipation, PastParticipation } from './time-travel.queries';

/** Maximum length of each list in a response that has no pages: it contains the newest, and the number of those omitted. */
export const MAX_LISTED = 1_000;
const MAX_UNREADABLE = 100;
const NEWEST_OBJECTS = { type: 'array', items: { type: 'object', additionalProperties: true } } as const;

export class PastStateResponse {
  @ApiProperty({ enum: PARTICIPATION_STATUSES, description: 'Of the last milestone' })
  status: ParticipationStatus;

  @CycleDay({ nullable: true })
  cycle: string | null;

  @ApiPropertyOptional({ type: 'integer' })
  progress?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Count of the last milestone' })
  required?: number;

  @ApiPropertyOptional({ type: ConditionResponse })
  condition?: Condition;

  @ApiPropertyOptional({ type: 'integer' })
  termsVersion?: number;

  @ApiPropertyOptional({
    type: RewardBalanceResponse,
    isArray: true,
    description: 'Of the last milestone: what its completion promised, or would have promised then',
  })
  rewards?: readonly RewardBalanceResponse[];

  @ApiPropertyOptional({
    type: RewardedMilestoneResponse,
    isArray: true,
    description: 'All milestones, ascending, the last one included',
  })
  milestones?: readonly RewardedMilestoneResponse[];

  @ApiPropertyOptional({ ...NEWEST_OBJECTS, description: `The counted logins; at most the newest ${MAX_LISTED}` })
  logins?: readonly CountedLogin[];

  @ApiPropertyOptional({ type: 'integer', description: 'Number of older logins; left out if there are none' })
  omittedLogins?: number;

  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true })
  completedAt?: string | null;

  @ApiPropertyOptional({ ...NEWEST_OBJECTS, description: `The granted claims; at most the newest ${MAX_LISTED}` })
  claims?: readonly GrantedClaim[];

  @ApiPropertyOptional({ type: 'integer', description: 'Number of older claims; left out if there are none' })
  omittedClaims?: number;
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
  description: `Events that this version of the service cannot read, at most ${MAX_UNREADABLE}; left out if there are none`,
} as const;

export class FactsPageResponse {
  @ApiProperty({ type: 'integer' })
  limit: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The `fromRevision` of the next page; null on the last page' })
  next: number | null;
}

/** A participation, folded from its domain events. */
export class PastParticipationResponse {
  @ApiProperty({ type: PastStateResponse })
  state: PastStateResponse;

  @ApiProperty({ type: FactResponse, isArray: true, description: 'One page of its events. `state` is folded from all of them' })
  facts: readonly FactResponse[];

  @ApiProperty({ type: 'integer', description: 'Revision of the last event, on any page; -1 if there is none' })
  revision: number;

  @ApiProperty({ type: FactsPageResponse })
  page: FactsPageResponse;

  @ApiPropertyOptional({ ...UNREADABLE, description: `${UNREADABLE.description}. \`state\` is that before the first of them` })
  unreadable?: readonly UnreadableEventResponse[];
}

export const toPastParticipationResponse = (past: PastParticipation): PastParticipationResponse => {
  const { revision, events, page, unreadable } = past;
  const state = toPastStateResponse(past);
  const facts = takeWithin(MAX_ROWS_BYTES - Buffer.byteLength(JSON.stringify(state)), events, toFactResponse);
  const last = facts.at(-1)?.revision ?? revision;
  return {
    state,
    facts,
    revision,
    page: { limit: page.limit, next: last < revision ? last + 1 : null },
    ...(unreadable.length > 0 && { unreadable: unreadable.slice(0, MAX_UNREADABLE) }),
  };
};

const toFactResponse = (event: RecordedEvent): FactResponse => ({
  type: event.type,
  at: timeOf(event),
  revision: event.revision,
  data: event.data,
});

const toPastStateResponse = ({ state, cycle, terms, event }: PastParticipation): PastStateResponse => {
  if (state.status === 'NOT_STARTED') return { status: state.status, cycle };
  const { status, progress, termsVersion } = state;
  const logins = state.logins.values();
  const claims = state.claims.values();
  const [omittedLogins, omittedClaims] = [omittedFrom(logins), omittedFrom(claims)];
  const milestones = terms && toMilestonesOf(state, terms, event);
  return {
    status,
    cycle,
    progress,
    ...(terms && { required: terms.condition.count, condition: terms.condition }),
    termsVersion,
    ...(milestones && { rewards: milestones.at(-1)?.rewards ?? [], milestones }),
    logins: newest(logins),
    ...(omittedLogins > 0 && { omittedLogins }),
    completedAt: completionOf(state)?.completedAt ?? null,
    claims: newest(claims),
    ...(omittedClaims > 0 && { omittedClaims }),
  };
};

const toMilestonesOf = (state: StartedParticipation, terms: Terms, event: RewardEventRecord) =>
  toMilestoneRows(terms, event, state.progress, (key) => {
    const completion = completionOf(state, key);
    return completion && { completedAt: completion.completedAt, rewards: completion.balances };
  }).map(toRewardedMilestoneResponse);

const newest = <Item>(items: readonly Item[]): readonly Item[] => items.slice(-MAX_LISTED);
const omittedFrom = (items: readonly unknown[]): number => Math.max(0, items.length - MAX_LISTED);

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

export class ExplainedMilestoneResponse implements ExplainedMilestone {
  @MilestoneCount()
  count: number;

  @ApiProperty({ type: CompletableResponse })
  completion: CompletableResponse;

  @ApiProperty({ type: ClaimableResponse, isArray: true })
  claims: readonly ClaimableResponse[];
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

  @ApiProperty({ enum: LOGIN_REASONS, nullable: true, description: 'The first reason that applies' })
  reason: LoginReason | null;
}

/** Why a player can or cannot complete or claim. */
export class ExplanationResponse implements ExplainedParticipation {
  @ApiProperty({ type: CompletableResponse, description: 'Of the last milestone' })
  completion: CompletableResponse;

  @ApiProperty({
    type: ExplainedMilestoneResponse,
    isArray: true,
    description: 'All milestones, ascending, the last one included',
  })
  milestones: readonly ExplainedMilestoneResponse[];

  @ApiProperty({ type: ClaimableResponse, isArray: true, description: 'Of the last milestone' })
  claims: readonly ClaimableResponse[];

  @ApiProperty({ type: JudgedLoginResponse, isArray: true, description: `By time; at most the newest ${MAX_LISTED}` })
  logins: readonly JudgedLoginResponse[];

  @ApiPropertyOptional({ type: 'integer', description: 'Number of older logins; left out if there are none' })
  omittedLogins?: number;

  @ApiPropertyOptional(UNREADABLE)
  unreadable?: readonly UnreadableEventResponse[];
}

export const toExplanationResponse = ({ logins, unreadable, ...rest }: ExplainedParticipation): ExplanationResponse => ({
  ...rest,
  logins: newest(logins),
  ...(omittedFrom(logins) > 0 && { omittedLogins: omittedFrom(logins) }),
  ...(unreadable && { unreadable: unreadable.slice(0, MAX_UNREADABLE) }),
});
