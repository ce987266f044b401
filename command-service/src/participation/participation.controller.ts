import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { existingId, type Identity } from '@rewards/service-kit';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { EmptyBody } from '@rewards/service-kit/dto';
import { markReplayed } from '@rewards/service-kit/idempotency';
import { Answers } from '@rewards/service-kit/open-api';
import { Caller, Context, type Reply, type RequestContext } from '@rewards/service-kit/request-context';
import { Clock } from '../clock';
import { Commands } from '../commands';
import { ClaimReward, CompleteEvent } from './participation.commands';
import { ClaimDto, ClaimRequestDto, CompletionDto, requestedAmount } from './participation.dto';

@Controller('events/:eventId')
export class ParticipationController {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  @Post('completion')
  @HttpCode(200)
  @Answers(200, CompletionDto)
  async complete(
    @Param('eventId') eventId: string,
    @Body() _body: EmptyBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ data: CompletionDto }> {
    const command = new CompleteEvent(...this.player(eventId, caller, context));
    const { completedAt, rewards, token } = await this.commands.execute(command);
    if (token) void reply.header('x-position', token);
    return {
      data: {
        eventId,
        status: 'COMPLETED',
        completedAt,
        rewards: rewards.map(({ name, type, amount }) => ({ name, type, amount })),
      },
    };
  }

  @Post('claims')
  @Answers(200, ClaimDto)
  @Answers(201, ClaimDto)
  async claim(
    @Param('eventId') eventId: string,
    @Body() body: ClaimRequestDto,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ data: ClaimDto }> {
    const { requestId, rewardName } = body;
    const request = { requestId, rewardName, requested: requestedAmount(body) };
    const claim = await this.commands.execute(new ClaimReward(request, ...this.player(eventId, caller, context)));
    const claimId = claimIdOf({ eventId, accountId: caller.accountId, requestId });
    if (claim.token) void reply.headers({ 'x-position': claim.token, location: `/claims/${claimId}` });
    else markReplayed(reply);
    const { type, amount, claimed, remaining, at } = claim;
    return { data: { claimId, requestId, eventId, rewardName, type, amount, claimed, remaining, claimedAt: at } };
  }

  private player(eventId: string, caller: Identity, context: RequestContext) {
    const isStaff = caller.roles.some((role) => role !== 'USER');
    return [existingId(eventId), caller.accountId, isStaff, this.clock.stamp(caller, context)] as const;
  }
}
