import { field, Id, OneOf, satisfies } from '@rewards/service-kit/fields';
import { DOMAIN_EVENT_TYPES, isToken } from '@rewards/contracts';
import type { AuditStreamFilter } from './audit-fact';

export class AuditStreamQuery implements AuditStreamFilter {
  @field(
    { type: 'string', description: 'A position of the log or an X-Position, exclusive. Default: the start of the log' },
    { optional: true },
    satisfies(
      'isPosition',
      'must be a position of the log or the X-Position of an answer',
      (value) => typeof value === 'string' && isToken(value),
    ),
  )
  after?: string;

  @OneOf(DOMAIN_EVENT_TYPES, { optional: true })
  type?: string;

  @Id({ optional: true })
  accountId?: string;

  @Id({ optional: true })
  eventId?: string;
}
