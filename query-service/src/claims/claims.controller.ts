import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { isStaff } from '@rewards/contracts';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersCursorPage } from '@rewards/service-kit/open-api';
import { sendFile } from '../exports/send-file';
import { orderAt, toOrderedResponse } from '../read-models/order';
import { claimsCsv } from './claims-csv';
import { ExportClaims } from './claims-export.query';
import { ClaimFilterQuery, ListClaimsQuery, ListOwnClaimsQuery } from './claims.requests';
import {
  ClaimResponse,
  OwnClaimResponse,
  toClaimResponse,
  toOwnClaimResponse,
} from '@rewards/service-kit/resources/claim.responses';
import { GetClaim, ListClaims, ListOwnClaims } from './claims.queries';

@TakesMinPosition()
@Controller('claims')
export class ClaimsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(ClaimResponse)
  async list(@Query() { limit, cursor, ...filter }: ListClaimsQuery, @OfCall() { minPosition }: Call) {
    const found = await this.queries.execute(new ListClaims(filter, orderAt(cursor), limit, minPosition));
    return toOrderedResponse(found, limit, toClaimResponse);
  }

  @Get('export')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(@Query() filter: ClaimFilterQuery, @OfCall() { minPosition, signal, reply }: Call) {
    const pages = await this.queries.execute(new ExportClaims(filter, minPosition, signal));
    return sendFile(reply, 'claims.csv', claimsCsv(pages));
  }

  @Get('mine')
  @AnswersCursorPage(OwnClaimResponse)
  async listOwn(@Query() { limit, cursor, eventId }: ListOwnClaimsQuery, @OfCall() { caller, minPosition }: Call) {
    const list = new ListOwnClaims(caller.accountId, eventId, orderAt(cursor), limit, minPosition);
    return toOrderedResponse(await this.queries.execute(list), limit, toOwnClaimResponse);
  }

  @Get(':claimId')
  @Answers(200, OwnClaimResponse)
  async get(@Param('claimId') claimId: string, @OfCall() { caller, minPosition }: Call) {
    const owner = isStaff(caller.roles) ? null : caller.accountId;
    return { data: toOwnClaimResponse(await this.queries.execute(new GetClaim(parsePathId(claimId), owner, minPosition))) };
  }
}
