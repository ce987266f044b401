import { isTimeOfDay } from '@rewards/contracts/field-rules';
import { DAY_MS, dayNumber, utcDay } from '@rewards/domain/calendar-days';
import { dayOf, isTimeZone } from '@rewards/domain/conditions/index';
import type { Schemas } from '../../shared/api/client';
import { hasClockChange } from '../time/zones';
import { bodyOf, type EventForm } from './form';
import { instantIn } from './wall-time';
import type { PromisedEvent } from './words';

export type Window = Pick<PromisedEvent, 'startsAt' | 'endsAt' | 'timeZone' | 'dayStartsAt'>;

/** The window of a form; null as long as it is not complete. */
export const windowOf = ({
  startsAt,
  endsAt,
  timeZone,
  dayStartsAt,
}: Pick<EventForm, 'startsAt' | 'endsAt' | 'timeZone' | 'dayStartsAt'>): Window | null => {
  if (!isTimeZone(timeZone) || !isTimeOfDay(dayStartsAt)) return null;
  const [start, end] = [startsAt, endsAt].map((text) => instantIn(text, timeZone, dayStartsAt));
  return start && end && start < end ? { startsAt: start, endsAt: end, timeZone, dayStartsAt } : null;
};

/** What a valid form promises. */
export const promisedBy = (form: EventForm): PromisedEvent => {
  const body = bodyOf(form);
  const { condition, rewards = [], milestones = [] } = body;
  return {
    startsAt: body.startsAt,
    endsAt: body.endsAt,
    claimsUntil: body.claimsUntil ?? body.endsAt,
    timeZone: form.timeZone,
    dayStartsAt: form.dayStartsAt,
    condition,
    cycle: body.cycle ?? null,
    autoComplete: body.autoComplete ?? false,
    autoClaim: body.autoClaim ?? false,
    milestones: [...milestones, { count: condition.count, rewards }],
  };
};

/** Days of the event that its window touches. */
export const daysIn = ({ startsAt, endsAt, timeZone, dayStartsAt }: Window): number =>
  dayNumber(dayOf(lastMoment(endsAt), timeZone, dayStartsAt)) - dayNumber(dayOf(startsAt, timeZone, dayStartsAt)) + 1;

const lastMoment = (endsAt: string): string => new Date(Date.parse(endsAt) - 1).toISOString();

/** Longer windows are searched up to here only. */
const MAX_DAYS = 800;

/** Returns the calendar days of a window on which the clocks of its zone change. */
export const clockChanges = ({ startsAt, endsAt, timeZone }: Window): readonly string[] => {
  const [first, last] = [dayNumber(dayOf(startsAt, timeZone)), dayNumber(dayOf(lastMoment(endsAt), timeZone))];
  const days = Array.from({ length: Math.min(last - first + 1, MAX_DAYS) }, (_, index) => utcDay((first + index) * DAY_MS));
  return days.filter((day) => hasClockChange(day, timeZone));
};

const PREVIEW_ID = '00000000-0000-4000-8000-000000000000';

type Reward = Schemas['EventRewardResponse'];

const shownReward = ({ name, type, amount, itemCode = null }: Schemas['RewardBody']): Reward => ({
  name,
  type,
  amount,
  itemCode,
  onHold: false,
});

/** Returns the answer that players would get for the event of a valid form while it runs. */
export const previewEvent = (form: EventForm): Schemas['RewardEventResponse'] => {
  const body = bodyOf(form);
  const promised = promisedBy(form);
  const milestones = promised.milestones.map(({ count, rewards }) => ({ count, rewards: rewards.map(shownReward) }));
  return {
    ...promised,
    eventId: PREVIEW_ID,
    name: body.name,
    description: form.description,
    status: 'ACTIVE',
    rewards: milestones.at(-1)?.rewards ?? [],
    milestones,
    metadata: body.metadata ?? {},
    termsVersion: 1,
    createdBy: PREVIEW_ID,
    createdAt: promised.startsAt,
  };
};

/** How far the player of a preview has come. */
export const STAGES = ['new', 'half', 'done'] as const;
export type Stage = (typeof STAGES)[number];

const PARTS: Readonly<Record<Stage, number>> = { new: 0, half: 0.5, done: 1 };

/** Returns the progress of a player who logged in on each day so far. */
export const previewProgress = (
  event: Schemas['RewardEventResponse'],
  stage: Stage,
): { readonly progress: Schemas['OwnProgressResponse']; readonly now: string } => {
  const { condition, startsAt, endsAt, timeZone, dayStartsAt } = event;
  const progress = Math.floor(condition.count * PARTS[stage]);
  const first = dayNumber(dayOf(startsAt, timeZone, dayStartsAt));
  const days =
    condition.type === 'LOGIN_COUNT' ? [] : Array.from({ length: progress }, (_, index) => utcDay((first + index) * DAY_MS));
  const isCompleted = (count: number): boolean => event.autoComplete && count <= progress;
  const milestones = event.milestones.map(({ count, rewards }) => ({
    count,
    status: count > progress ? ('LOCKED' as const) : isCompleted(count) ? ('COMPLETED' as const) : ('ELIGIBLE' as const),
    completedAt: isCompleted(count) ? startsAt : null,
    rewards: rewards.map(({ name, type, amount, itemCode }) => {
      const claimed = event.autoClaim && count <= progress ? amount : 0;
      return { name, type, amount, itemCode, claimed, remaining: amount - claimed };
    }),
  }));
  const last = milestones.at(-1);
  const passed = Date.parse(startsAt) + Math.max(0, progress - 1) * DAY_MS;
  return {
    now: new Date(Math.min(passed, Date.parse(endsAt) - 1)).toISOString(),
    progress: {
      eventId: event.eventId,
      accountId: PREVIEW_ID,
      cycle: null,
      status: progress === 0 ? 'NOT_STARTED' : last?.status === 'LOCKED' ? 'IN_PROGRESS' : (last?.status ?? 'IN_PROGRESS'),
      progress,
      required: condition.count,
      rewards: last?.rewards ?? [],
      completedAt: last?.completedAt ?? null,
      claimsUntil: event.claimsUntil,
      milestones,
      days,
    },
  };
};
