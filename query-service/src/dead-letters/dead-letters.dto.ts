import { ApiProperty } from '@nestjs/swagger';
import {
  DEAD_LETTER_STATUSES,
  TOPICS,
  keyOfDeadLetter,
  textOf,
  valueOfDeadLetter,
  type DeadLetterStatus,
  type DeadLetterView,
  type Topic,
  type Position,
} from '@rewards/contracts';
import { CursorQuery, OneOf } from '@rewards/service-kit/dto';
import type { WholeDeadLetter } from './dead-letters.queries';

export class ListDeadLettersQuery extends CursorQuery {
  @OneOf(TOPICS, { optional: true })
  topic?: Topic;

  @OneOf(DEAD_LETTER_STATUSES, { optional: true })
  status?: DeadLetterStatus;
}

/** A message that could not be handled, as a list shows it: at most 1,000 characters of its payload. */
export class DeadLetterDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  id: string;

  @ApiProperty({ type: 'string' })
  topic: string;

  @ApiProperty({ type: 'integer' })
  partition: number;

  @ApiProperty({ type: 'string' })
  offset: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no key, or one that is not UTF-8' })
  key: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no value, or one that is not UTF-8' })
  payload: string | null;

  @ApiProperty({ type: 'boolean', description: 'whether the payload is longer than shown here' })
  payloadCut: boolean;

  @ApiProperty({ type: 'string' })
  error: string;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({ type: 'integer' })
  redrives: number;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ enum: DEAD_LETTER_STATUSES })
  status: DeadLetterStatus;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  handledBy: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  handledAt: string | null;

  @ApiProperty({ type: 'string' })
  position: Position;
}

export const toDeadLetterDto = ({ deadLetterId: id, ...letter }: DeadLetterView): DeadLetterDto => ({ id, ...letter });

/** The same with the complete message, as far as it is stored. */
export class WholeDeadLetterDto extends DeadLetterDto {
  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no key' })
  keyBase64: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no value' })
  payloadBase64: string | null;
}

export const toWholeDeadLetterDto = ({ view, letter }: WholeDeadLetter): WholeDeadLetterDto => {
  const [key, value] = [keyOfDeadLetter(letter), valueOfDeadLetter(letter)];
  return {
    ...toDeadLetterDto(view),
    payload: textOf(value),
    payloadCut: letter.isCut ?? false,
    keyBase64: key && key.toString('base64'),
    payloadBase64: value && value.toString('base64'),
  };
};
