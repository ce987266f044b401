import { Rejected, streams, type ParticipationEvent, type RequestedAmount } from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  cycleOfRequest,
  isVisibleToPlayers,
  milestoneAt,
  milestoneKey,
  participation,
  reject,
  rewardEventStatus,
  UnknownTimeZone,
  type CurrentEvent,
  type Decide,
  type ExistingRewardEvent,
  type ParticipationState,
} from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import type { CommandReason } from '../commands.problems';
import { StreamCommand } from '../stream-command';

/** A caller, and the reward event that the caller takes part in. */
export interface Participant {
  readonly eventId: string;
  readonly accountId: string;
  /** Whether the player may see drafts and deleted events. */
  readonly isStaff: boolean;
  /** Null if no event has this id. */
  readonly event: ExistingRewardEvent | null;
  readonly metadata: CommandMetadata;
}

export interface CompletionRequest {
  /** Count of a milestone; by default, the last one. */
  readonly milestone?: number;
  /** First day of a cycle; by default, the cycle of the current time. */
  readonly cycle?: string;
}

export interface ClaimRequest extends CompletionRequest {
  readonly requestId: string;
  readonly rewardName: string;
  readonly requested: RequestedAmount;
  /** Missing if the client named nothing. */
  readonly target?: string;
}

/** @throws UnknownTerms; Rejected UNKNOWN_ZONE */
export const completeEventCommand = (player: Participant, request: CompletionRequest) => {
  const { eventId, accountId, metadata } = player;
  const { at } = metadata;
  return new StreamCommand({
    name: 'CompleteEvent',
    aggregate: participation,
    ...inCycle(player, request, (event) => completeEvent({ ...request, at, event })),
    metadata,
    rejection: ({ reason, details }) => ({
      type: 'CompletionRefused',
      data: { eventId, accountId, ...request, code: reason, details, at },
    }),
  });
};

/** @throws UnknownTerms; Rejected UNKNOWN_ZONE, INVALID_FIELDS if the event has cycles and the request names none */
export const claimRewardCommand = (player: Participant, request: ClaimRequest) => {
  const { eventId, accountId, event, metadata } = player;
  const { at } = metadata;
  if (event && isVisible(player, event) && event.cycle !== undefined && request.cycle === undefined)
    reject('INVALID_FIELDS', { errors: [{ field: 'cycle', message: 'is required, because the event has cycles' }] });
  return new StreamCommand({
    name: 'ClaimReward',
    aggregate: participation,
    ...inCycle(player, request, (current) => claimReward({ ...request, at, event: current })),
    metadata,
    rejection: ({ reason, details }) => {
      const milestone = event && milestoneAt(event, milestoneKey(event, request.milestone));
      const { type = null, itemCode } = milestone?.rewards.find(({ name }) => name === request.rewardName) ?? {};
      const item = { type, ...(itemCode !== undefined && { itemCode }) };
      return { type: 'ClaimRefused', data: { ...request, eventId, accountId, ...item, code: reason, details, at } };
    },
  });
};

/**
 * Finds the stream of the requested cycle, and decides on it. If there is no such cycle, the request is rejected on the stream
 * without a cycle, so that a client's date creates no stream.
 */
const inCycle = (
  player: Participant,
  { cycle: named }: CompletionRequest,
  decideFor: (event: CurrentEvent) => Decide<ParticipationState, ParticipationEvent>,
) => {
  const { eventId, accountId, event, metadata } = player;
  const { cycle, exists } = event ? requestedCycle(event, named, metadata.at) : { cycle: null, exists: true };
  return {
    stream: streams.participation(eventId, accountId, exists ? cycle : null),
    decide: (state: ParticipationState) => decideFor(visibleEvent(player))(exists ? state : participation.initial),
  };
};

const requestedCycle = (event: ExistingRewardEvent, named: string | undefined, at: string) => {
  try {
    return cycleOfRequest(event, named, at);
  } catch (error) {
    if (error instanceof UnknownTimeZone) throw new Rejected<CommandReason>('UNKNOWN_ZONE');
    throw error;
  }
};

/** Players cannot see drafts and deleted events. */
const isVisible = ({ isStaff }: Participant, event: ExistingRewardEvent): boolean => isVisibleToPlayers(event) || isStaff;

/** Returns the event with its status. @throws Rejected NO_SUCH_EVENT */
const visibleEvent = (player: Participant): CurrentEvent => {
  const { event, metadata } = player;
  if (!event || !isVisible(player, event)) return reject('NO_SUCH_EVENT');
  return { ...event, status: rewardEventStatus(event, metadata.at) };
};
