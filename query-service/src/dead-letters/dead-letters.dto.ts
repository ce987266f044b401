import { ApiProperty } from '@nestjs/swagger';
import { DEAD_LETTER_STATUSES, type DeadLetterStatus, type DeadLetterView } from '@rewards/contracts';
import { CursorQuery, OneOf, QueryText } from '@rewards/service-kit/dto';

export class ListDeadLettersQuery extends CursorQuery {
  @QueryText(200)
  topic?: string;

  @OneOf(DEAD_LETTER_STATUSES, { optional: true })
  status?: DeadLetterStatus;
}

/** A message that could not be handled, as the API tells it. */
export class DeadLetterDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  id: string;

  @ApiProperty({ type: 'string' })
  topic: string;

  @ApiProperty({ type: 'integer' })
  partition: number;

  @ApiProperty({ type: 'string' })
  offset: string;

  @ApiProperty({ type: 'string' })
  key: string;

  @ApiProperty({ type: 'string' })
  payload: string;

  @ApiProperty({ type: 'string' })
  error: string;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ enum: DEAD_LETTER_STATUSES })
  status: DeadLetterStatus;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  handledBy: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  handledAt: string | null;

  @ApiProperty({ type: 'string' })
  position: string;
}

export const toDeadLetterDto = ({ deadLetterId: id, ...letter }: DeadLetterView): DeadLetterDto => ({ id, ...letter });
