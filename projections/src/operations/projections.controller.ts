import { Controller, Get } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { AnswersList } from '@rewards/service-kit/open-api';
import { Monitor, PROJECTION_STATES, type ProjectionReport } from './monitor';

export class ProjectionDto implements ProjectionReport {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: string;

  @ApiProperty({ type: 'integer', nullable: true })
  lagEvents: number | null;

  @ApiProperty({ type: 'integer' })
  lagMs: number;

  @ApiProperty({ enum: PROJECTION_STATES })
  state: ProjectionReport['state'];

  @ApiProperty({ type: 'string', nullable: true })
  error: string | null;
}

@Controller('projections')
export class ProjectionsController {
  constructor(private readonly monitor: Monitor) {}

  @Get()
  @AnswersList(ProjectionDto)
  async list(): Promise<{ data: readonly ProjectionDto[] }> {
    return { data: await this.monitor.report() };
  }
}
