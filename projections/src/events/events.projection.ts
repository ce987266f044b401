import { PREFIXES, type RewardEventEvent, type RewardEventView } from '@rewards/contracts';
import type { Projection } from '../runner/projection';

/** Read model `events`: the catalogue as its facts tell it. */
export const eventsProjection: Projection<RewardEventEvent, RewardEventView> = {
  name: 'events',
  version: 1,
  prefixes: [PREFIXES.rewardEvent],
  indexes: [{ fields: ['createdPosition'] }, { fields: ['publishedAt'] }],
  key: ({ stream }) => stream,
  on: {
    RewardEventCreated: (_view, { data, revision, position }) => {
      const { eventId, name, description, startsAt, endsAt, claimsUntil, timeZone, condition, createdBy, at } = data;
      return {
        eventId,
        name,
        description,
        startsAt,
        endsAt,
        claimsUntil,
        timeZone,
        condition,
        rewards: [],
        termsVersion: 1,
        publishedAt: null,
        createdBy,
        createdAt: at,
        createdPosition: position,
        revision,
      };
    },
    RewardAdded: (view, { data, revision }) => view && { ...view, rewards: [...view.rewards, data.reward], revision },
    RewardEventPublished: (view, { data, revision }) => view && { ...view, publishedAt: data.at, revision },
  },
};
