import { PREFIXES, type ClaimView, type ParticipationEvent, type RefusalEvent, sortKey } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import type { Projection } from '../runner/projection';

type ClaimFact = Extract<ParticipationEvent | RefusalEvent, { readonly type: 'RewardClaimed' | 'ClaimRefused' }>;

/** Read model `claims`: one document for each recorded claim request, granted or refused. */
export const claimsProjection: Projection<ClaimFact, ClaimView> = {
  name: 'claims',
  version: 3,
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
  // Where two of them would do, SQLite takes the later one: what leaves the fewest rows stands last.
  indexes: [
    { fields: ['order'] },
    { fields: ['status', 'order'] },
    { fields: ['eventId', 'order'] },
    { fields: ['eventId', 'status', 'order'] },
    { fields: ['rewardName', 'order'] },
    { fields: ['reason', 'order'] },
    { fields: ['accountId', 'order'] },
    { fields: ['requestId', 'order'] },
    { fields: ['claimId'] },
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
      order: sortKey(data.at, position),
      claimId: claimIdOf(data),
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
      order: sortKey(data.at, position),
      claimId: null,
    }),
  },
};
