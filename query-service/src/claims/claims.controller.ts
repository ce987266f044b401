import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { Position } from '@rewards/contracts';
import { invalid, type Identity } from '@rewards/service-kit';
import { AnswersCursorPage } from '@rewards/service-kit/open-api';
import { Caller } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import type { CursorPage } from '../read-models/page';
import { parseCursor, toCursor } from './claim-cursor';
import { ClaimDto, ListClaimsQuery, ListOwnClaimsQuery, OwnClaimDto, toClaimDto, toOwnClaimDto } from './claims.dto';
import { ListClaims, ListOwnClaims } from './claims.queries';

@TakesMinPosition()
@Controller('claims')
export class ClaimsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(ClaimDto)
  async list(@Query() { limit, cursor, ...filter }: ListClaimsQuery, @MinPosition() atLeast: Position | null) {
    const found = await this.queries.execute(new ListClaims(filter, orderAt(cursor), limit, atLeast));
    return toAnswer(found, limit, toClaimDto);
  }

  @Get('mine')
  @AnswersCursorPage(OwnClaimDto)
  async listOwn(
    @Query() { limit, cursor, eventId }: ListOwnClaimsQuery,
    @Caller() { accountId }: Identity,
    @MinPosition() atLeast: Position | null,
  ) {
    const found = await this.queries.execute(new ListOwnClaims(accountId, eventId, orderAt(cursor), limit, atLeast));
    return toAnswer(found, limit, toOwnClaimDto);
  }
}

const toAnswer = <Row, Dto>({ rows, next }: CursorPage<Row>, limit: number, toDto: (row: Row) => Dto) => ({
  data: rows.map(toDto),
  page: { limit, next: next === null ? null : toCursor(next) },
});

const orderAt = (cursor: string | undefined): string | null => {
  if (cursor === undefined) return null;
  const order = parseCursor(cursor);
  if (order === null) throw invalid({ field: 'cursor', message: 'must be the next of an earlier page' });
  return order;
};
