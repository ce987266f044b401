import { randomUUID } from 'node:crypto';
import type { Actor, DomainEvent, Metadata, RecordedEvent } from '../domain-event';
import type { ParticipationEvent, RefusalEvent } from '../participation';
import { formatPosition } from '../position';
import type { Reward, RewardEventChange, RewardEventEvent } from '../reward-event';
import { streams } from '../streams';
import { schemaVersionOf } from '../upcast';

/** A domain event and its stream. */
export interface Fact<Event extends DomainEvent = DomainEvent> {
  readonly stream: string;
  readonly event: Event;
  /** The current one by default. */
  readonly schemaVersion?: number;
  /** A service by default. */
  readonly actor?: Actor;
  /** W3C trace context of the request that caused it. */
  readonly traceparent?: string;
}

type DataOf<Event extends DomainEvent, Type extends Event['type']> = Extract<Event, { readonly type: Type }>['data'];

export const ELIXIR: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
export const SAUNA: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 5 };

/** Builders for the domain events of one reward event, with defaults for irrelevant fields. */
export const factsOfEvent = (eventId: string) => {
  const fact = <Type extends RewardEventEvent['type']>(type: Type, data: DataOf<RewardEventEvent, Type>): Fact => ({
    stream: streams.rewardEvent(eventId),
    event: { type, data },
  });
  return {
    created: (data: Partial<DataOf<RewardEventEvent, 'RewardEventCreated'>> = {}) =>
      fact('RewardEventCreated', {
        eventId,
        name: '접속 이벤트',
        description: '',
        startsAt: '2026-11-01T00:00:00.000Z',
        endsAt: '2026-12-01T00:00:00.000Z',
        claimsUntil: '2026-12-15T00:00:00.000Z',
        timeZone: 'Asia/Seoul',
        condition: { type: 'LOGIN_COUNT', count: 3 },
        createdBy: '00000000-0000-4000-8000-00000000000a',
        at: '2026-10-01T00:00:00.000Z',
        ...data,
      }),
    added: (reward: Reward, milestone?: number) =>
      fact('RewardAdded', { eventId, reward, ...ofMilestone(milestone), at: '2026-10-01T00:01:00.000Z' }),
    published: (at = '2026-10-01T00:02:00.000Z') => fact('RewardEventPublished', { eventId, at }),
    changed: (change: RewardEventChange) => fact('RewardEventChanged', { eventId, ...change, at: '2026-10-01T00:03:00.000Z' }),
    rewardChanged: (name: string, amount: number, milestone?: number) =>
      fact('RewardChanged', { eventId, name, amount, ...ofMilestone(milestone), at: '2026-10-01T00:03:00.000Z' }),
    withdrawn: (name: string, milestone?: number) =>
      fact('RewardWithdrawn', { eventId, name, ...ofMilestone(milestone), at: '2026-10-01T00:03:00.000Z' }),
    held: (name: string, milestone?: number) =>
      fact('RewardHeld', { eventId, name, ...ofMilestone(milestone), at: '2026-11-02T00:00:00.000Z' }),
    released: (name: string, milestone?: number) =>
      fact('RewardReleased', { eventId, name, ...ofMilestone(milestone), at: '2026-11-02T01:00:00.000Z' }),
    unpublished: (at = '2026-10-02T00:00:00.000Z') => fact('RewardEventUnpublished', { eventId, at }),
    paused: (at = '2026-11-02T00:00:00.000Z', counting?: 'CONTINUE') =>
      fact('RewardEventPaused', { eventId, ...(counting && { counting }), at }),
    resumed: () => fact('RewardEventResumed', { eventId, at: '2026-11-03T00:00:00.000Z' }),
    ended: (at = '2026-11-04T00:00:00.000Z') => fact('RewardEventEnded', { eventId, at }),
    deleted: () => fact('RewardEventDeleted', { eventId, at: '2026-11-05T00:00:00.000Z' }),
    restored: () => fact('RewardEventRestored', { eventId, at: '2026-11-06T00:00:00.000Z' }),
  };
};

const ofMilestone = (milestone: number | undefined) => ({ ...(milestone !== undefined && { milestone }) });

/** The API representation of a reward of a promise. */
export const rewardResponse = ({ name, type, amount, itemCode }: Reward) => ({ name, type, amount, itemCode: itemCode ?? null });

/** The API representation of a reward of an event. */
export const eventRewardResponse = (reward: Reward, onHold = false) => ({ ...rewardResponse(reward), onHold });

const DEFAULT_REWARDS: readonly object[] = [ELIXIR, SAUNA].map((reward) => eventRewardResponse(reward));

/** The API representation of the published event of `factsOfEvent`, by default with both rewards in its only milestone. */
export const eventResponse = (
  eventId: string,
  { rewards = DEFAULT_REWARDS, ...changes }: { readonly rewards?: readonly object[] } & Readonly<Record<string, unknown>> = {},
) => ({
  eventId,
  name: '접속 이벤트',
  description: '',
  status: 'ACTIVE',
  startsAt: '2026-11-01T00:00:00.000Z',
  endsAt: '2026-12-01T00:00:00.000Z',
  claimsUntil: '2026-12-15T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  dayStartsAt: '00:00',
  condition: { type: 'LOGIN_COUNT', count: 3 },
  rewards,
  milestones: [{ count: 3, rewards }],
  cycle: null,
  autoComplete: false,
  autoClaim: false,
  metadata: {},
  termsVersion: 1,
  createdBy: '00000000-0000-4000-8000-00000000000a',
  createdAt: '2026-10-01T00:00:00.000Z',
  ...changes,
});

/**
 * Builders for the domain events of one account in one event, with defaults for irrelevant fields.
 * @param cycle first day of the cycle, yyyy-mm-dd; null in an event without cycles
 */
export const factsOfParticipation = (eventId: string, accountId: string, cycle: string | null = null) => {
  const stream = streams.participation(eventId, accountId, cycle);
  const ids = { eventId, accountId, ...(cycle !== null && { cycle }) };
  const fact = <Type extends ParticipationEvent['type']>(
    type: Type,
    data: Omit<DataOf<ParticipationEvent, Type>, keyof typeof ids>,
  ): Fact => ({
    stream,
    event: { type, data: { ...ids, ...data } },
  });
  const refusal = <Type extends RefusalEvent['type']>(type: Type, data: object): Fact => ({
    stream: streams.refusals(stream),
    event: { type, data: { ...ids, ...data } },
  });
  return {
    stream,
    started: (data: Partial<DataOf<ParticipationEvent, 'ParticipationStarted'>> = {}) =>
      fact('ParticipationStarted', { termsVersion: 1, at: '2026-11-02T00:00:00.000Z', ...data }),
    counted: (progress: number, data: Partial<DataOf<ParticipationEvent, 'LoginCounted'>> = {}) =>
      fact('LoginCounted', {
        loginId: `login-${progress}`,
        at: `2026-11-0${progress + 1}T00:00:00.000Z`,
        day: `2026-11-0${progress + 1}`,
        progress,
        conditionMet: progress >= 3,
        ...data,
      }),
    completed: (rewards: readonly Reward[] = [ELIXIR, SAUNA], at = '2026-11-05T00:00:00.000Z', milestone?: number) =>
      fact('EventCompleted', { ...ofMilestone(milestone), at, rewards }),
    claimed: (
      amount: number,
      { name: rewardName, type }: Reward,
      rest: Partial<DataOf<ParticipationEvent, 'RewardClaimed'>> & { readonly claimed: number; readonly remaining: number },
    ) =>
      fact('RewardClaimed', {
        requestId: `request-${rest.claimed}`,
        requested: amount,
        rewardName,
        type,
        amount,
        at: '2026-11-06T00:00:00.000Z',
        ...rest,
      }),
    claimRefused: (data: Partial<DataOf<RefusalEvent, 'ClaimRefused'>> = {}) =>
      refusal('ClaimRefused', {
        requestId: 'refused-1',
        requested: 200,
        rewardName: ELIXIR.name,
        type: ELIXIR.type,
        code: 'INSUFFICIENT_REMAINING',
        details: { remaining: 80 },
        at: '2026-11-07T00:00:00.000Z',
        ...data,
      }),
    completionRefused: (data: object = {}) =>
      refusal('CompletionRefused', {
        code: 'CONDITION_NOT_MET',
        details: { progress: 1, required: 3 },
        at: '2026-11-02T12:00:00.000Z',
        ...data,
      }),
  };
};

/** @returns sample metadata */
export const metadataOf = ({ type, data }: DomainEvent): Metadata => ({
  schemaVersion: schemaVersionOf(type),
  correlationId: 'request',
  causationId: null,
  actor: { service: 'test' },
  at: (data as { readonly at?: string } | null)?.at ?? '2026-11-01T00:00:00.000Z',
});

/** @returns the domain events as read from a log */
export const recorded = (facts: readonly Fact[]): readonly RecordedEvent[] => {
  const revisions = new Map<string, number>();
  return facts.map(({ stream, event, actor }, index) => {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const { type, data } = event;
    const metadata = { ...metadataOf(event), ...(actor && { actor }) };
    return { id: randomUUID(), stream, revision, position: formatPosition(index + 1), type, data, metadata };
  });
};
