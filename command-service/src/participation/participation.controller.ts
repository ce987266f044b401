import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isStaff } from '@rewards/contracts';
import { UnknownTerms } from '@rewards/domain';
import { TooMuchContention } from '@rewards/event-store';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { Answers } from '@rewards/service-kit/open-api';
import { Clock } from '@rewards/service-kit/clock';
import { createMetadata } from '../command-metadata';
import { Catalogue } from '../reward-event/catalogue';
import {
  claimRewardCommand,
  completeEventCommand,
  type ClaimRequest,
  type CompletionRequest,
  type Participant,
} from './participation.commands';
import { ClaimBody, CompletionBody, toClaimRequest } from './participation.requests';
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
  async complete(@Param('eventId') eventId: string, @Body() body: CompletionBody, @OfCall() call: Call) {
    const event = await this.catalogue.read(parsePathId(eventId));
    return this.takePart(call, eventId, event, (player) => this.completeAs(player, body, call));
  }

  @Post('claims')
  @Answers(200, GrantedClaimResponse)
  @Answers(201, GrantedClaimResponse)
  async claim(@Param('eventId') eventId: string, @Body() body: ClaimBody, @OfCall() call: Call) {
    const request = toClaimRequest(body);
    const event = await this.catalogue.find(parsePathId(eventId));
    return this.takePart(call, eventId, event, (player) => this.claimAs(player, request, call));
  }

  private async completeAs(player: Participant, request: CompletionRequest, call: Call) {
    const { state, token } = await this.commands.execute(completeEventCommand(player, request));
    const data = toCompletionResponse(player, state, request);
    call.recorded(token);
    return { data };
  }

  private async claimAs(player: Participant, request: ClaimRequest, call: Call) {
    const { state, token } = await this.commands.execute(claimRewardCommand(player, request));
    const data = toGrantedClaimResponse(player, state, request);
    call.created(token, `/claims/${data.claimId}`);
    return { data };
  }

  /** If the participation started with later terms than this event has, reads the event from its stream, and tries once more. */
  private async takePart<Answer>(
    call: Call,
    eventId: string,
    event: Participant['event'],
    act: (player: Participant) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await act(this.player(call, event, eventId));
    } catch (error) {
      if (!(error instanceof UnknownTerms)) throw error;
    }
    try {
      return await act(this.player(call, await this.catalogue.read(eventId), eventId));
    } catch (error) {
      throw error instanceof UnknownTerms ? new TooMuchContention(error.message) : error;
    }
  }

  private player({ caller, cause }: Call, event: Participant['event'], eventId: string): Participant {
    const { accountId, roles } = caller;
    return { eventId, accountId, isStaff: isStaff(roles), event, metadata: createMetadata(this.clock, cause) };
  }
}
