import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersList } from '@rewards/service-kit/open-api';
import { FindPlayersQuery } from './players.requests';
import { FoundPlayerResponse, PlayerResponse, toPlayerResponse } from './players.responses';
import { FindPlayers, GetPlayer } from './players.queries';

@TakesMinPosition()
@Controller('players')
export class PlayersController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersList(FoundPlayerResponse)
  async find(@Query() { q }: FindPlayersQuery, @OfCall() { minPosition }: Call) {
    return { data: (await this.queries.execute(new FindPlayers(q, minPosition))) satisfies readonly FoundPlayerResponse[] };
  }

  @Get(':accountId')
  @Answers(200, PlayerResponse)
  async get(@Param('accountId') accountId: string, @OfCall() { minPosition, signal }: Call) {
    return { data: toPlayerResponse(await this.queries.execute(new GetPlayer(accountId, minPosition, signal))) };
  }
}
