import { OPERATOR_COMMANDS, streams, type OperatorCommand, type RewardEventEvent } from '@rewards/contracts';
import { reject, rewardEvent, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { CommandMetadata, Decide, Handled } from '@rewards/event-store';
import { StreamCommand } from '../stream-command';

export interface RewardEventCommandFields {
  readonly name: OperatorCommand;
  readonly eventId: string;
  readonly decide: Decide<RewardEventState, RewardEventEvent>;
  readonly metadata: CommandMetadata;
  /** Revisions of the event that it may be decided on; any, when left out. */
  readonly onlyAt?: readonly number[];
}

/** An operator's command on one reward event: its decision says what it does. */
export const rewardEventCommand = ({ name, eventId, decide, metadata, onlyAt }: RewardEventCommandFields) =>
  new StreamCommand({
    name,
    aggregate: rewardEvent,
    stream: streams.rewardEvent(eventId),
    decide: (state, revision) => {
      const isStale = onlyAt !== undefined && state.situation === 'existing' && !onlyAt.includes(revision);
      return isStale ? reject('STALE_REVISION', { revision }) : decide(state, revision);
    },
    metadata,
    rejection: ({ reason, details }) => {
      // A creation is about an event that exists only where another one has used its requestId.
      if (OPERATOR_COMMANDS[name] === 'creates it' && reason !== 'REQUEST_ID_REUSED') return null;
      return { type: 'CommandRefused', data: { eventId, command: name, code: reason, details, at: metadata.at } };
    },
  });

/** The event after a command on it. @throws Rejected NO_SUCH_EVENT */
export const existingEvent = ({ state }: Handled<RewardEventState>): ExistingRewardEvent =>
  state.situation === 'existing' ? state : reject('NO_SUCH_EVENT');
