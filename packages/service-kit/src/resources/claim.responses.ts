import { ApiProperty, PickType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  DELIVERY_STATUSES,
  isName,
  REWARD_TYPES,
  type ClaimView,
  type DeliveryStatus,
  type Position,
  type RewardType,
} from '@rewards/contracts';
import { claimIdOf } from '../derived-id';
import {
  Amount,
  Id,
  Integer,
  ItemCode,
  Name,
  OneOf,
  OpaqueText,
  REQUEST_ID_PATTERN,
  field,
  satisfies,
  Time,
  type FieldOptions,
} from '../fields';
import { CycleDay, MilestoneCount } from './reward-event.responses';

/** Where the game should put the claimed units, such as a character or world. */
export const Target = (options: FieldOptions = {}) => OpaqueText(128, { nullable: true, ...options });

/**
 * The `requestId` of a recorded claim: of a client, or of an automatic claim, `auto:{milestone}:{reward name}`.
 */
export const RecordedRequestId = (options: FieldOptions = {}) =>
  field(
    {
      type: 'string',
      pattern: `${REQUEST_ID_PATTERN}|${AUTOMATIC_PATTERN}`,
      description: 'Of the client; `auto:{milestone}:{reward name}` for an automatic claim',
      example: 'auto:28:elixir',
    },
    options,
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.normalize('NFC') : value)),
    satisfies('isRequestId', 'must be 1 to 100 of A-Z a-z 0-9 . _ -, or auto:{milestone}:{reward name}', isRecordedRequestId),
  );

const AUTOMATIC_PATTERN = '^auto:[1-9][0-9]{0,3}:[^./\\\\][^/\\\\]*$';

/** Whether a recorded claim may have this `requestId`. */
export const isRecordedRequestId = (value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  if (new RegExp(REQUEST_ID_PATTERN).test(value)) return true;
  return new RegExp(AUTOMATIC_PATTERN).test(value) && isName(value.split(':').slice(2).join(':'));
};

/** Whether a claim was granted. */
export const CLAIM_STATUSES = ['SUCCESS', 'FAILURE'] as const satisfies readonly ClaimView['status'][];

/** Where the delivery of a granted claim is, in a response. */
export class ClaimDeliveryResponse {
  @ApiProperty({ enum: DELIVERY_STATUSES })
  status: DeliveryStatus;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    description:
      'Since when the delivery has this status. DELIVERED: when the receiver accepted it. PENDING: when the claim was granted, or an ' +
      'operator or a login of the player had the delivery sent again',
  })
  at: string;
}

/** A recorded claim with the delivery of what it granted. */
export type ClaimWithDelivery = ClaimView & {
  /** Null if it was rejected, or no endpoint accepts the type of the reward. */
  readonly delivery: ClaimDeliveryResponse | null;
};

/** One claim request of the caller, in a response. */
export class OwnClaimResponse {
  @RecordedRequestId()
  requestId: string;

  @Id()
  eventId: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @Name()
  rewardName: string;

  @ApiProperty({ enum: REWARD_TYPES, nullable: true })
  type: RewardType | null;

  @ApiProperty({ type: 'integer', nullable: true })
  amount: number | null;

  @ApiProperty({ enum: CLAIM_STATUSES })
  status: ClaimView['status'];

  @ApiProperty({ type: 'string', nullable: true })
  reason: string | null;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string' })
  position: Position;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  claimId: string | null;

  @MilestoneCount({ nullable: true })
  milestone: number | null;

  @CycleDay({ nullable: true })
  cycle: string | null;

  @ItemCode()
  itemCode: string | null;

  @Target()
  target: string | null;

  @ApiProperty({
    type: ClaimDeliveryResponse,
    nullable: true,
    description:
      'Null if the claim was rejected, or no endpoint accepts the type of the reward. The delivery of a new claim may appear a moment ' +
      'later than the claim; a query with `X-Min-Position` waits for both',
  })
  delivery: ClaimDeliveryResponse | null;
}

/** One recorded claim request, in a response. */
export class ClaimResponse extends OwnClaimResponse {
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;
}

/** A claim in the response to the command that granted it. */
export class GrantedClaimResponse extends PickType(OwnClaimResponse, [
  'requestId',
  'eventId',
  'cycle',
  'target',
  'rewardName',
  'itemCode',
] as const) {
  @Id()
  claimId: string;

  @MilestoneCount()
  milestone: number;

  @OneOf(REWARD_TYPES)
  type: RewardType;

  @Amount()
  amount: number;

  @Integer(1, Number.MAX_SAFE_INTEGER)
  claimed: number;

  @Integer(0, Number.MAX_SAFE_INTEGER)
  remaining: number;

  @Time()
  claimedAt: string;
}

/** Maps a claim to the response for its owner. */
export const toOwnClaimResponse = (view: ClaimWithDelivery): OwnClaimResponse => ({
  requestId: view.requestId,
  eventId: view.eventId,
  accountId: view.accountId,
  rewardName: view.rewardName,
  type: view.type,
  amount: view.amount,
  status: view.status,
  reason: view.reason,
  at: view.at,
  position: view.position,
  claimId: claimIdIn(view),
  milestone: view.milestone ?? null,
  cycle: view.cycle ?? null,
  itemCode: view.itemCode ?? null,
  target: view.target ?? null,
  delivery: view.delivery,
});

/** Returns the id of a granted claim; derives it if the document is from an earlier version of the projection. */
export const claimIdIn = (view: ClaimView): string | null =>
  view.status === 'SUCCESS' ? (view.claimId ?? claimIdOf(view)) : null;

/** Maps a claim to its response. The e-mail is null for an erased account. */
export const toClaimResponse = (row: ClaimWithDelivery & { readonly email: string | null }): ClaimResponse => {
  const { requestId, eventId, accountId, ...rest } = toOwnClaimResponse(row);
  return { requestId, eventId, accountId, email: row.email, ...rest };
};
