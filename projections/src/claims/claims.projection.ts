import { PREFIXES, type ClaimView, type ParticipationEvent, type RefusalEvent } from '@rewards/contracts';
import type { Projection } from '../runner/projection';

type ClaimFact = Extract<ParticipationEvent | RefusalEvent, { readonly type: 'RewardClaimed' | 'ClaimRefused' }>;

/** Read model `claims`: one document for each recorded claim request, granted or refused. */
export const claimsProjection: Projection<ClaimFact, ClaimView> = {
  name: 'claims',
  version: 2,
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
  indexes: [
    { fields: ['order'] },
    { fields: ['eventId', 'order'] },
    { fields: ['eventId', 'status', 'order'] },
    { fields: ['accountId', 'order'] },
    { fields: ['rewardName', 'order'] },
    { fields: ['status', 'order'] },
    { fields: ['reason', 'order'] },
  ],
  key: ({ position }) => position,
  on: {
    RewardClaimed: (_view, { data, position }) => ({
      requestId: data.requestId,
      eventId: data.eventId,
      accountId: data.accountId,
      rewardName: data.rewardName,
      type: data.type,
      requested: data.requested,
      amount: data.amount,
      status: 'SUCCESS',
      reason: null,
      at: data.at,
      position,
      order: `${data.at}|${position}`,
    }),
    ClaimRefused: (_view, { data, position }) => ({
      requestId: data.requestId,
      eventId: data.eventId,
      accountId: data.accountId,
      rewardName: data.rewardName,
      type: data.type,
      requested: data.requested,
      amount: data.requested === 'all' ? null : data.requested,
      status: 'FAILURE',
      reason: data.code,
      at: data.at,
      position,
      order: `${data.at}|${position}`,
    }),
  },
};
