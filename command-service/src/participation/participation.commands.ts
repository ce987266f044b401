import { streams, type RequestedAmount } from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  countLogin,
  isVisibleToPlayers,
  participation,
  reject,
  rewardEventStatus,
  type CountLogin as LoginToCount,
  type ExistingRewardEvent,
} from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
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

export interface ClaimRequest {
  readonly requestId: string;
  readonly rewardName: string;
  readonly requested: RequestedAmount;
  /** Missing if the client named nothing. */
  readonly target?: string;
}

export const completeEventCommand = (player: Participant) => {
  const { eventId, accountId, metadata } = player;
  const { at } = metadata;
  return new StreamCommand({
    name: 'CompleteEvent',
    aggregate: participation,
    stream: streams.participation(eventId, accountId),
    decide: (state) => completeEvent({ at, event: visibleEvent(player) })(state),
    metadata,
    rejection: ({ reason, details }) => ({
      type: 'CompletionRefused',
      data: { eventId, accountId, code: reason, details, at },
    }),
  });
};

export const claimRewardCommand = (player: Participant, request: ClaimRequest) => {
  const { eventId, accountId, event, metadata } = player;
  const { at } = metadata;
  return new StreamCommand({
    name: 'ClaimReward',
    aggregate: participation,
    stream: streams.participation(eventId, accountId),
    decide: (state) => claimReward({ ...request, at, event: visibleEvent(player) })(state),
    metadata,
    rejection: ({ reason, details }) => {
      const { type = null, itemCode } = event?.rewards.find(({ name }) => name === request.rewardName) ?? {};
      const item = { type, ...(itemCode !== undefined && { itemCode }) };
      return { type: 'ClaimRefused', data: { ...request, eventId, accountId, ...item, code: reason, details, at } };
    },
  });
};

/** Counts a recorded login towards one event. */
export const countLoginCommand = (login: LoginToCount, metadata: CommandMetadata) => {
  const { eventId, accountId } = login.terms;
  return new StreamCommand({
    name: 'CountLogin',
    aggregate: participation,
    stream: streams.participation(eventId, accountId),
    decide: countLogin(login),
    metadata,
    priority: 'background',
  });
};

/** Returns the event with its status. Players cannot see drafts and deleted events. */
const visibleEvent = ({ event, isStaff, metadata }: Participant) => {
  if (!event || !(isVisibleToPlayers(event) || isStaff)) return reject('NO_SUCH_EVENT');
  return { ...event, status: rewardEventStatus(event, metadata.at) };
};
