import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { MessageBus } from '@rewards/message-bus';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { EmptyBody } from '@rewards/service-kit/fields';
import { Answers } from '@rewards/service-kit/open-api';
import { Clock } from '@rewards/service-kit/clock';
import { createMetadata } from '../command-metadata';
import { MESSAGE_BUS } from '../streams';
import { discardMessageCommand, redriveMessageCommand, type DeadLetterRequest } from './dead-letters.commands';
import { HandledDeadLetterResponse } from '@rewards/service-kit/resources/dead-letter.responses';

/** The routes by which operators redrive and discard dead letters. */
@Controller('dead-letters/:id')
export class DeadLettersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    @Inject(MESSAGE_BUS) private readonly bus: MessageBus,
  ) {}

  @Post('redrive')
  @HttpCode(202)
  @Answers(202, HandledDeadLetterResponse)
  redrive(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.send(redriveMessageCommand(this.request(id, call), this.bus), { id, status: 'REDRIVEN' }, call);
  }

  @Post('discard')
  @HttpCode(200)
  @Answers(200, HandledDeadLetterResponse)
  discard(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.send(discardMessageCommand(this.request(id, call)), { id, status: 'DISCARDED' }, call);
  }

  private request(id: string, { caller, cause }: Call): DeadLetterRequest {
    return { deadLetterId: parsePathId(id), by: caller.accountId, metadata: createMetadata(this.clock, cause) };
  }

  private async send(
    command: ReturnType<typeof discardMessageCommand>,
    data: HandledDeadLetterResponse,
    call: Call,
  ): Promise<{ data: HandledDeadLetterResponse }> {
    const { token } = await this.commands.execute(command);
    call.recorded(token);
    return { data };
  }
}
