import { cycleAt, milestoneKey, reachedBy, type Calendar } from './calendars';
import type { LogSummary, Violations } from './history-checker';
import type { History } from './players';

/**
 * Compares what the log grants for calendars with the logins that it contains: each reached milestone is completed once, and
 * granted in full if that is automatic or the player did claim it; no other one is completed; and none is granted beyond its promise.
 * @param calendars by the id of the event
 * @param promised units of each milestone
 */
export const checkCalendars = (
  log: LogSummary,
  history: History,
  calendars: ReadonlyMap<string, Calendar>,
  promised: number,
): Violations => {
  const [permanent, missing]: [string[], string[]] = [[], []];
  const claimed = new Set(history.calendarClaims);
  const reached = new Set<string>();
  for (const [eventId, calendar] of calendars) {
    for (const accountId of history.registered.keys()) {
      const logins = log.logins.get(accountId) ?? new Map<string, string>();
      for (const [loginId, at] of logins) {
        const wrong = (log.counted.get(`${eventId} ${loginId}`) ?? []).filter((cycle) => cycle !== cycleAt(calendar, at));
        permanent.push(...wrong.map((cycle) => `login ${loginId} of ${at}: counted in the cycle ${cycle} of ${calendar.name}`));
      }
      // Nothing is automatic once the account is erased.
      const isErased = (log.accounts.get(accountId)?.erasures ?? 0) > 0;
      for (const [cycle, counts] of reachedBy(calendar, [...logins.values()])) {
        for (const count of counts) {
          const key = milestoneKey(eventId, accountId, cycle, count);
          reached.add(key);
          if (isErased) continue;
          const { completions = 0, units = 0 } = log.milestones.get(key) ?? {};
          if (completions < 1) missing.push(`${calendar.name} ${key}: reached, but not completed`);
          if (calendar.autoClaim && units < promised)
            missing.push(`${calendar.name} ${key}: ${units} of ${promised} units granted`);
        }
      }
    }
  }
  for (const [key, { completions, units }] of log.milestones) {
    const [eventId = '', accountId = ''] = key.split(' ');
    if (!calendars.has(eventId) || !history.registered.has(accountId)) continue;
    if (!reached.has(key)) permanent.push(`${key}: completed, but not reached by the recorded logins`);
    if (completions > 1) permanent.push(`${key}: completed ${completions} times`);
    if (units > promised) permanent.push(`${key}: ${units} units granted, but ${promised} promised`);
  }
  for (const key of claimed) {
    const { units = 0 } = log.milestones.get(key) ?? {};
    if (units !== promised) permanent.push(`${key}: a claim of all units was acknowledged, but the log grants ${units}`);
  }
  return { permanent, missing };
};
