import type { RecordedEvent, Position } from '@rewards/contracts';
import type { RewardEvents, RewardEventState } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import type { Lists, Row } from '../saved-state';

const EVENTS = 'events';
const UNREADABLE = 'unreadable';

/** Returns the rows of a saved state that hold reward events. @param unreadable streams that could not be folded completely */
export const rewardEventLists = (events: RewardEvents, unreadable: ReadonlySet<string>): Lists => ({
  [EVENTS]: events.entries(),
  [UNREADABLE]: [...unreadable].map((stream): Row => [stream, null]),
});

/**
 * Restores reward events from a saved state. A stream that could not be folded is read again, because this version may be able to.
 * @param onUnreadable called with the first domain event that cannot be folded, and the error
 */
export const restoreRewardEvents = async (
  lists: Lists,
  position: Position,
  events: RewardEvents,
  store: Pick<EventStore, 'readStream'>,
  onUnreadable: (recorded: RecordedEvent, error: unknown) => Promise<void> | void,
): Promise<void> => {
  for (const [stream, state] of lists[EVENTS] ?? []) events.set(stream, state as RewardEventState);
  for (const [stream] of lists[UNREADABLE] ?? []) {
    events.set(stream, { situation: 'missing' });
    for (const recorded of await store.readStream(stream)) {
      if (recorded.position > position) break;
      try {
        events.fold(recorded);
      } catch (error) {
        await onUnreadable(recorded, error);
        break;
      }
    }
  }
};
