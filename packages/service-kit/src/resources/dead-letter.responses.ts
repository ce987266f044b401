import { ApiProperty, PickType } from '@nestjs/swagger';
import {
  DEAD_LETTER_STATUSES,
  isFingerprint,
  type DeadLetterStatus,
  type DeadLetterView,
  type Position,
} from '@rewards/contracts';
import { field, satisfies, type FieldOptions } from '../fields';

/** The fingerprint of a group of dead letters: 16 hexadecimal digits. */
export const Fingerprint = (options: FieldOptions = {}) =>
  field(
    {
      type: 'string',
      pattern: '^[0-9a-f]{16}$',
      example: '5d41402abc4b2a76',
      description: 'Equal for dead letters of the same topic, kind of error and shape',
    },
    options,
    satisfies('isFingerprint', 'must be the fingerprint of a dead letter: 16 lower-case hexadecimal digits', isFingerprint),
  );

/** A dead letter in a list, with at most 1,000 characters of its payload. */
export class DeadLetterResponse {
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

  @ApiProperty({ type: 'boolean', description: 'whether the message is longer than shown here' })
  payloadCut: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'The headers of the message that are text, by name; in a list, as many as fit in 2,000 characters',
    example: { ce_type: 'LoggedIn' },
  })
  headers: Readonly<Record<string, string>>;

  @ApiProperty({ type: 'string' })
  error: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description:
      'Equal for dead letters of the same topic, kind of error and shape; null only while an upgrade fills the next version of the read model',
  })
  fingerprint: string | null;

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

/** A dead letter in the response to the command that redrove or discarded it. */
export class HandledDeadLetterResponse extends PickType(DeadLetterResponse, ['id', 'status'] as const) {}

/** A group of dead letters in the response to the command that redrives or discards it. */
export class HandledDeadLettersResponse {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of dead letters that were open at the time of the request' })
  count: number;
}

/** The open dead letters with one fingerprint. */
export class DeadLetterGroupResponse {
  @Fingerprint()
  fingerprint: string;

  @ApiProperty({ type: 'string' })
  topic: string;

  @ApiProperty({ type: 'string', description: 'The error of the newest dead letter' })
  error: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  count: number;

  @ApiProperty({ type: 'string', format: 'date-time' })
  firstAt: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  lastAt: string;
}

/** Maps a dead letter to its response in a list. */
export const toDeadLetterResponse = ({
  deadLetterId: id,
  fingerprint = null,
  headers = {},
  ...letter
}: DeadLetterView): DeadLetterResponse => ({ id, fingerprint, headers, ...letter });
