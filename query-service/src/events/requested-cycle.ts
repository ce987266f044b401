import type { RewardEventRecord } from '@rewards/contracts';
import { cycleOfRequest, UnknownTimeZone } from '@rewards/domain';
import { reject } from '../queries.problems';

/**
 * Returns the cycle that a query means: the one that it names, by default that of a time; null in an event without cycles.
 * @param named a calendar day, yyyy-mm-dd @param at ISO 8601 UTC with milliseconds
 * @throws Rejected NO_SUCH_CYCLE, or UNKNOWN_ZONE
 */
export const requestedCycle = (event: RewardEventRecord, named: string | undefined, at: string): string | null => {
  const { cycle, exists } = find(event, named, at);
  return exists ? cycle : reject('NO_SUCH_CYCLE', { cycle: named });
};

/** Returns the cycle to which a query is narrowed; undefined if it names none. @throws Rejected NO_SUCH_CYCLE, or UNKNOWN_ZONE */
export const narrowedCycle = (event: RewardEventRecord, named: string | undefined, at: string): string | undefined =>
  named === undefined ? undefined : (requestedCycle(event, named, at) ?? undefined);

const find = (event: RewardEventRecord, named: string | undefined, at: string) => {
  try {
    return cycleOfRequest(event, named, at);
  } catch (error) {
    if (error instanceof UnknownTimeZone) return reject('UNKNOWN_ZONE');
    throw error;
  }
};
