import { ApiProperty } from '@nestjs/swagger';
import { DOMAIN_EVENT_TYPES, type Actor, type AuditView } from '@rewards/contracts';
import { CursorQuery, EndTime, field, Id, OneOf, satisfies, Time } from '@rewards/service-kit/dto';
import type { AuditFilter } from './audit.queries';

/** Trace of the request that led to a domain event, as the `traceId` of its answer says. */
const TraceId = () =>
  field(
    { type: 'string', pattern: TRACE_ID.source },
    { optional: true },
    satisfies(
      'isTraceId',
      'must be the traceId of an answer: 32 lower-case hexadecimal digits',
      (value) => typeof value === 'string' && TRACE_ID.test(value),
    ),
  );

const TRACE_ID = /^[0-9a-f]{32}$/;

const ACTOR = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z][a-z:-]{0,99})$/;

/** An account, or what acted on its own. */
const ActorId = () =>
  field(
    { type: 'string', pattern: ACTOR.source, example: 'command-service' },
    { optional: true },
    satisfies(
      'isActorId',
      'must be the id of an account or the name of a service, such as command-service',
      (value) => typeof value === 'string' && ACTOR.test(value),
    ),
  );

export class ListAuditQuery extends CursorQuery implements AuditFilter {
  @OneOf(DOMAIN_EVENT_TYPES, { optional: true })
  type?: string;

  @Id({ optional: true })
  accountId?: string;

  @Id({ optional: true })
  eventId?: string;

  @ActorId()
  actor?: string;

  @TraceId()
  traceId?: string;

  @Time({ optional: true })
  from?: string;

  @EndTime('from')
  to?: string;
}

/** One recorded fact, as the API tells it. */
export class AuditDto {
  @ApiProperty({ type: 'string' })
  position: string;

  @ApiProperty({ type: 'string' })
  stream: string;

  @ApiProperty({ type: 'integer' })
  revision: number;

  @ApiProperty({ type: 'string' })
  type: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { service: 'command-service' } })
  actor: Actor;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  accountId: string | null;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  eventId: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  data: unknown;

  @ApiProperty({ type: 'string' })
  correlationId: string;

  @ApiProperty({ type: 'string', nullable: true })
  causationId: string | null;
}

export const toAuditDto = (fact: AuditView): AuditDto => ({
  position: fact.position,
  stream: fact.stream,
  revision: fact.revision,
  type: fact.type,
  at: fact.at,
  actor: fact.actor,
  accountId: fact.accountId,
  eventId: fact.eventId,
  data: fact.data,
  correlationId: fact.correlationId,
  causationId: fact.causationId,
});
