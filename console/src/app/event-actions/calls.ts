import { bodyOf } from '../../shared/api/client';
import { api } from '../session';
import type { EventAction, RewardAction } from './actions';

export interface PauseInput {
  readonly counting: 'STOP' | 'CONTINUE';
  readonly reason: string;
}

interface Target {
  readonly eventId: string;
  /** Revision that the person has seen. */
  readonly etag: string;
}

interface EventInput extends PauseInput {
  readonly confirmPast: boolean;
}

const paramsOf = ({ eventId, etag }: Target) => ({ path: { eventId }, header: { 'If-Match': etag } });

/** A reason of white space only is none. */
const reasonOf = (reason: string) => (reason.trim() === '' ? {} : { reason: reason.trim() });

const EVENT_CALLS: Readonly<Record<EventAction, (target: Target, input: EventInput) => Promise<unknown>>> = {
  publish: (target, { confirmPast }) =>
    bodyOf(api.POST('/events/{eventId}/publish', { params: paramsOf(target), body: confirmPast ? { confirmPast } : {} })),
  unpublish: (target) => bodyOf(api.POST('/events/{eventId}/unpublish', { params: paramsOf(target) })),
  pause: (target, { counting, reason }) =>
    bodyOf(api.POST('/events/{eventId}/pause', { params: paramsOf(target), body: { counting, ...reasonOf(reason) } })),
  resume: (target) => bodyOf(api.POST('/events/{eventId}/resume', { params: paramsOf(target) })),
  end: (target) => bodyOf(api.POST('/events/{eventId}/end', { params: paramsOf(target) })),
  delete: (target) => bodyOf(api.POST('/events/{eventId}/delete', { params: paramsOf(target) })),
  restore: (target) => bodyOf(api.POST('/events/{eventId}/restore', { params: paramsOf(target) })),
};

/** Sends an action on an event, at the revision that the person has seen. @throws ApiProblem */
export const runEventAction = (action: EventAction, target: Target, input: EventInput): Promise<unknown> =>
  EVENT_CALLS[action](target, input);

interface RewardTarget extends Target {
  readonly milestone: number;
  readonly name: string;
}

interface RewardInput {
  readonly amount: number;
  readonly reason: string;
}

const rewardParams = (target: RewardTarget) => {
  const { path, header } = paramsOf(target);
  return { path: { ...path, name: target.name }, header };
};

const REWARD_CALLS: Readonly<Record<RewardAction, (target: RewardTarget, input: RewardInput) => Promise<unknown>>> = {
  amount: (target, { amount }) =>
    bodyOf(
      api.POST('/events/{eventId}/rewards/{name}/change', {
        params: rewardParams(target),
        body: { milestone: target.milestone, amount },
      }),
    ),
  hold: (target, { reason }) =>
    bodyOf(
      api.POST('/events/{eventId}/rewards/{name}/hold', {
        params: rewardParams(target),
        body: { milestone: target.milestone, ...reasonOf(reason) },
      }),
    ),
  release: (target, { reason }) =>
    bodyOf(
      api.POST('/events/{eventId}/rewards/{name}/release', {
        params: rewardParams(target),
        body: { milestone: target.milestone, ...reasonOf(reason) },
      }),
    ),
  withdraw: (target) =>
    bodyOf(
      api.POST('/events/{eventId}/rewards/{name}/withdraw', {
        params: rewardParams(target),
        body: { milestone: target.milestone },
      }),
    ),
};

/** Sends an action on one reward, at the revision that the person has seen. @throws ApiProblem */
export const runRewardAction = (action: RewardAction, target: RewardTarget, input: RewardInput): Promise<unknown> =>
  REWARD_CALLS[action](target, input);
