import { keyOfDeadLetter, streams, valueOfDeadLetter, type DeadLettered } from '@rewards/contracts';
import { deadLetter, discardMessage, recordDeadLetter, redrivable, redriveMessage } from '@rewards/domain';
import type { AppendOptions, CommandMetadata } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { StreamCommand } from '../stream-command';

/** Records a message that could not be handled. */
export const deadLetterMessageCommand = (letter: DeadLettered, metadata: CommandMetadata) =>
  new StreamCommand({
    name: 'DeadLetterMessage',
    aggregate: deadLetter,
    stream: streams.deadLetter(letter.deadLetterId),
    decide: recordDeadLetter(letter),
    metadata,
    priority: 'background',
  });

/** An operator's decision on a dead letter. */
export interface DeadLetterRequest {
  readonly deadLetterId: string;
  /** Account of the operator. */
  readonly by: string;
  readonly metadata: CommandMetadata;
  /** `background` for one of many that no request waits for. */
  readonly priority?: AppendOptions['priority'];
}

/**
 * Publishes the message again, byte for byte and with its headers, and then records the redrive. After a crash between the two, the dead letter can
 * be redriven again. A second copy of a message has no effect, because the log records a message once, by its id.
 */
export const redriveMessageCommand = (
  { deadLetterId, by, metadata, priority }: DeadLetterRequest,
  bus: Pick<MessageBus, 'publish'>,
) =>
  new StreamCommand({
    name: 'RedriveMessage',
    aggregate: deadLetter,
    stream: streams.deadLetter(deadLetterId),
    beforeRecording: async (state) => {
      const message = redrivable(state);
      const { topic, headers } = message;
      const [key, value] = [keyOfDeadLetter(message), valueOfDeadLetter(message)];
      await bus.publish(topic, [{ key, value, ...(headers && { headers }) }]);
    },
    decide: redriveMessage({ deadLetterId, by, at: metadata.at }),
    metadata,
    priority,
  });

/** Discards the message permanently. */
export const discardMessageCommand = ({ deadLetterId, by, metadata, priority }: DeadLetterRequest) =>
  new StreamCommand({
    name: 'DiscardMessage',
    aggregate: deadLetter,
    stream: streams.deadLetter(deadLetterId),
    decide: discardMessage({ deadLetterId, by, at: metadata.at }),
    metadata,
    priority,
  });
