import type { Condition } from '@rewards/contracts';
import { DateTime, IANAZone } from 'luxon';
import type { ConditionKind, CountedLogin } from './condition-kind';
import { loginCount } from './login-count';

export type { ConditionKind, CountedLogin };

/** A further kind is one file and one line here. */
const KINDS: { readonly [Type in Condition['type']]: ConditionKind<Extract<Condition, { type: Type }>> } = {
  LOGIN_COUNT: loginCount,
};

/** Progress towards the condition, from 0 to `condition.count`. */
export const progressOf = (condition: Condition, logins: readonly CountedLogin[]): number =>
  Math.min(condition.count, KINDS[condition.type].progress(condition, logins));

/**
 * The calendar day of a time in a zone.
 * @param at ISO 8601 @param timeZone IANA name @returns yyyy-mm-dd
 */
export const dayOf = (at: string, timeZone: string): string => {
  const day = DateTime.fromISO(at, { zone: timeZone }).toISODate();
  if (day === null) throw new RangeError(`no such time or zone: ${at} ${timeZone}`);
  return day;
};

/** Whether this is an IANA zone that we can reckon with. */
export const isTimeZone = (name: string): boolean => IANAZone.isValidZone(name);
