import type { EventStatusName } from '../components/event-status';
import type { RewardEvent } from './event-query';

/** Actions on a whole event, the most likely one first. */
export const EVENT_ACTIONS = ['publish', 'resume', 'pause', 'restore', 'unpublish', 'end', 'delete'] as const;
export type EventAction = (typeof EVENT_ACTIONS)[number];

const STATES: Readonly<Record<EventAction, readonly EventStatusName[]>> = {
  publish: ['DRAFT'],
  resume: ['PAUSED'],
  pause: ['ACTIVE'],
  restore: ['DELETED'],
  unpublish: ['SCHEDULED'],
  end: ['SCHEDULED', 'ACTIVE', 'PAUSED'],
  delete: ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED'],
};

/** Actions that players notice as a loss. */
export const DANGEROUS: ReadonlySet<EventAction> = new Set(['end', 'delete']);

/** Returns the actions that the state of an event allows. @param now milliseconds since 1970 */
export const actionsFor = (event: Pick<RewardEvent, 'status' | 'endsAt'>, now: number): readonly EventAction[] =>
  EVENT_ACTIONS.filter(
    (action) => STATES[action].includes(event.status) && (action !== 'publish' || now < Date.parse(event.endsAt)),
  );

/** Actions on one reward of a milestone. */
export const REWARD_ACTIONS = ['amount', 'hold', 'release', 'withdraw'] as const;
export type RewardAction = (typeof REWARD_ACTIONS)[number];

/** Returns the actions that the state of an event allows on one of its rewards. @param milestone count of its milestone */
export const rewardActionsFor = (
  { status, milestones }: Pick<RewardEvent, 'status' | 'milestones'>,
  milestone: number,
  { onHold }: { readonly onHold: boolean },
): readonly RewardAction[] => {
  if (status === 'CLOSED' || status === 'DELETED') return [];
  const rewards = milestones.find(({ count }) => count === milestone)?.rewards ?? [];
  const canWithdraw = status === 'DRAFT' || rewards.length > 1;
  return ['amount', onHold ? 'release' : 'hold', ...(canWithdraw ? (['withdraw'] as const) : [])];
};

const UNCONFIRMED_PAST_MS = 3_600_000;

/** Whether a publication would grant rewards for logins of the past, which the operator has to confirm. */
export const grantsForPast = ({ autoClaim, startsAt }: Pick<RewardEvent, 'autoClaim' | 'startsAt'>, now: number): boolean =>
  autoClaim && now - Date.parse(startsAt) > UNCONFIRMED_PAST_MS;
