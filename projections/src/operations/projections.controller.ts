import type { Position } from '@rewards/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { problem } from '@rewards/service-kit';
import { EmptyBody } from '@rewards/service-kit/dto';
import { Answers, AnswersList } from '@rewards/service-kit/open-api';
import { Monitor, PROJECTION_STATES, type ProjectionReport } from './monitor';
import { Rebuilds } from './rebuilds';

export class ProjectionDto implements ProjectionReport {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: Position;

  @ApiProperty({ type: 'integer', nullable: true })
  lagEvents: number | null;

  @ApiProperty({ type: 'integer' })
  lagMs: number;

  @ApiProperty({ enum: PROJECTION_STATES })
  state: ProjectionReport['state'];

  @ApiProperty({ type: 'string', nullable: true })
  error: string | null;
}

/** A rebuild that runs: the version replaces the live one when it has reached it. */
export class RebuildDto {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: Position;
}

@Controller('projections')
export class ProjectionsController {
  constructor(
    private readonly monitor: Monitor,
    private readonly rebuilds: Rebuilds,
  ) {}

  @Get()
  @AnswersList(ProjectionDto)
  async list(): Promise<{ data: readonly ProjectionDto[] }> {
    return { data: await this.monitor.report() };
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @Answers(202, RebuildDto)
  async rebuild(@Param('name') name: string, @Body() _body: EmptyBody): Promise<{ data: RebuildDto }> {
    const building = await this.rebuilds.request(name);
    if (!building)
      throw problem('NOT_FOUND', { detail: `No read model is named "${name.slice(0, 100)}". GET /projections lists them.` });
    const { version, position } = building;
    return { data: { name, version, position } };
  }
}
