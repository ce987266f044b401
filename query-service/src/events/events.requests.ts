import { REWARD_EVENT_STATUSES, type RewardEventStatus } from '@rewards/contracts';
import { OneOf, PageQuery } from '@rewards/service-kit/fields';

export class ListEventsQuery extends PageQuery {
  @OneOf(REWARD_EVENT_STATUSES, { optional: true })
  status?: RewardEventStatus;
}
