import { CycleDay } from '@rewards/service-kit/resources/reward-event.responses';

export class StatisticsQuery {
  @CycleDay({ optional: true })
  cycle?: string;
}
