import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { isId } from '@rewards/contracts';
import { addReward, createRewardEvent, publishRewardEvent } from '@rewards/domain';
import { problem, type Identity } from '@rewards/service-kit';
import { derivedId } from '@rewards/service-kit/derived-id';
import { EmptyBody } from '@rewards/service-kit/dto';
import { Answers } from '@rewards/service-kit/open-api';
import { Caller, Context, type Reply, type RequestContext } from '@rewards/service-kit/request-context';
import { Clock } from '../clock';
import { Commands } from '../commands';
import { RewardEventCommand } from './reward-event.commands';
import { CreateRewardEventDto, RewardDto, RewardEventDto, toDetails, toRewardEventDto, toRewards } from './reward-event.dto';

@Controller('events')
export class RewardEventController {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Answers(201, RewardEventDto)
  create(
    @Body() body: CreateRewardEventDto,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const { requestId, publish = false } = body;
    const metadata = this.clock.stamp(caller, context);
    const createdBy = caller.accountId;
    // The same operator's same requestId always names the same event.
    const eventId = requestId === undefined ? randomUUID() : derivedId(createdBy, requestId);
    const decide = createRewardEvent({
      eventId,
      details: toDetails(body),
      rewards: toRewards(body.rewards),
      publish,
      createdBy,
      requestId,
      at: metadata.at,
    });
    return this.send(new RewardEventCommand('CreateRewardEvent', eventId, decide, metadata), reply);
  }

  @Post(':eventId/rewards')
  @Answers(201, RewardEventDto)
  addReward(
    @Param('eventId') eventId: string,
    @Body() { name, type, amount }: RewardDto,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const metadata = this.clock.stamp(caller, context);
    const decide = addReward({ reward: { name, type, amount }, at: metadata.at });
    return this.send(new RewardEventCommand('AddReward', existingId(eventId), decide, metadata), reply);
  }

  @Post(':eventId/publish')
  @HttpCode(200)
  @Answers(200, RewardEventDto)
  publish(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const metadata = this.clock.stamp(caller, context);
    return this.send(
      new RewardEventCommand('PublishRewardEvent', existingId(eventId), publishRewardEvent(metadata), metadata),
      reply,
    );
  }

  private async send(command: RewardEventCommand, reply: Reply) {
    const { event, revision, position } = await this.commands.execute(command);
    void reply.header('etag', `"${revision}"`);
    if (position) void reply.header('x-position', position);
    return { data: toRewardEventDto(event, this.clock.now()) };
  }
}

const existingId = (eventId: string): string => {
  if (!isId(eventId)) throw problem('NOT_FOUND');
  return eventId;
};
