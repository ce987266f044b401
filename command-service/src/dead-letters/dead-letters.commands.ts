import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { keyOfDeadLetter, streams, valueOfDeadLetter, type ConsistencyToken, type DeadLettered } from '@rewards/contracts';
import { discardMessage, recordDeadLetter, redrivable, redriveMessage } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { MetadataCommand } from '../commands';
import { DEAD_LETTER_STREAMS, MESSAGE_BUS, type DeadLetterStreams } from '../streams';

/** Records a message that could not be handled. */
export class DeadLetterMessage extends MetadataCommand<void> {
  readonly name = 'DeadLetterMessage';

  constructor(
    readonly letter: DeadLettered,
    readonly metadata: CommandMetadata,
  ) {
    super();
  }
}

@CommandHandler(DeadLetterMessage)
export class DeadLetterMessageHandler implements ICommandHandler<DeadLetterMessage> {
  constructor(@Inject(DEAD_LETTER_STREAMS) private readonly deadLetters: DeadLetterStreams) {}

  async execute({ letter, metadata }: DeadLetterMessage): Promise<void> {
    await this.deadLetters.handle(streams.deadLetter(letter.deadLetterId), recordDeadLetter(letter), metadata);
  }
}

/** An operator's decision on a dead letter; returns the token of its domain event. */
abstract class HandleDeadLetter extends MetadataCommand<ConsistencyToken | null> {
  constructor(
    readonly deadLetterId: string,
    /** Account of the operator. */
    readonly by: string,
    readonly metadata: CommandMetadata,
  ) {
    super();
  }

  get stream(): string {
    return streams.deadLetter(this.deadLetterId);
  }

  get handling() {
    return { deadLetterId: this.deadLetterId, by: this.by, at: this.metadata.at };
  }
}

/** Publishes the message again, byte for byte. */
export class RedriveMessage extends HandleDeadLetter {
  readonly name = 'RedriveMessage';
}

@CommandHandler(RedriveMessage)
export class RedriveMessageHandler implements ICommandHandler<RedriveMessage> {
  constructor(
    @Inject(DEAD_LETTER_STREAMS) private readonly deadLetters: DeadLetterStreams,
    @Inject(MESSAGE_BUS) private readonly bus: MessageBus,
  ) {}

  /**
   * Publishes first, then records: a crash between the two leaves a dead letter that can be redriven again. A second copy of
   * a message has no effect, since its content is recorded under an id of its own.
   */
  async execute({ stream, handling, metadata }: RedriveMessage): Promise<ConsistencyToken | null> {
    const message = redrivable((await this.deadLetters.load(stream)).state);
    await this.bus.publish(message.topic, [{ key: keyOfDeadLetter(message), value: valueOfDeadLetter(message) }]);
    return (await this.deadLetters.handle(stream, redriveMessage(handling), metadata)).token;
  }
}

/** Discards the message for good. */
export class DiscardMessage extends HandleDeadLetter {
  readonly name = 'DiscardMessage';
}

@CommandHandler(DiscardMessage)
export class DiscardMessageHandler implements ICommandHandler<DiscardMessage> {
  constructor(@Inject(DEAD_LETTER_STREAMS) private readonly deadLetters: DeadLetterStreams) {}

  async execute({ stream, handling, metadata }: DiscardMessage): Promise<ConsistencyToken | null> {
    return (await this.deadLetters.handle(stream, discardMessage(handling), metadata)).token;
  }
}
