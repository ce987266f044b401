import type { Condition } from '@rewards/contracts';
import { DateTime, IANAZone } from 'luxon';
import type { ConditionKind, CountedLogin } from './condition-kind';
import { loginCount } from './login-count';
import { loginDays } from './login-days';
import { loginStreak } from './login-streak';

export type { ConditionKind, CountedLogin };

/** A further kind is one file and one line here. */
const KINDS: { readonly [Type in Condition['type']]: ConditionKind<Extract<Condition, { type: Type }>> } = {
  LOGIN_COUNT: loginCount,
  LOGIN_DAYS: loginDays,
  LOGIN_STREAK: loginStreak,
};

// The table has for each type the kind that takes its conditions; TypeScript cannot follow that through a lookup.
const kindOf = ({ type }: Condition) => KINDS[type] as ConditionKind<Condition>;

/** Progress towards the condition, from 0 to `condition.count`. */
export const progressOf = (condition: Condition, logins: readonly CountedLogin[]): number =>
  Math.min(condition.count, kindOf(condition).progress(condition, logins));

/** Whether a login adds nothing because its day has counted already. */
export const isRepeatedDay = (condition: Condition, logins: readonly CountedLogin[], day: string): boolean =>
  kindOf(condition).perDay && logins.some((login) => login.day === day);

/** This runtime's zone data does not have the zone, so it cannot tell on which day a login falls. */
export class UnknownTimeZone extends RangeError {
  override readonly name = 'UnknownTimeZone';
  constructor(readonly timeZone: string) {
    super(`This version of Node.js does not know the time zone "${timeZone}".`);
  }
}

/**
 * The calendar day of a time in a zone.
 * @param at ISO 8601 @param timeZone IANA name @returns yyyy-mm-dd
 * @throws UnknownTimeZone, RangeError for a time that is not ISO 8601
 */
export const dayOf = (at: string, timeZone: string): string => {
  const time = DateTime.fromISO(at, { zone: timeZone });
  if (time.invalidReason === 'unsupported zone') throw new UnknownTimeZone(timeZone);
  const day = time.toISODate();
  if (day === null) throw new RangeError(`not a time: ${at}`);
  return day;
};

/** Whether this runtime's zone data has the zone, so that `dayOf` can tell its days. */
export const isKnownZone = (name: string): boolean => IANAZone.isValidZone(name);

/**
 * Whether this is the IANA name of a zone that this runtime knows. A bare offset such as `+09:00` is not: newer versions of
 * Node.js know it and older ones do not, so an event that has it would stop counting on another runtime.
 */
export const isTimeZone = (name: string): boolean => /^[A-Za-z]/.test(name) && isKnownZone(name);
