import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { EmptyBody } from '@rewards/service-kit/fields';
import { Answers, AnswersList } from '@rewards/service-kit/open-api';
import { Monitor } from './monitor';
import { Rebuilds } from './rebuilds';
import { ProjectionResponse, RebuildResponse } from './projections.responses';

@Controller('projections')
export class ProjectionsController {
  constructor(
    private readonly monitor: Monitor,
    private readonly rebuilds: Rebuilds,
  ) {}

  @Get()
  @AnswersList(ProjectionResponse)
  async list(): Promise<{ data: readonly ProjectionResponse[] }> {
    return { data: await this.monitor.report() };
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @Answers(202, RebuildResponse)
  async rebuild(@Param('name') name: string, @Body() _body: EmptyBody): Promise<{ data: RebuildResponse }> {
    const { version, position } = await this.rebuilds.request(name);
    return { data: { name, version, position } };
  }
}
