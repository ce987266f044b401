import { OPERATOR_COMMANDS, streams, type OperatorCommand, type RewardEventEvent } from '@rewards/contracts';
import { reject, rewardEvent, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { CommandMetadata, DecideAtRevision, Handled } from '@rewards/event-store';
import { StreamCommand } from '../stream-command';

export interface RewardEventCommandFields {
  readonly name: OperatorCommand;
  readonly eventId: string;
  readonly decide: DecideAtRevision<RewardEventState, RewardEventEvent>;
  readonly metadata: CommandMetadata;
  /** Revisions of the event at which the command is accepted; by default, any. */
  readonly expectedRevisions?: readonly number[];
}

/** Builds an operator's command on one reward event. */
export const rewardEventCommand = ({ name, eventId, decide, metadata, expectedRevisions }: RewardEventCommandFields) =>
  new StreamCommand({
    name,
    aggregate: rewardEvent,
    stream: streams.rewardEvent(eventId),
    decide: (state, revision) => {
      const isStale = expectedRevisions !== undefined && state.situation === 'existing' && !expectedRevisions.includes(revision);
      return isStale ? reject('STALE_REVISION', { revision }) : decide(state, revision);
    },
    metadata,
    rejection: ({ reason, details }) => {
      // A rejected creation concerns an existing event only if an earlier creation used its requestId.
      if (OPERATOR_COMMANDS[name] === 'creates it' && reason !== 'REQUEST_ID_REUSED') return null;
      return { type: 'CommandRefused', data: { eventId, command: name, code: reason, details, at: metadata.at } };
    },
  });

/** Returns the event after a command on it. @throws Rejected NO_SUCH_EVENT */
export const existingEvent = ({ state }: Handled<RewardEventState>): ExistingRewardEvent =>
  state.situation === 'existing' ? state : reject('NO_SUCH_EVENT');
