import { field, Id, QueryText, satisfies } from '@rewards/service-kit/dto';
import { isPosition } from '@rewards/contracts';
import type { AuditStreamFilter } from './audit-fact';

export class AuditStreamQuery implements AuditStreamFilter {
  @field(
    { type: 'string', description: 'Exclusive; from the first fact when it is left out' },
    { optional: true },
    satisfies('isPosition', 'must be a position', (value) => typeof value === 'string' && isPosition(value)),
  )
  after?: string;

  @QueryText(100)
  type?: string;

  @Id({ optional: true })
  accountId?: string;

  @Id({ optional: true })
  eventId?: string;
}
