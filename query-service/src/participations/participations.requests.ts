import { IntersectionType } from '@nestjs/swagger';
import { isId, type ParticipationStatus } from '@rewards/contracts';
import { CursorQuery, field, OneOf, PageQuery, satisfies } from '@rewards/service-kit/fields';
import { CycleDay } from '@rewards/service-kit/resources/reward-event.responses';
import { EmailFilter } from '../accounts/email-filter';
import type { ParticipantFilter } from './participations.queries';

/** All but NOT_STARTED: an account that has not started has no participation to list. */
const STARTED_STATUSES = ['IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const satisfies readonly ParticipationStatus[];

type StartedStatus = (typeof STARTED_STATUSES)[number];

const AfterLogin = () =>
  field(
    {
      type: 'string',
      format: 'uuid',
      description:
        'The `loginId` of an own login. Waits up to 2 s until the login was counted, or judged not to count, and the response ' +
        'shows it',
    },
    { optional: true },
    satisfies('isLoginId', 'must be the loginId of a login response', isId),
  );

export class ProgressQuery {
  @CycleDay({ optional: true })
  cycle?: string;

  @AfterLogin()
  afterLogin?: string;
}

export class ListParticipationsQuery extends PageQuery {
  @AfterLogin()
  afterLogin?: string;
}

export class ParticipantFilterQuery implements ParticipantFilter {
  @CycleDay({ optional: true })
  cycle?: string;

  @OneOf(STARTED_STATUSES, { optional: true })
  status?: StartedStatus;

  @EmailFilter()
  email?: string;
}

export class ListParticipantsQuery extends IntersectionType(CursorQuery, ParticipantFilterQuery) {}
