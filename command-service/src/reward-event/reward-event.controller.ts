import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { OperatorCommand, RewardEventEvent } from '@rewards/contracts';
import {
  addReward,
  asCreated,
  changeReward,
  changeRewardEvent,
  cloneRewardEvent,
  createRewardEvent,
  deleteRewardEvent,
  endRewardEvent,
  holdReward,
  pauseRewardEvent,
  publishRewardEvent,
  reject,
  releaseReward,
  restoreRewardEvent,
  resumeRewardEvent,
  unpublishRewardEvent,
  withdrawReward,
  type Decide,
  type RewardEventState,
  ExistingRewardEvent,
  rewardEventStatus,
} from '@rewards/domain';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { derivedId } from '@rewards/service-kit/derived-id';
import { EmptyBody, nameInPath } from '@rewards/service-kit/fields';
import { Answers } from '@rewards/service-kit/open-api';
import { Clock } from '@rewards/service-kit/clock';
import { createMetadata } from '../command-metadata';
import { Catalogue } from './catalogue';
import { existingEvent, rewardEventCommand } from './reward-event.commands';
import {
  AddRewardBody,
  BrakeRewardBody,
  ChangeRewardBody,
  ChangeRewardEventBody,
  CloneRewardEventBody,
  CreateRewardEventBody,
  OfMilestoneBody,
  PauseRewardEventBody,
  PublishRewardEventBody,
  toChange,
  toCreation,
  toAddition,
} from './reward-event.requests';
import { RewardEventResponse, toRewardEventResponse } from '@rewards/service-kit/resources/reward-event.responses';

type DecideAt = (at: { readonly at: string }) => Decide<RewardEventState, RewardEventEvent>;

/** What every creation needs in addition to the fields of the event. */
interface Creation {
  readonly eventId: string;
  readonly createdBy: string;
  readonly requestId: string | undefined;
  readonly at: string;
}

type DecideCreation = (creation: Creation) => Decide<RewardEventState, RewardEventEvent>;

/** The routes by which operators manage reward events. Each sends one command and responds with the resulting event. */
@Controller('events')
export class RewardEventController {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    private readonly catalogue: Catalogue,
  ) {}

  @Post()
  @Answers(200, RewardEventResponse)
  @Answers(201, RewardEventResponse)
  create(@Body() body: CreateRewardEventBody, @OfCall() call: Call) {
    const fields = toCreation(body);
    return this.createAs('CreateRewardEvent', (creation) => createRewardEvent({ ...creation, ...fields }), body.requestId, call);
  }

  @Post(':eventId/clone')
  @Answers(200, RewardEventResponse)
  @Answers(201, RewardEventResponse)
  async clone(@Param('eventId') eventId: string, @Body() { requestId, ...fields }: CloneRewardEventBody, @OfCall() call: Call) {
    const original = (await this.catalogue.read(parsePathId(eventId))) ?? reject('NO_SUCH_EVENT');
    return this.createAs('CloneRewardEvent', (to) => cloneRewardEvent({ ...to, ...fields, original }), requestId, call);
  }

  @Post(':eventId/change')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  change(@Param('eventId') eventId: string, @Body() body: ChangeRewardEventBody, @OfCall() call: Call) {
    const change = toChange(body);
    return this.decide('ChangeRewardEvent', eventId, ({ at }) => changeRewardEvent({ change, at }), call);
  }

  @Post(':eventId/rewards')
  @Answers(201, RewardEventResponse)
  async addReward(@Param('eventId') eventId: string, @Body() body: AddRewardBody, @OfCall() call: Call) {
    const added = await this.decide('AddReward', eventId, ({ at }) => addReward({ ...toAddition(body), at }), call);
    call.location(`/events/${eventId}`);
    return added;
  }

  @Post(':eventId/rewards/:name/change')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  changeReward(@Param('eventId') id: string, @Param('name') name: string, @Body() body: ChangeRewardBody, @OfCall() call: Call) {
    return this.decide('ChangeReward', id, ({ at }) => changeReward({ ...body, name: nameInPath(name), at }), call);
  }

  @Post(':eventId/rewards/:name/withdraw')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  withdrawReward(@Param('eventId') id: string, @Param('name') name: string, @Body() body: OfMilestoneBody, @OfCall() call: Call) {
    return this.decide('WithdrawReward', id, ({ at }) => withdrawReward({ ...body, name: nameInPath(name), at }), call);
  }

  @Post(':eventId/rewards/:name/hold')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  holdReward(@Param('eventId') id: string, @Param('name') name: string, @Body() body: BrakeRewardBody, @OfCall() call: Call) {
    return this.decide('HoldReward', id, ({ at }) => holdReward({ ...body, name: nameInPath(name), at }), call);
  }

  @Post(':eventId/rewards/:name/release')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  releaseReward(@Param('eventId') id: string, @Param('name') name: string, @Body() body: BrakeRewardBody, @OfCall() call: Call) {
    return this.decide('ReleaseReward', id, ({ at }) => releaseReward({ ...body, name: nameInPath(name), at }), call);
  }

  @Post(':eventId/publish')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  publish(@Param('eventId') eventId: string, @Body() { confirmPast }: PublishRewardEventBody, @OfCall() call: Call) {
    return this.decide('PublishRewardEvent', eventId, ({ at }) => publishRewardEvent({ confirmPast, at }), call);
  }

  @Post(':eventId/unpublish')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  unpublish(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('UnpublishRewardEvent', eventId, unpublishRewardEvent, call);
  }

  @Post(':eventId/pause')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  pause(@Param('eventId') eventId: string, @Body() { counting, reason }: PauseRewardEventBody, @OfCall() call: Call) {
    return this.decide('PauseRewardEvent', eventId, ({ at }) => pauseRewardEvent({ counting, reason, at }), call);
  }

  @Post(':eventId/resume')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  resume(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('ResumeRewardEvent', eventId, resumeRewardEvent, call);
  }

  @Post(':eventId/end')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  end(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('EndRewardEvent', eventId, endRewardEvent, call);
  }

  @Post(':eventId/delete')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  delete(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('DeleteRewardEvent', eventId, deleteRewardEvent, call);
  }

  @Post(':eventId/restore')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  restore(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('RestoreRewardEvent', eventId, restoreRewardEvent, call);
  }

  /** Sends a command on an existing event, at a revision that `If-Match` names, if the request has that header. */
  private async decide(
    name: OperatorCommand,
    eventId: string,
    decideAt: DecideAt,
    call: Call,
  ): Promise<{ data: RewardEventResponse }> {
    const metadata = createMetadata(this.clock, call.cause);
    const decide = decideAt(metadata);
    const command = rewardEventCommand({
      name,
      eventId: parsePathId(eventId),
      decide,
      metadata,
      expectedRevisions: call.revisions,
    });
    const handled = await this.commands.execute(command);
    call.recorded(handled.token);
    call.revision(handled.revision);
    return { data: toResponse(existingEvent(handled), this.clock.iso()) };
  }

  /**
   * Sends a creation. The `requestId` of an operator always leads to the same event. The response to a repeated request shows the
   * event as its creation left it, regardless of later changes.
   */
  private async createAs(
    name: OperatorCommand,
    decideCreation: DecideCreation,
    requestId: string | undefined,
    call: Call,
  ): Promise<{ data: RewardEventResponse }> {
    const metadata = createMetadata(this.clock, call.cause);
    const createdBy = call.caller.accountId;
    const eventId = requestId === undefined ? randomUUID() : derivedId(createdBy, requestId);
    const decide = decideCreation({ eventId, createdBy, requestId, at: metadata.at });
    const handled = await this.commands.execute(rewardEventCommand({ name, eventId, decide, metadata }));
    const { event, revision } = asCreated(existingEvent(handled));
    call.created(handled.token, `/events/${eventId}`);
    call.revision(revision);
    return { data: toResponse(event, event.createdAt) };
  }
}

/** Maps an event to its response. @param at the time at which the status is computed */
const toResponse = (event: ExistingRewardEvent, at: string) =>
  toRewardEventResponse({ ...event, status: rewardEventStatus(event, at) });
