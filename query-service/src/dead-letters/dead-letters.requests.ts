import { DEAD_LETTER_STATUSES, TOPICS, type DeadLetterStatus, type Topic } from '@rewards/contracts';
import { CursorQuery, OneOf } from '@rewards/service-kit/fields';
import { Fingerprint } from '@rewards/service-kit/resources/dead-letter.responses';

export class ListDeadLettersQuery extends CursorQuery {
  @OneOf(TOPICS, { optional: true })
  topic?: Topic;

  @OneOf(DEAD_LETTER_STATUSES, { optional: true })
  status?: DeadLetterStatus;

  @Fingerprint({ optional: true })
  fingerprint?: string;
}
