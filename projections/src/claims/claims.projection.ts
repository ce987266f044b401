import { PREFIXES, type ParticipationEvent, type RefusalEvent, sortKey } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import type { AnyProjection, ReadModelProjection } from '../runner/projection';

type ClaimFact = Extract<ParticipationEvent | RefusalEvent, { readonly type: 'RewardClaimed' | 'ClaimRefused' }>;

const indexes = [
  { fields: ['order'], shared: 'by most' },
  { fields: ['status', 'order'], shared: 'by most' },
  { fields: ['eventId', 'order'] },
  { fields: ['eventId', 'status', 'order'] },
  { fields: ['rewardName', 'order'] },
  { fields: ['reason', 'order'] },
  { fields: ['accountId', 'order'], shared: 'by few' },
  { fields: ['requestId', 'order'], shared: 'by few' },
  { fields: ['claimId'], shared: 'by few' },
] as const;

const table = {
  name: 'claims',
  prefixes: [PREFIXES.participation, PREFIXES.refusals],
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
      itemCode: data.itemCode ?? null,
      target: data.target ?? null,
      cycle: data.cycle ?? null,
      milestone: data.milestone ?? null,
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
      itemCode: data.itemCode ?? null,
      target: data.target ?? null,
      cycle: data.cycle ?? null,
      milestone: data.milestone ?? null,
    }),
  },
} satisfies Partial<ReadModelProjection<ClaimFact, 'claims'>>;

/** Keep the live version of releases without cycles and milestones, until this release has filled its own. */
const withoutCycles = [4, 3].map((tableVersion): AnyProjection => ({ ...table, tableVersion, indexes }));

/** Read model `claims`: one document for each recorded claim, granted or rejected. */
export const claimsProjection: ReadModelProjection<ClaimFact, 'claims'> = {
  ...table,
  tableVersion: 5,
  previous: withoutCycles,
  indexes: [
    ...indexes,
    { fields: ['cycle', 'order'], sparse: true },
    { fields: ['milestone', 'order'], sparse: true },
    { fields: ['eventId', 'cycle', 'order'] },
    { fields: ['eventId', 'milestone', 'order'] },
    // The claims of one player are few, so this index must win over those that also have two of the filtered fields.
    { fields: ['accountId', 'eventId', 'order'], shared: 'by few' },
  ],
};
