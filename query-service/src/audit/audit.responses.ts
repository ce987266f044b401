import { ApiProperty } from '@nestjs/swagger';
import { type Actor, type AuditEntry, type Position } from '@rewards/contracts';

/** One domain event. */
export class AuditResponse {
  @ApiProperty({ type: 'string' })
  position: Position;

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

export const toAuditResponse = (fact: AuditEntry): AuditResponse => ({
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
