import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { RewardEventEvent } from '@rewards/contracts';
import {
  addReward,
  asCreated,
  changeReward,
  changeRewardEvent,
  cloneRewardEvent,
  createRewardEvent,
  deleteRewardEvent,
  endRewardEvent,
  pauseRewardEvent,
  publishRewardEvent,
  reject,
  restoreRewardEvent,
  resumeRewardEvent,
  withdrawReward,
  type Decide,
  type RewardEventState,
} from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { existingId, invalid } from '@rewards/service-kit';
import { derivedId } from '@rewards/service-kit/derived-id';
import { EmptyBody, nameInPath } from '@rewards/service-kit/dto';
import { markReplayed } from '@rewards/service-kit/idempotency';
import { Answers } from '@rewards/service-kit/open-api';
import { callerOf, type Reply, type Request } from '@rewards/service-kit/request-context';
import { Clock } from '../clock';
import { Commands } from '../commands';
import { Catalogue } from './catalogue';
import { RewardEventCommand, type RewardEventResult } from './reward-event.commands';
import {
  ChangeRewardDto,
  ChangeRewardEventDto,
  CloneRewardEventDto,
  CreateRewardEventDto,
  RewardDto,
  RewardEventDto,
  toChange,
  toDetails,
  toRewardEventDto,
  toRewards,
} from './reward-event.dto';

type DecideAt = (at: { readonly at: string }) => Decide<RewardEventState, RewardEventEvent>;

/** What operators do with reward events. Every route sends one command and answers the event as it is then. */
@Controller('events')
export class RewardEventController {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly catalogue: Catalogue,
  ) {}

  @Post()
  @Answers(200, RewardEventDto)
  @Answers(201, RewardEventDto)
  create(@Body() body: CreateRewardEventDto, @Req() request: Request, @Res({ passthrough: true }) reply: Reply) {
    const { requestId, publish = false } = body;
    const { eventId, createdBy, metadata } = this.creation(request, requestId);
    const details = toDetails(body);
    const rewards = toRewards(body.rewards);
    const decide = createRewardEvent({ eventId, details, rewards, publish, createdBy, requestId, at: metadata.at });
    return this.sendCreation(new RewardEventCommand('CreateRewardEvent', eventId, decide, metadata), reply);
  }

  @Post(':eventId/clone')
  @Answers(200, RewardEventDto)
  @Answers(201, RewardEventDto)
  async clone(
    @Param('eventId') originalId: string,
    @Body() { name, startsAt, endsAt, requestId }: CloneRewardEventDto,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const original = (await this.catalogue.read(existingId(originalId))) ?? reject('NO_SUCH_EVENT');
    const { eventId, createdBy, metadata } = this.creation(request, requestId);
    const decide = cloneRewardEvent({ eventId, original, name, startsAt, endsAt, createdBy, requestId, at: metadata.at });
    return this.sendCreation(new RewardEventCommand('CloneRewardEvent', eventId, decide, metadata), reply);
  }

  @Post(':eventId/change')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  change(
    @Param('eventId') eventId: string,
    @Body() body: ChangeRewardEventDto,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const change = toChange(body);
    return this.decide('ChangeRewardEvent', eventId, ({ at }) => changeRewardEvent({ change, at }), request, reply);
  }

  @Post(':eventId/rewards')
  @Answers(201, RewardEventDto)
  async addReward(
    @Param('eventId') eventId: string,
    @Body() { name, type, amount }: RewardDto,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const reward = { name, type, amount };
    const added = await this.decide('AddReward', eventId, ({ at }) => addReward({ reward, at }), request, reply);
    void reply.header('location', `/events/${eventId}`);
    return added;
  }

  @Post(':eventId/rewards/:name/change')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  changeReward(
    @Param('eventId') eventId: string,
    @Param('name') name: string,
    @Body() { amount }: ChangeRewardDto,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('ChangeReward', eventId, ({ at }) => changeReward({ name: nameInPath(name), amount, at }), request, reply);
  }

  @Post(':eventId/rewards/:name/withdraw')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  withdrawReward(
    @Param('eventId') eventId: string,
    @Param('name') name: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('WithdrawReward', eventId, ({ at }) => withdrawReward({ name: nameInPath(name), at }), request, reply);
  }

  @Post(':eventId/publish')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  publish(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('PublishRewardEvent', eventId, publishRewardEvent, request, reply);
  }

  @Post(':eventId/pause')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  pause(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('PauseRewardEvent', eventId, pauseRewardEvent, request, reply);
  }

  @Post(':eventId/resume')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  resume(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('ResumeRewardEvent', eventId, resumeRewardEvent, request, reply);
  }

  @Post(':eventId/end')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  end(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('EndRewardEvent', eventId, endRewardEvent, request, reply);
  }

  @Post(':eventId/delete')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  delete(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('DeleteRewardEvent', eventId, deleteRewardEvent, request, reply);
  }

  @Post(':eventId/restore')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  restore(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Req() request: Request,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.decide('RestoreRewardEvent', eventId, restoreRewardEvent, request, reply);
  }

  /** A command on an event that exists, at the revision that `If-Match` names if it does. */
  private decide(name: RewardEventCommand['name'], eventId: string, decideAt: DecideAt, request: Request, reply: Reply) {
    const metadata = this.clock.stamp(callerOf(request), request.context);
    const onlyAt = revisionsOf(request.headers['if-match']);
    return this.send(new RewardEventCommand(name, existingId(eventId), decideAt(metadata), metadata, onlyAt), reply);
  }

  private async send(command: RewardEventCommand, reply: Reply): Promise<{ data: RewardEventDto }> {
    return answer(await this.commands.execute(command), this.clock.now(), reply);
  }

  /** Answers a repeated request with the event as its creation left it, whatever happened to it since. */
  private async sendCreation(command: RewardEventCommand, reply: Reply): Promise<{ data: RewardEventDto }> {
    const result = await this.commands.execute(command);
    if (result.token === null) markReplayed(reply);
    else void reply.header('location', `/events/${result.event.eventId}`);
    return answer({ ...result, ...asCreated(result.event) }, result.event.createdAt, reply);
  }

  /** The same operator's same `requestId` always names the same event. */
  private creation(
    request: Request,
    requestId: string | undefined,
  ): { eventId: string; createdBy: string; metadata: CommandMetadata } {
    const caller = callerOf(request);
    const createdBy = caller.accountId;
    const eventId = requestId === undefined ? randomUUID() : derivedId(createdBy, requestId);
    return { eventId, createdBy, metadata: this.clock.stamp(caller, request.context) };
  }
}

/** @param at when the event has the status that the answer shows */
const answer = ({ event, revision, token }: RewardEventResult, at: string, reply: Reply): { data: RewardEventDto } => {
  void reply.header('etag', `"${revision}"`);
  if (token) void reply.header('x-position', token);
  return { data: toRewardEventDto(event, at) };
};

const IF_MATCH = /^\s*(W\/)?"([^"]*)"\s*$/;

/** The revisions that an `If-Match` names: a weak or foreign tag names none; undefined for no header and for `*`. */
const revisionsOf = (ifMatch: string | undefined): readonly number[] | undefined => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((tag) => {
    const [, weak, value = ''] = IF_MATCH.exec(tag) ?? [];
    if (!IF_MATCH.test(tag)) throw invalid({ field: 'If-Match', message: 'must be the ETag of an event, such as "3"' });
    return weak === undefined && /^\d{1,15}$/.test(value) ? [Number(value)] : [];
  });
};
