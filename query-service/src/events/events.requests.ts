import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { REWARD_EVENT_STATUSES, type RewardEventStatus } from '@rewards/contracts';
import { EndTime, Name, OneOf, PageQuery, Time } from '@rewards/service-kit/fields';

/** How a list of events can be sorted. By default, the newest come first. */
export const EVENT_ORDERS = ['startsAt', 'endsAt', '-startsAt', '-endsAt'] as const;
export type EventOrder = (typeof EVENT_ORDERS)[number];

const described = (description: string, field: PropertyDecorator) => applyDecorators(field, ApiPropertyOptional({ description }));

export class ListEventsQuery extends PageQuery {
  @OneOf(REWARD_EVENT_STATUSES, { optional: true })
  status?: RewardEventStatus;

  @described('A part of the name, in upper or lower case', Name({ optional: true }))
  q?: string;

  @described('Selects events whose window ends after this time', Time({ optional: true }))
  from?: string;

  @described('Selects events whose window begins before this time', EndTime('from'))
  to?: string;

  @described('By default, the newest come first; `-` sorts in descending order', OneOf(EVENT_ORDERS, { optional: true }))
  sort?: EventOrder;
}
