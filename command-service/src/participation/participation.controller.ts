import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isStaff } from '@rewards/contracts';
import type { ParticipationState } from '@rewards/domain';
import type { Handled } from '@rewards/event-store';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { EmptyBody } from '@rewards/service-kit/fields';
import { Answers } from '@rewards/service-kit/open-api';
import { Clock } from '@rewards/service-kit/clock';
import { createMetadata } from '../command-metadata';
import { Catalogue } from '../reward-event/catalogue';
import { claimRewardCommand, completeEventCommand, type ClaimRequest, type Participant } from './participation.commands';
import { ClaimBody, toClaimRequest } from './participation.requests';
import { CompletionResponse, toGrantedClaimResponse, toCompletionResponse } from './participation.responses';
import { GrantedClaimResponse } from '@rewards/service-kit/resources/claim.responses';

/** The routes by which players complete an event and claim its rewards. */
@Controller('events/:eventId')
export class ParticipationController {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    private readonly catalogue: Catalogue,
  ) {}

  /** Reads the event from its stream, not from the catalogue, because a completion fixes the promise permanently. */
  @Post('completion')
  @HttpCode(200)
  @Answers(200, CompletionResponse)
  async complete(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    const player = this.player(call, await this.catalogue.read(parsePathId(eventId)), eventId);
    return toCompletionAnswer(await this.commands.execute(completeEventCommand(player)), call);
  }

  @Post('claims')
  @Answers(200, GrantedClaimResponse)
  @Answers(201, GrantedClaimResponse)
  async claim(@Param('eventId') eventId: string, @Body() body: ClaimBody, @OfCall() call: Call) {
    const request = toClaimRequest(body);
    const player = this.player(call, await this.catalogue.find(parsePathId(eventId)), eventId);
    return toClaimAnswer(player, request, await this.commands.execute(claimRewardCommand(player, request)), call);
  }

  private player({ caller, cause }: Call, event: Participant['event'], eventId: string): Participant {
    const { accountId, roles } = caller;
    return { eventId, accountId, isStaff: isStaff(roles), event, metadata: createMetadata(this.clock, cause) };
  }
}

const toCompletionAnswer = ({ state, token }: Handled<ParticipationState>, call: Call): { data: CompletionResponse } => {
  call.recorded(token);
  return { data: toCompletionResponse(state) };
};

const toClaimAnswer = (
  player: Participant,
  request: ClaimRequest,
  { state, token }: Handled<ParticipationState>,
  call: Call,
): { data: GrantedClaimResponse } => {
  const data = toGrantedClaimResponse(player, state, request);
  call.created(token, `/claims/${data.claimId}`);
  return { data };
};
