import { IntersectionType } from '@nestjs/swagger';
import { DELIVERY_STATUSES, type DeliveryStatus } from '@rewards/contracts';
import { CursorQuery, EndTime, Id, OneOf, Time } from '@rewards/service-kit/fields';
import { EmailFilter } from '../accounts/email-filter';
import type { DeliveryFilter } from './deliveries.queries';

export class DeliveryFilterQuery implements DeliveryFilter {
  @OneOf(DELIVERY_STATUSES, { optional: true })
  status?: DeliveryStatus;

  @Id({ optional: true })
  endpointId?: string;

  @Id({ optional: true })
  accountId?: string;

  @EmailFilter()
  email?: string;

  @Id({ optional: true })
  eventId?: string;

  @Time({ optional: true })
  from?: string;

  @EndTime('from')
  to?: string;
}

export class ListDeliveriesQuery extends IntersectionType(CursorQuery, DeliveryFilterQuery) {}
