import {
  schemaVersionOf,
  streams,
  type Actor,
  type AnyDomainEvent,
  type Condition,
  type Metadata,
  type ParticipationEvent,
  type Reward,
  type RewardEventEvent,
} from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  completionOf,
  countLogin,
  fold,
  milestoneKey,
  milestonesOf,
  participation,
  rewardEvent,
  type CurrentEvent,
  type ParticipationState,
} from '@rewards/domain';
import { derivedId } from '@rewards/service-kit/derived-id';

/** The condition of an event, the counts of its earlier milestones if it has any, and whether logins also grant their rewards. */
export type PlannedEvent = Condition & { readonly milestones?: readonly number[]; readonly autoClaim?: true };

/** The content of a log. The same plan always results in the same log. */
export interface LogPlan {
  readonly players: number;
  /** The running events. */
  readonly events: readonly PlannedEvent[];
  /** The first player's number, so that logs of two plans share no player. */
  readonly firstPlayer?: number;
  /** On how many days a player logs in: the number at `share` (from 0 to 1) of all players. */
  readonly loginDays: (share: number) => number;
  /** Share of the reached milestones that the player completes, and number of claims after a completion. */
  readonly completed: number;
  readonly claims: number;
  /** Share of the claims that ask for too much and are rejected. */
  readonly rejected: number;
  /** Published events whose window begins after the last login, in addition. */
  readonly quietEvents?: number;
  /** End of the log, in milliseconds since 1970. All events are still running then. */
  readonly now: number;
}

/** Domain events of one append. */
export interface PlannedAppend {
  readonly stream: string;
  readonly events: readonly { readonly id: string; readonly type: string; readonly data: unknown; readonly metadata: Metadata }[];
}

/** A player's participation in an event, by their numbers, and one of its earlier milestones; the last one by default. */
export type Pair = readonly [player: number, event: number, milestone?: number | undefined];

/** An event, and the key of its milestone that a login reached. */
type Reached = readonly [event: number, milestone: number | undefined];

const DAY = 86_400_000;
const SPAN_DAYS = 10;
const KST = 9 * 3_600_000;
/** Requests that follow a login come this many logins later, so that the histories of players are interleaved. */
const FOLLOW_UP_LOGINS = 100;
const OPERATOR = { accountId: derivedId('operator'), roles: ['OPERATOR'] as const };
const COUNTER = { service: 'command-service' };
const QUIET_EVENT: PlannedEvent = { type: 'LOGIN_DAYS', count: 7 };

export const REWARDS: readonly Reward[] = [
  { name: '극한성장의 비약', type: 'ITEM', amount: 1_000_000_000 },
  { name: '사우나 이용권', type: 'COUPON', amount: 5 },
];
export const [REWARD] = REWARDS as readonly [Reward];
/** The smallest claim of this reward that is granted. */
export const SMALLEST_CLAIM = REWARD.amount / 1_000;

/** The ids of events and players by their numbers. Logs on one real engine differ in their salt, so they share no stream. */
export class Ids {
  constructor(private readonly salt = '') {}

  event = (event: number): string => derivedId('event', this.salt, event);
  account = (player: number): string => derivedId('account', this.salt, player);
}

export const emailOf = (player: number): string => `player-${player}@example.com`;

/**
 * Counts, days and streaks, and a 28-day attendance calendar, which nobody finishes within the log. A player with three login days
 * has met nine of them, so that the tenth login counts for few.
 */
export const RUNNING_EVENTS: readonly PlannedEvent[] = [
  { type: 'LOGIN_COUNT', count: 1 },
  { type: 'LOGIN_COUNT', count: 2 },
  { type: 'LOGIN_COUNT', count: 3 },
  { type: 'LOGIN_DAYS', count: 28, milestones: [1, 3, 7, 14] },
  { type: 'LOGIN_DAYS', count: 1 },
  { type: 'LOGIN_DAYS', count: 2 },
  { type: 'LOGIN_DAYS', count: 3 },
  { type: 'LOGIN_DAYS', count: 5 },
  { type: 'LOGIN_STREAK', count: 2 },
  { type: 'LOGIN_STREAK', count: 2, graceDays: 1 },
  { type: 'LOGIN_STREAK', count: 3 },
  { type: 'LOGIN_STREAK', count: 4 },
];

/** From players who never logged in to players who completed nearly everything; on average, a login still counts for three events. */
export const REALISTIC: Pick<LogPlan, 'events' | 'loginDays' | 'completed' | 'claims' | 'rejected'> = {
  events: RUNNING_EVENTS,
  loginDays: (share) => [0.01, 0.05, 0.17, 0.5, 0.77].filter((limit) => share >= limit).length,
  completed: 0.6,
  claims: 3,
  rejected: 0.05,
};

/** Players who have all completed the one event, for loads of claims. */
export const COMPLETED_PLAYERS: Pick<LogPlan, 'events' | 'loginDays' | 'completed' | 'claims' | 'rejected'> = {
  events: [{ type: 'LOGIN_COUNT', count: 1 }],
  loginDays: () => 1,
  completed: 1,
  claims: 0,
  rejected: 0,
};

/** Generates a log by the deciders of the domain. Verification checks it independently of them. */
export class LogGenerator {
  /** Milestones that are reached but not completed. */
  readonly eligible: Pair[] = [];
  readonly completed: Pair[] = [];
  /** How many events a further login of a player counts for, summed over all players. */
  openCounts = 0;
  logins = 0;
  private readonly from: number;
  private readonly random = fixedRandom();
  private readonly events: CurrentEvent[] = [];
  private readonly states = new Map<number, ParticipationState[]>();
  private facts = 0;

  constructor(
    readonly plan: LogPlan,
    private readonly ids: Ids,
  ) {
    // The last day ends at the last midnight in Korea, so no player has logged in today.
    this.from = Math.floor((plan.now + KST) / DAY) * DAY - KST - SPAN_DAYS * DAY;
  }

  *appends(): Generator<PlannedAppend, void, undefined> {
    const { plan, from } = this;
    const { players, firstPlayer = 0, quietEvents = 0 } = plan;
    yield* this.catalogue();
    let followUps: (() => Iterable<PlannedAppend>)[] = [];
    const lastDayOf = (player: number) => this.firstDayOf(player) + this.daysOf(player) - 1;
    for (let day = 0; day < SPAN_DAYS; day += 1) {
      const today: { readonly player: number; readonly at: number }[] = [];
      for (let player = firstPlayer; player < firstPlayer + players; player += 1) {
        const first = this.firstDayOf(player);
        if (day === first && this.daysOf(player) === 0) {
          yield this.registration(player, from + day * DAY);
          this.openCounts += plan.events.length;
        }
        if (day >= first && day <= lastDayOf(player)) today.push({ player, at: from + (day + this.random()) * DAY });
      }
      today.sort((a, b) => a.at - b.at);
      for (const { player, at } of today) {
        if (day === this.firstDayOf(player)) yield this.registration(player, at);
        const reached: Reached[] = [];
        yield* this.login(player, at, reached);
        followUps.push(() => this.requests(player, reached, this.now));
        this.now = at;
        while (followUps.length > FOLLOW_UP_LOGINS) yield* followUps.shift()?.() ?? [];
        if (day === lastDayOf(player)) {
          const last = player;
          followUps.push(() => this.finish(last));
        }
      }
      for (const followUp of followUps) yield* followUp();
      followUps = [];
    }
    for (let index = 0; index < quietEvents; index += 1) yield this.event(plan.events.length + index, plan.now - 60_000);
  }

  private now = 0;

  private daysOf(player: number): number {
    const { players, firstPlayer = 0, loginDays } = this.plan;
    return loginDays((((player - firstPlayer) * 7_919) % players) / players);
  }

  private firstDayOf(player: number): number {
    return (player * 31) % (SPAN_DAYS - Math.max(1, this.daysOf(player)) + 1);
  }

  private *catalogue(): Generator<PlannedAppend, void, undefined> {
    for (let event = 0; event < this.plan.events.length; event += 1) yield this.event(event, this.from);
  }

  private event(event: number, startsAt: number): PlannedAppend {
    const eventId = this.ids.event(event);
    const { milestones: counts = [], autoClaim, ...condition } = this.plan.events[event] ?? QUIET_EVENT;
    const at = iso(startsAt - DAY);
    const milestones = counts.map((count) => ({ count, rewards: REWARDS }));
    const automatic = autoClaim && ({ autoComplete: true, autoClaim } as const);
    const terms = { condition, ...(milestones.length > 0 && { milestones }), ...automatic };
    const details = { name: `접속 이벤트 ${event + 1}`, description: '', timeZone: 'Asia/Seoul', ...terms };
    const window = {
      startsAt: iso(startsAt),
      endsAt: iso(this.plan.now + 30 * DAY),
      claimsUntil: iso(this.plan.now + 44 * DAY),
    };
    const facts: readonly RewardEventEvent[] = [
      { type: 'RewardEventCreated', data: { eventId, ...details, ...window, createdBy: OPERATOR.accountId, at } },
      ...REWARDS.map((reward): RewardEventEvent => ({ type: 'RewardAdded', data: { eventId, reward, at } })),
      { type: 'RewardEventPublished', data: { eventId, at } },
    ];
    const state = fold(rewardEvent, facts);
    if (state.situation === 'existing') this.events[event] = { ...state, status: 'ACTIVE' };
    return this.append(streams.rewardEvent(eventId), OPERATOR, at, facts);
  }

  private registration(player: number, time: number): PlannedAppend {
    const [accountId, at] = [this.ids.account(player), iso(time)];
    const data = { messageId: derivedId('registration', player), accountId, roles: ['USER'] as const, at };
    return this.append(streams.account(accountId), selfOf(accountId), at, [{ type: 'AccountRegistered', data }]);
  }

  /** @param reached receives the milestones that this login reaches */
  private *login(player: number, time: number, reached: Reached[]): Generator<PlannedAppend, void, undefined> {
    const [accountId, at] = [this.ids.account(player), iso(time)];
    const loginId = derivedId('login', player, at);
    this.logins += 1;
    yield this.append(streams.login(accountId, at), selfOf(accountId), at, [
      { type: 'LoggedIn', data: { loginId, accountId, at } },
    ]);
    const states = this.states.get(player) ?? this.plan.events.map(() => participation.initial);
    this.states.set(player, states);
    for (const [event, current] of this.events.entries()) {
      const before = states[event] ?? participation.initial;
      const events = countLogin({ loginId, accountId, at, cycle: null, event: current })(before);
      if (events.length === 0) continue;
      states[event] = events.reduce(participation.evolve, before);
      for (const { type, data } of events) {
        if (type !== 'LoginCounted') continue;
        for (const milestone of data.reached ?? []) reached.push([event, milestone]);
        if (data.conditionMet) reached.push([event, undefined]);
      }
      yield this.append(streams.participation(current.eventId, accountId), COUNTER, at, events);
    }
  }

  /** Completions, and claims of which some are rejected. */
  private *requests(player: number, reached: readonly Reached[], time: number): Generator<PlannedAppend, void, undefined> {
    const [accountId, at] = [this.ids.account(player), iso(time)];
    const states = this.states.get(player) ?? [];
    for (const [event, milestone] of reached) {
      if (this.random() >= this.plan.completed) continue;
      const eventId = this.ids.event(event);
      const stream = streams.participation(eventId, accountId);
      const current = this.events[event] as CurrentEvent;
      const ofMilestone = milestone === undefined ? {} : { milestone };
      const decide = (decision: (state: ParticipationState) => readonly ParticipationEvent[]): PlannedAppend => {
        const before = states[event] ?? participation.initial;
        const events = decision(before);
        states[event] = events.reduce(participation.evolve, before);
        return this.append(stream, selfOf(accountId), at, events);
      };
      yield decide(completeEvent({ at, event: current, ...ofMilestone }));
      for (let claim = 0; claim < this.plan.claims; claim += 1) {
        const request = {
          requestId: derivedId('claim', player, event, claim, ...(milestone === undefined ? [] : [milestone])),
          ...ofMilestone,
          rewardName: REWARD.name,
          requested: SMALLEST_CLAIM,
          at,
        };
        if (this.random() >= this.plan.rejected) {
          yield decide(claimReward({ ...request, event: current }));
          continue;
        }
        const state = states[event];
        const remaining = (state && completionOf(state, milestone)?.balances[0]?.remaining) ?? 0;
        const refused = { eventId, accountId, ...request, requested: remaining + 1, type: REWARD.type, details: { remaining } };
        yield this.append(streams.refusals(stream), selfOf(accountId), at, [
          { type: 'ClaimRefused', data: { ...refused, code: 'INSUFFICIENT_REMAINING' } },
        ]);
      }
    }
  }

  /** Notes the final states of a player, and forgets them. */
  private finish(player: number): readonly PlannedAppend[] {
    for (const [event, state] of (this.states.get(player) ?? []).entries()) {
      if (state.status !== 'COMPLETED' && state.status !== 'ELIGIBLE') this.openCounts += 1;
      if (state.status === 'NOT_STARTED') continue;
      for (const { count } of milestonesOf(this.events[event] as CurrentEvent)) {
        const milestone = milestoneKey(this.events[event] as CurrentEvent, count);
        if (completionOf(state, milestone)) this.completed.push([player, event, milestone]);
        else if (count <= state.progress) this.eligible.push([player, event, milestone]);
      }
    }
    this.states.delete(player);
    return [];
  }

  private append(stream: string, actor: Actor, at: string, events: readonly AnyDomainEvent[]): PlannedAppend {
    return {
      stream,
      events: events.map(({ type, data }) => {
        const number = (this.facts += 1);
        const metadata = {
          schemaVersion: schemaVersionOf(type),
          correlationId: derivedId('request', stream, at),
          causationId: null,
          actor,
          at,
        };
        return { id: derivedId('fact', stream, number), type, data, metadata };
      }),
    };
  }
}

const iso = (time: number): string => new Date(time).toISOString();
const selfOf = (accountId: string): Actor => ({ accountId, roles: ['USER'] });

/** Returns a random number generator (xorshift) with a fixed seed, from 0 to 1. */
const fixedRandom = (): (() => number) => {
  let seed = 42;
  return () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 2 ** 32;
  };
};
