import { PREFIXES, type ParticipationEvent, type RefusalEvent, sortKey } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import type { ReadModelProjection } from '../runner/projection';

type ClaimFact = Extract<ParticipationEvent | RefusalEvent, { readonly type: 'RewardClaimed' | 'ClaimRefused' }>;

/** The indexes of releases without cycles and milestones. */
const firstIndexes = [
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

/** Keep the live versions of earlier releases, until this release has filled its own. */
const previous = [
  {
    ...table,
    tableVersion: 5,
    indexes: [
      ...firstIndexes,
      { fields: ['cycle', 'order'], sparse: true },
      { fields: ['milestone', 'order'], sparse: true },
      { fields: ['eventId', 'cycle', 'order'] },
      { fields: ['eventId', 'milestone', 'order'] },
      { fields: ['accountId', 'eventId', 'order'], shared: 'by few' },
    ],
  },
  ...[4, 3].map((tableVersion) => ({ ...table, tableVersion, indexes: firstIndexes })),
];

/** Read model `claims`: one document for each recorded claim, granted or rejected. */
export const claimsProjection: ReadModelProjection<ClaimFact, 'claims'> = {
  ...table,
  tableVersion: 6,
  previous,
  // No list asks for claims without one of the sparse fields. SQLite prefers a sparse index over others, so those of one player and of one
  // request are sparse too, although no claim lacks these fields.
  indexes: [
    { fields: ['order'], shared: 'by most' },
    { fields: ['status', 'order'], shared: 'by most' },
    { fields: ['eventId', 'order'] },
    { fields: ['eventId', 'status', 'order'] },
    { fields: ['rewardName', 'order'] },
    { fields: ['reason', 'order'], sparse: true },
    { fields: ['cycle', 'order'], sparse: true },
    { fields: ['milestone', 'order'], sparse: true },
    { fields: ['cycle', 'eventId', 'order'], sparse: true },
    { fields: ['milestone', 'eventId', 'order'], sparse: true },
    { fields: ['accountId', 'order'], shared: 'by few', sparse: true },
    // The claims of one player are few, so this index must win over those that also have two of the filtered fields.
    { fields: ['accountId', 'eventId', 'order'], shared: 'by few', sparse: true },
    { fields: ['requestId', 'order'], shared: 'by few', sparse: true },
    { fields: ['claimId'], shared: 'by few', sparse: true },
  ],
};
