import { isToken, parseTime } from '@rewards/contracts';
import { field, QueryInteger, satisfies } from '@rewards/service-kit/fields';
import { CycleDay } from '@rewards/service-kit/resources/reward-event.responses';
import type { AsOf, EventsPage } from './time-travel.queries';

const MAX_REVISION = 999_999_999;

export class CycleQuery {
  @CycleDay({ optional: true })
  cycle?: string;
}

export class AsOfQuery extends CycleQuery implements EventsPage {
  @field(
    { type: 'string', description: 'A time (ISO 8601 with its offset), a position or an X-Position. Default: now' },
    { optional: true },
    satisfies(
      'isAsOf',
      'must be an ISO 8601 time with its offset, a position of the log or the X-Position of an answer',
      (value) => (typeof value === 'string' && isToken(value)) || parseTime(value) !== null,
    ),
  )
  asOf?: string;

  @QueryInteger(0, MAX_REVISION, 0, 'Revision of the first fact to list; the `page.next` of the page before')
  fromRevision = 0;

  @QueryInteger(1, 1_000, 200)
  limit = 200;
}

export const toAsOf = ({ asOf }: AsOfQuery): AsOf => {
  if (asOf === undefined) return null;
  const time = parseTime(asOf);
  return time === null ? { place: asOf } : { time };
};
