import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams, type Position, type RefusalEvent, type RewardEventEvent } from '@rewards/contracts';
import { reject, type Decide, type ExistingRewardEvent, type Rejected, type RewardEventState } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { RefusableCommand } from '../commands';
import { REWARD_EVENT_STREAMS, type RewardEventStreams } from '../streams';

export interface RewardEventResult {
  readonly event: ExistingRewardEvent;
  readonly revision: number;
  /** Null when the request had been met before. */
  readonly position: Position | null;
}

/** An operator's command on one reward event: its decision says what it does. */
export class RewardEventCommand extends RefusableCommand<RewardEventResult> {
  constructor(
    readonly name: 'CreateRewardEvent' | 'AddReward' | 'PublishRewardEvent',
    readonly eventId: string,
    readonly decide: Decide<RewardEventState, RewardEventEvent>,
    readonly metadata: CommandMetadata,
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

  async execute({ stream, decide, metadata }: RewardEventCommand): Promise<RewardEventResult> {
    const { state, revision, position } = await this.rewardEvents.handle(stream, decide, metadata);
    return state.situation === 'existing' ? { event: state, revision, position } : reject('NO_SUCH_EVENT');
  }
}
