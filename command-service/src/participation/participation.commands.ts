import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams, type ConsistencyToken, type RefusalEvent, type RequestedAmount, type Reward } from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  countLogin,
  grantedClaim,
  isVisibleToPlayers,
  reject,
  rewardEventStatus,
  type CountLogin as LoginToCount,
  type ExistingRewardEvent,
  type GrantedClaim,
  type Rejected,
} from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { MetadataCommand, RefusableCommand } from '../commands';
import { Catalogue } from '../reward-event/catalogue';
import { PARTICIPATION_STREAMS, type ParticipationStreams } from '../streams';

/** A player's command on the own participation in one event. */
abstract class PlayerCommand<Result> extends RefusableCommand<Result> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    /** Whether the player may see drafts and deleted events. */
    readonly isStaff: boolean,
    readonly metadata: CommandMetadata,
  ) {
    super();
  }

  get stream(): string {
    return streams.participation(this.eventId, this.accountId);
  }

  /** Drafts and deleted events do not exist for players. */
  visible(event: ExistingRewardEvent | null): ExistingRewardEvent {
    return event && (isVisibleToPlayers(event) || this.isStaff) ? event : reject('NO_SUCH_EVENT');
  }
}

export interface Completion {
  readonly completedAt: string;
  readonly rewards: readonly Reward[];
  /** Null when the event had been completed before. */
  readonly token: ConsistencyToken | null;
}

export class CompleteEvent extends PlayerCommand<Completion> {
  readonly name = 'CompleteEvent';

  refused({ reason, details }: Rejected): RefusalEvent {
    const { eventId, accountId, metadata } = this;
    return { type: 'CompletionRefused', data: { eventId, accountId, code: reason, details, at: metadata.at } };
  }
}

@CommandHandler(CompleteEvent)
export class CompleteEventHandler implements ICommandHandler<CompleteEvent> {
  constructor(
    @Inject(PARTICIPATION_STREAMS) private readonly participations: ParticipationStreams,
    private readonly catalogue: Catalogue,
  ) {}

  /** Reads the event's own stream: what is promised here is fixed for good. */
  async execute(command: CompleteEvent): Promise<Completion> {
    const { stream, metadata } = command;
    const event = command.visible(await this.catalogue.read(command.eventId));
    const status = rewardEventStatus(event, metadata.at);
    const decide = completeEvent({ at: metadata.at, event: { ...event, status } });
    const { state, token } = await this.participations.handle(stream, decide, metadata);
    if (state.status !== 'COMPLETED') throw new Error(`${stream} was completed, yet its state is ${state.status}`);
    return { completedAt: state.completedAt, rewards: state.promised, token };
  }
}

export interface Claim extends GrantedClaim {
  /** Null when the claim had been granted before. */
  readonly token: ConsistencyToken | null;
}

export interface ClaimRequest {
  readonly requestId: string;
  readonly rewardName: string;
  readonly requested: RequestedAmount;
}

export class ClaimReward extends PlayerCommand<Claim> {
  readonly name = 'ClaimReward';

  constructor(
    readonly request: ClaimRequest,
    ...player: ConstructorParameters<typeof PlayerCommand>
  ) {
    super(...player);
  }

  refused({ reason, details }: Rejected, { rewards }: ExistingRewardEvent): RefusalEvent {
    const { request, eventId, accountId, metadata } = this;
    const type = rewards.find(({ name }) => name === request.rewardName)?.type ?? null;
    return { type: 'ClaimRefused', data: { ...request, eventId, accountId, type, code: reason, details, at: metadata.at } };
  }
}

@CommandHandler(ClaimReward)
export class ClaimRewardHandler implements ICommandHandler<ClaimReward> {
  constructor(
    @Inject(PARTICIPATION_STREAMS) private readonly participations: ParticipationStreams,
    private readonly catalogue: Catalogue,
  ) {}

  async execute(command: ClaimReward): Promise<Claim> {
    const { request, stream, metadata } = command;
    const event = command.visible(await this.catalogue.find(command.eventId));
    const status = rewardEventStatus(event, metadata.at);
    const decide = claimReward({ ...request, at: metadata.at, event: { ...event, status } });
    const { state, token } = await this.participations.handle(stream, decide, metadata);
    const claim = grantedClaim(state, request.requestId);
    if (!claim) throw new Error(`${stream} granted ${request.requestId}, yet its state has no such claim`);
    return { ...claim, token };
  }
}

/** Counts a login that the log recorded towards one event. */
export class CountLogin extends MetadataCommand<void> {
  readonly name = 'CountLogin';

  constructor(
    readonly login: LoginToCount,
    readonly metadata: CommandMetadata,
  ) {
    super();
  }
}

@CommandHandler(CountLogin)
export class CountLoginHandler implements ICommandHandler<CountLogin> {
  constructor(@Inject(PARTICIPATION_STREAMS) private readonly participations: ParticipationStreams) {}

  async execute({ login, metadata }: CountLogin): Promise<void> {
    const { eventId, accountId } = login.terms;
    await this.participations.handle(streams.participation(eventId, accountId), countLogin(login), metadata);
  }
}
