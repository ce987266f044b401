import { PREFIXES, type RecordedOf, type RewardEventEvent, type RewardEventView } from '@rewards/contracts';
import { changedRewardEvent, createdRewardEvent } from '@rewards/domain';
import type { ReadModelProjection } from '../runner/projection';

type Change = Exclude<RewardEventEvent, { readonly type: 'RewardEventCreated' }>;

const change = (view: RewardEventView | null, recorded: RecordedOf<Change>): RewardEventView | null =>
  view && { ...changedRewardEvent(view, recorded), revision: recorded.revision };

/** Read model `events`: one document for each reward event. */
export const eventsProjection: ReadModelProjection<RewardEventEvent, 'events'> = {
  name: 'events',
  tableVersion: 4,
  prefixes: [PREFIXES.rewardEvent],
  indexes: [{ fields: ['createdPosition'] }, { fields: ['deletedAt'] }, { fields: ['publishedAt'] }],
  key: ({ stream }) => stream,
  on: {
    RewardEventCreated: (_view, { data, revision, position }) => ({
      ...createdRewardEvent(data),
      createdPosition: position,
      revision,
    }),
    RewardAdded: change,
    RewardChanged: change,
    RewardWithdrawn: change,
    RewardHeld: change,
    RewardReleased: change,
    RewardEventChanged: change,
    RewardEventPublished: change,
    RewardEventUnpublished: change,
    RewardEventPaused: change,
    RewardEventResumed: change,
    RewardEventEnded: change,
    RewardEventDeleted: change,
    RewardEventRestored: change,
  },
};
