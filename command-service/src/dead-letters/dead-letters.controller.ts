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
import { HandleDeadLetterGroup } from './dead-letter-groups';
import { discardMessageCommand, redriveMessageCommand, type DeadLetterRequest } from './dead-letters.commands';
import { DeadLetterGroupBody } from './dead-letters.requests';
import { HandledDeadLetterResponse, HandledDeadLettersResponse } from '@rewards/service-kit/resources/dead-letter.responses';

const requestOf = (clock: Clock, deadLetterId: string, { caller, cause }: Call): DeadLetterRequest => ({
  deadLetterId,
  by: caller.accountId,
  metadata: createMetadata(clock, cause),
});

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
    const request = requestOf(this.clock, parsePathId(id), call);
    return this.send(redriveMessageCommand(request, this.bus), { id, status: 'REDRIVEN' }, call);
  }

  @Post('discard')
  @HttpCode(200)
  @Answers(200, HandledDeadLetterResponse)
  discard(@Param('id') id: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    const request = requestOf(this.clock, parsePathId(id), call);
    return this.send(discardMessageCommand(request), { id, status: 'DISCARDED' }, call);
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

/** The routes by which operators redrive and discard all open dead letters with one fingerprint. */
@Controller('dead-letters')
export class DeadLetterGroupsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    @Inject(MESSAGE_BUS) private readonly bus: MessageBus,
  ) {}

  @Post('redrive')
  @HttpCode(202)
  @Answers(202, HandledDeadLettersResponse)
  redrive(@Body() { fingerprint }: DeadLetterGroupBody, @OfCall() call: Call) {
    const commandFor = (id: string) => redriveMessageCommand(this.request(id, call), this.bus);
    return this.send(new HandleDeadLetterGroup(fingerprint, true, commandFor), call);
  }

  @Post('discard')
  @HttpCode(202)
  @Answers(202, HandledDeadLettersResponse)
  discard(@Body() { fingerprint }: DeadLetterGroupBody, @OfCall() call: Call) {
    const commandFor = (id: string) => discardMessageCommand(this.request(id, call));
    return this.send(new HandleDeadLetterGroup(fingerprint, false, commandFor), call);
  }

  private request(id: string, call: Call): DeadLetterRequest {
    return { ...requestOf(this.clock, id, call), priority: 'background' };
  }

  private async send(command: HandleDeadLetterGroup, call: Call): Promise<{ data: HandledDeadLettersResponse }> {
    const { count, token } = await this.commands.execute(command);
    call.recorded(token);
    return { data: { count } };
  }
}
