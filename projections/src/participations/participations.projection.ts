import { PREFIXES, untouched, type ParticipationEvent } from '@rewards/contracts';
import { afterClaim, statusWhen } from '@rewards/domain';
import type { ReadModelProjection } from '../runner/projection';

/** Read model `participations`: one document for each participation, with its progress and the balances of its rewards. */
export const participationsProjection: ReadModelProjection<ParticipationEvent, 'participations'> = {
  name: 'participations',
  tableVersion: 1,
  prefixes: [PREFIXES.participation],
  indexes: [
    { fields: ['accountId', 'startedPosition'] },
    { fields: ['eventId', 'startedPosition'] },
    { fields: ['eventId', 'status', 'startedPosition'] },
  ],
  key: ({ stream }) => stream,
  on: {
    ParticipationStarted: (_view, { data, position }) => ({
      eventId: data.eventId,
      accountId: data.accountId,
      status: 'IN_PROGRESS',
      progress: 0,
      condition: data.condition,
      termsVersion: data.termsVersion,
      rewards: data.rewards.map(untouched),
      completedAt: null,
      startedPosition: position,
    }),
    LoginCounted: (view, { data }) =>
      view && {
        ...view,
        progress: data.progress,
        status: view.status === 'COMPLETED' ? view.status : statusWhen(data.conditionMet),
      },
    EventCompleted: (view, { data }) =>
      view && { ...view, status: 'COMPLETED', completedAt: data.at, rewards: data.rewards.map(untouched) },
    RewardClaimed: (view, { data }) => view && { ...view, rewards: afterClaim(view.rewards, data) },
  },
};
