import { PREFIXES, type RecordedOf, type RewardEventEvent, type RewardEventView, searchText } from '@rewards/contracts';
import { changedRewardEvent, createdRewardEvent } from '@rewards/domain';
import type { AnyProjection, ReadModelProjection } from '../runner/projection';

type Change = Exclude<RewardEventEvent, { readonly type: 'RewardEventCreated' }>;

const change = (view: RewardEventView | null, recorded: RecordedOf<Change>): RewardEventView | null => {
  if (view === null) return null;
  const changed = changedRewardEvent(view, recorded);
  return { ...changed, revision: recorded.revision, searchName: searchText(changed.name) };
};

const table = {
  name: 'events',
  prefixes: [PREFIXES.rewardEvent],
  key: ({ stream }) => stream,
  on: {
    RewardEventCreated: (_view, { data, revision, position }) => ({
      ...createdRewardEvent(data),
      createdPosition: position,
      revision,
      searchName: searchText(data.name),
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
} satisfies Partial<ReadModelProjection<RewardEventEvent, 'events'>>;

const indexes = [{ fields: ['createdPosition'] }, { fields: ['deletedAt'] }, { fields: ['publishedAt'] }] as const;

/** Keep the live version of releases whose documents lacked the earlier terms, until this release has filled its own. */
const withoutEarlierTerms = [4, 3].map((tableVersion): AnyProjection => ({ ...table, tableVersion, indexes }));

/** Read model `events`: one document for each reward event. */
export const eventsProjection: ReadModelProjection<RewardEventEvent, 'events'> = {
  ...table,
  tableVersion: 5,
  previous: withoutEarlierTerms,
  indexes: [...indexes, { fields: ['startsAt'] }, { fields: ['endsAt'] }],
};
