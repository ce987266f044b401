import { DAY_MS, dayBefore, dayNumber, utcDay } from '@rewards/domain/calendar-days';
import { dayOf } from '@rewards/domain/conditions/index';
import { currentCycle, findCycle } from '@rewards/domain/cycles';
import type { Schemas } from '../api/client';

export type PlayerEvent = Schemas['RewardEventResponse'];
export type PlayerProgress = Schemas['OwnProgressResponse'];

/** A reward of a milestone as a player sees it. */
export type PlayerReward = Schemas['RewardBalanceResponse'] & { readonly onHold: boolean };

export interface PlayerMilestone {
  readonly count: number;
  readonly status: 'LOCKED' | 'ELIGIBLE' | 'COMPLETED';
  readonly rewards: readonly PlayerReward[];
}

/** The milestones with their rewards, ascending. Without progress, as a player sees them who has not logged in yet. */
export const milestonesOf = (event: PlayerEvent, progress: PlayerProgress | null): readonly PlayerMilestone[] => {
  const isOnHold = (count: number, name: string): boolean =>
    event.milestones.some((each) => each.count === count && each.rewards.some((reward) => reward.name === name && reward.onHold));
  if (progress)
    return progress.milestones.map(({ count, status, rewards }) => ({
      count,
      status,
      rewards: rewards.map((reward) => ({ ...reward, onHold: isOnHold(count, reward.name) })),
    }));
  return event.milestones.map(({ count, rewards }) => ({
    count,
    status: 'LOCKED',
    rewards: rewards.map((reward) => ({ ...reward, claimed: 0, remaining: reward.amount })),
  }));
};

/** Whether the player can do something with a milestone now: complete it, or claim one of its rewards. */
export const isWaiting = ({ status, rewards }: PlayerMilestone): boolean =>
  status === 'ELIGIBLE' || (status === 'COMPLETED' && rewards.some(({ remaining, onHold }) => remaining > 0 && !onHold));

/** The milestone to show first: one that waits for the player, otherwise the next one, otherwise the last one. */
export const firstToShow = (milestones: readonly PlayerMilestone[]): PlayerMilestone | undefined =>
  milestones.find(isWaiting) ?? milestones.find(({ status }) => status === 'LOCKED') ?? milestones.at(-1);

/** The smallest amount that a claim of a reward may take. The server enforces it. */
export const leastClaim = ({ amount, remaining }: PlayerReward): number => Math.min(remaining, Math.ceil(amount / 1_000));

/** The part of the window that the progress belongs to. */
export interface PlayerPeriod {
  /** First day of the cycle, yyyy-mm-dd; null in an event without cycles. */
  readonly cycle: string | null;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** The period of the progress: its cycle, or the whole window. @param now ISO 8601 UTC */
export const periodOf = (event: PlayerEvent, progress: PlayerProgress | null, now: string): PlayerPeriod => {
  const { startsAt, endsAt } = event;
  if (event.cycle === null) return { cycle: null, startsAt, endsAt };
  const cycle = progress?.cycle ?? currentCycle(event.cycle, now, event);
  return findCycle(event.cycle, cycle, event) ?? { cycle, startsAt, endsAt };
};

/** The calendar day in the event's zone, which begins at its `dayStartsAt`. @param now ISO 8601 UTC */
export const todayOf = ({ timeZone, dayStartsAt }: PlayerEvent, now: string): string => dayOf(now, timeZone, dayStartsAt);

/** Whether a login at this time counts for the period. */
const isRunning = (event: PlayerEvent, { startsAt, endsAt }: PlayerPeriod, now: string): boolean =>
  (event.status === 'ACTIVE' || event.status === 'PAUSED') && startsAt <= now && now < endsAt;

/** Whether a login today would add to the progress, and none has been counted today. */
export const lacksToday = (event: PlayerEvent, progress: PlayerProgress, now: string): boolean =>
  event.status === 'ACTIVE' &&
  event.condition.type !== 'LOGIN_COUNT' &&
  progress.progress < progress.required &&
  isRunning(event, periodOf(event, progress, now), now) &&
  !progress.days.includes(todayOf(event, now));

/**
 * The place of today in an attendance calendar: the number that a login today gets, from 1. Null if today has no place, because
 * every login counts, the event does not run, or all days are reached.
 */
export const placeOfToday = (event: PlayerEvent, progress: PlayerProgress | null, now: string): number | null => {
  const { condition } = event;
  if (condition.type === 'LOGIN_COUNT' || !isRunning(event, periodOf(event, progress, now), now)) return null;
  const today = todayOf(event, now);
  const days = progress?.days ?? [];
  const place =
    condition.type === 'LOGIN_STREAK'
      ? spanUntil(today, days, condition.graceDays)
      : (progress?.progress ?? 0) + (days.includes(today) ? 0 : 1);
  return place <= condition.count ? place : null;
};

/** Progress that a login today continues: for a streak the running one, which may be shorter than the best one. */
export const runningProgress = (event: PlayerEvent, progress: PlayerProgress | null, now: string): number => {
  const place = placeOfToday(event, progress, now);
  if (event.condition.type !== 'LOGIN_STREAK' || place === null) return progress?.progress ?? 0;
  return progress?.days.includes(todayOf(event, now)) ? place : place - 1;
};

/** Length of the longest span that ends today, if the player logs in today, and misses at most `graceDays` days. */
export const spanUntil = (today: string, days: readonly string[], graceDays = 0): number => {
  const lengths = [...new Set([...days, today])]
    .filter((day) => day <= today)
    .map((day) => dayNumber(today) - dayNumber(day) + 1)
    .sort((a, b) => a - b);
  // The span of the n-th latest login day contains n login days.
  return lengths.filter((length, index) => length - (index + 1) <= graceDays).at(-1) ?? 1;
};

/** One day in the strip of a week. */
export interface StripDay {
  readonly day: string;
  readonly isCounted: boolean;
  readonly isToday: boolean;
  /** Whether the day belongs to the period. */
  readonly isInside: boolean;
}

/** The days of one week, from Monday, and whether the period has earlier and later weeks. */
export interface StripWeek {
  readonly days: readonly StripDay[];
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

/** @param weeks how many weeks later than the one that contains today, or the nearest day of the period */
export const weekOf = (event: PlayerEvent, progress: PlayerProgress | null, now: string, weeks = 0): StripWeek => {
  const { startsAt, endsAt } = periodOf(event, progress, now);
  const first = todayOf(event, startsAt);
  const last = todayOf(event, new Date(Date.parse(endsAt) - 1).toISOString());
  const today = todayOf(event, now);
  const anchor = today < first ? first : today > last ? last : today;
  const monday = addDays(anchor, weeks * 7 - ((new Date(anchor).getUTCDay() + 6) % 7));
  const counted = new Set(progress?.days);
  return {
    days: Array.from({ length: 7 }, (_, index) => addDays(monday, index)).map((day) => ({
      day,
      isCounted: counted.has(day),
      isToday: day === today,
      isInside: first <= day && day <= last,
    })),
    hasEarlier: dayBefore(monday) >= first,
    hasLater: addDays(monday, 7) <= last,
  };
};

const addDays = (day: string, count: number): string => utcDay(Date.parse(day) + count * DAY_MS);
