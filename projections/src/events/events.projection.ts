import { PREFIXES, type Reward, type RewardEventEvent, type RewardEventView } from '@rewards/contracts';
import type { Projection } from '../runner/projection';

/** Read model `events`: the catalogue as its facts tell it. */
export const eventsProjection: Projection<RewardEventEvent, RewardEventView> = {
  name: 'events',
  version: 3,
  prefixes: [PREFIXES.rewardEvent],
  indexes: [{ fields: ['createdPosition'] }, { fields: ['deletedAt'] }],
  key: ({ stream }) => stream,
  on: {
    RewardEventCreated: (_view, { data, revision, position }) => {
      const { eventId, name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, createdBy, at } = data;
      return {
        eventId,
        name,
        description,
        startsAt,
        endsAt,
        claimsUntil,
        timeZone,
        ...(dayStartsAt !== undefined && { dayStartsAt }),
        condition,
        rewards: [],
        termsVersion: 1,
        publishedAt: null,
        pausedAt: null,
        deletedAt: null,
        createdBy,
        createdAt: at,
        createdPosition: position,
        revision,
      };
    },
    RewardAdded: (view, { data, revision }) => view && { ...view, rewards: [...view.rewards, data.reward], revision },
    RewardChanged: (view, { data: { name, amount }, revision }) =>
      view && {
        ...withTerms(
          view,
          view.rewards.map((reward) => (reward.name === name ? { ...reward, amount } : reward)),
        ),
        revision,
      },
    RewardWithdrawn: (view, { data, revision }) =>
      view && {
        ...withTerms(
          view,
          view.rewards.filter(({ name }) => name !== data.name),
        ),
        revision,
      },
    RewardEventChanged: (view, { data: { at: _at, ...change }, revision }) => view && { ...view, ...change, revision },
    RewardEventPublished: (view, { data, revision }) => view && { ...view, publishedAt: data.at, revision },
    RewardEventPaused: (view, { data, revision }) => view && { ...view, pausedAt: data.at, revision },
    RewardEventResumed: (view, { revision }) => view && { ...view, pausedAt: null, revision },
    RewardEventEnded: (view, { data: { at }, revision }) =>
      view && { ...view, pausedAt: null, endsAt: at < view.endsAt ? at : view.endsAt, revision },
    RewardEventDeleted: (view, { data, revision }) => view && { ...view, deletedAt: data.at, revision },
    RewardEventRestored: (view, { revision }) => view && { ...view, deletedAt: null, revision },
  },
};

/** Terms of a draft bind nobody yet, so they have no versions. */
const withTerms = (view: RewardEventView, rewards: readonly Reward[]): RewardEventView => ({
  ...view,
  rewards,
  termsVersion: view.publishedAt === null ? view.termsVersion : view.termsVersion + 1,
});
