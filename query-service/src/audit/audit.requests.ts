import { IntersectionType } from '@nestjs/swagger';
import { DOMAIN_EVENT_TYPES } from '@rewards/contracts';
import { CursorQuery, EndTime, field, Id, OneOf, satisfies, Time } from '@rewards/service-kit/fields';
import type { AuditFilter } from './audit.queries';

/** Declares a filter by the trace of the request that led to a domain event, which is the `traceId` of its response. */
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

/** Declares a filter by an account or a service. */
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

export class AuditFilterQuery implements AuditFilter {
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

export class ListAuditQuery extends IntersectionType(CursorQuery, AuditFilterQuery) {}
