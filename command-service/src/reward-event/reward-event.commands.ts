import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams, type ConsistencyToken, type RefusalEvent, type RewardEventEvent } from '@rewards/contracts';
import { reject, type ExistingRewardEvent, type Rejected, type RewardEventState } from '@rewards/domain';
import type { CommandMetadata, Decide } from '@rewards/event-store';
import { RefusableCommand } from '../commands';
import { REWARD_EVENT_STREAMS, type RewardEventStreams } from '../streams';

export interface RewardEventResult {
  readonly event: ExistingRewardEvent;
  readonly revision: number;
  /** Null when the request had been met before. */
  readonly token: ConsistencyToken | null;
}

/** As stored in `CommandRefused`: add names, never rename. */
export type RewardEventCommandName =
  | 'CreateRewardEvent'
  | 'CloneRewardEvent'
  | 'ChangeRewardEvent'
  | 'AddReward'
  | 'ChangeReward'
  | 'WithdrawReward'
  | 'PublishRewardEvent'
  | 'PauseRewardEvent'
  | 'ResumeRewardEvent'
  | 'EndRewardEvent'
  | 'DeleteRewardEvent'
  | 'RestoreRewardEvent';

/** An operator's command on one reward event: its decision says what it does. */
export class RewardEventCommand extends RefusableCommand<RewardEventResult> {
  constructor(
    readonly name: RewardEventCommandName,
    readonly eventId: string,
    readonly decide: Decide<RewardEventState, RewardEventEvent>,
    readonly metadata: CommandMetadata,
    /** Revisions of the event that it may be decided on; any, when left out. */
    readonly onlyAt?: readonly number[],
  ) {
    super();
  }

  get stream(): string {
    return streams.rewardEvent(this.eventId);
  }

  refused({ reason, details }: Rejected): RefusalEvent {
    const { eventId, name, metadata } = this;
    return { type: 'CommandRefused', data: { eventId, command: name, code: reason, details, at: metadata.at } };
  }
}

@CommandHandler(RewardEventCommand)
export class RewardEventCommandHandler implements ICommandHandler<RewardEventCommand> {
  constructor(@Inject(REWARD_EVENT_STREAMS) private readonly rewardEvents: RewardEventStreams) {}

  async execute({ stream, decide, metadata, onlyAt }: RewardEventCommand): Promise<RewardEventResult> {
    const decideUnlessStale: typeof decide = (current, at) => {
      const isStale = onlyAt !== undefined && current.situation === 'existing' && !onlyAt.includes(at);
      return isStale ? reject('STALE_REVISION', { revision: at }) : decide(current, at);
    };
    const { state, revision, token } = await this.rewardEvents.handle(stream, decideUnlessStale, metadata);
    return state.situation === 'existing' ? { event: state, revision, token } : reject('NO_SUCH_EVENT');
  }
}
