import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { problem } from '@rewards/service-kit';
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
    const building = await this.rebuilds.request(name);
    if (!building)
      throw problem('NOT_FOUND', { detail: `No read model is named "${name.slice(0, 100)}". GET /projections lists them.` });
    const { version, position } = building;
    return { data: { name, version, position } };
  }
}
