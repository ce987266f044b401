import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { DEAD_LETTER_STATUSES, type DeadLetterStatus } from '@rewards/contracts';
import { existingId, type Identity } from '@rewards/service-kit';
import { EmptyBody } from '@rewards/service-kit/dto';
import { Answers } from '@rewards/service-kit/open-api';
import { Caller, Context, type Reply, type RequestContext } from '@rewards/service-kit/request-context';
import { Clock } from '../clock';
import { Commands } from '../commands';
import { DiscardMessage, RedriveMessage } from './dead-letters.commands';

export class HandledDeadLetterDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  id: string;

  @ApiProperty({ enum: DEAD_LETTER_STATUSES })
  status: DeadLetterStatus;
}

@Controller('dead-letters/:id')
export class DeadLettersController {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  @Post('redrive')
  @HttpCode(202)
  @Answers(202, HandledDeadLetterDto)
  async redrive(
    @Param('id') id: string,
    @Body() _body: EmptyBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ data: HandledDeadLetterDto }> {
    const command = new RedriveMessage(existingId(id), caller.accountId, this.clock.stamp(caller, context));
    return this.send(command, 'REDRIVEN', reply);
  }

  @Post('discard')
  @HttpCode(200)
  @Answers(200, HandledDeadLetterDto)
  async discard(
    @Param('id') id: string,
    @Body() _body: EmptyBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ data: HandledDeadLetterDto }> {
    const command = new DiscardMessage(existingId(id), caller.accountId, this.clock.stamp(caller, context));
    return this.send(command, 'DISCARDED', reply);
  }

  private async send(command: RedriveMessage | DiscardMessage, status: DeadLetterStatus, reply: Reply) {
    const token = await this.commands.execute(command);
    if (token) void reply.header('x-position', token);
    return { data: { id: command.deadLetterId, status } };
  }
}
