import { ApiProperty } from '@nestjs/swagger';
import { DOMAIN_EVENT_TYPES, type Actor, type AuditView } from '@rewards/contracts';
import { CursorQuery, EndTime, Id, OneOf, QueryText, Time } from '@rewards/service-kit/dto';
import type { AuditFilter } from './audit.queries';

export class ListAuditQuery extends CursorQuery implements AuditFilter {
  @OneOf(DOMAIN_EVENT_TYPES, { optional: true })
  type?: string;

  @Id({ optional: true })
  accountId?: string;

  @Id({ optional: true })
  eventId?: string;

  @QueryText(100)
  actor?: string;

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

  @ApiProperty({ type: 'object', additionalProperties: true })
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
