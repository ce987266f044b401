import { ApiProperty, PickType } from '@nestjs/swagger';
import { DEAD_LETTER_STATUSES, type DeadLetterStatus, type DeadLetterView, type Position } from '@rewards/contracts';

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

/** A dead letter in the response to the command that redrove or discarded it. */
export class HandledDeadLetterResponse extends PickType(DeadLetterResponse, ['id', 'status'] as const) {}

/** Maps a dead letter to its response in a list. */
export const toDeadLetterResponse = ({ deadLetterId: id, ...letter }: DeadLetterView): DeadLetterResponse => ({ id, ...letter });
