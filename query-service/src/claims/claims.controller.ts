import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { isStaff, type ConsistencyToken } from '@rewards/contracts';
import { existingId, type Identity } from '@rewards/service-kit';
import { Answers, AnswersCursorPage } from '@rewards/service-kit/open-api';
import { Caller, ClientSignal, type Reply } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
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
  async list(@Query() { limit, cursor, ...filter }: ListClaimsQuery, @MinPosition() atLeast: ConsistencyToken | null) {
    const found = await this.queries.execute(new ListClaims(filter, orderAt(cursor), limit, atLeast));
    return toOrderedResponse(found, limit, toClaimResponse);
  }

  /** Read as the client takes it, until the client leaves. An export that cannot be completed breaks the connection. */
  @Get('export')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(
    @Query() filter: ClaimFilterQuery,
    @MinPosition() atLeast: ConsistencyToken | null,
    @ClientSignal() signal: AbortSignal,
    @Res() reply: Reply,
  ) {
    const pages = await this.queries.execute(new ExportClaims(filter, atLeast, signal));
    void reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="claims.csv"')
      .send(Readable.from(claimsCsv(pages), { objectMode: false }));
  }

  @Get('mine')
  @AnswersCursorPage(OwnClaimResponse)
  async listOwn(
    @Query() { limit, cursor, eventId }: ListOwnClaimsQuery,
    @Caller() { accountId }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    const found = await this.queries.execute(new ListOwnClaims(accountId, eventId, orderAt(cursor), limit, atLeast));
    return toOrderedResponse(found, limit, toOwnClaimResponse);
  }

  @Get(':claimId')
  @Answers(200, OwnClaimResponse)
  async get(
    @Param('claimId') claimId: string,
    @Caller() { accountId, roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    const owner = isStaff(roles) ? null : accountId;
    return { data: toOwnClaimResponse(await this.queries.execute(new GetClaim(existingId(claimId), owner, atLeast))) };
  }
}
