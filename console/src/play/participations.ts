import { currentCycle } from '@rewards/domain/cycles';
import type { ListedEvent, Participation } from './rewards';

/** Whether the player can complete a milestone, or claim rewards of the last one. Rows do not show the rewards of earlier ones. */
export const hasRewardsToTake = ({ milestones, rewards, status }: Participation): boolean =>
  milestones.some((milestone) => milestone.status === 'ELIGIBLE') ||
  (status === 'COMPLETED' && rewards.some(({ remaining }) => remaining > 0));

/** The participation in the event, or in its current cycle. @param now ISO 8601 UTC */
export const currentOf = (
  event: Pick<ListedEvent, 'cycle' | 'startsAt' | 'endsAt' | 'timeZone' | 'dayStartsAt'>,
  own: readonly Participation[],
  now: string,
): Participation | undefined => {
  const cycle = event.cycle === null ? null : currentCycle(event.cycle, now, event);
  return own.find((each) => each.cycle === cycle);
};
