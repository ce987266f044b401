import { isToken, parseTime } from '@rewards/contracts';
import { field, satisfies } from '@rewards/service-kit/fields';
import type { AsOf } from './time-travel.queries';

export class AsOfQuery {
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
}

export const toAsOf = ({ asOf }: AsOfQuery): AsOf => {
  if (asOf === undefined) return null;
  const time = parseTime(asOf);
  return time === null ? { place: asOf } : { time };
};
