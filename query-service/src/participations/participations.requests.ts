import { type ParticipationStatus } from '@rewards/contracts';
import { CursorQuery, OneOf } from '@rewards/service-kit/fields';
import { EmailFilter } from '../accounts/email-filter';
import type { ParticipantFilter } from './participations.queries';

/** All but NOT_STARTED: an account that has not started has no participation to list. */
const STARTED_STATUSES = ['IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const satisfies readonly ParticipationStatus[];

type StartedStatus = (typeof STARTED_STATUSES)[number];

export class ListParticipantsQuery extends CursorQuery implements ParticipantFilter {
  @OneOf(STARTED_STATUSES, { optional: true })
  status?: StartedStatus;

  @EmailFilter()
  email?: string;
}
