import { randomUUID } from 'node:crypto';
import { Rejected, streams, type Actor, type DomainEvent, type RewardEventEvent } from '@rewards/contracts';
import { factsOfEvent, type Fact } from '@rewards/contracts/testing/sample-events';
import {
  claimReward,
  completeEvent,
  countLogin,
  cycleOfRequest,
  judgeLogin,
  loginCycle,
  participation,
  rewardEvent,
  rewardEventStatus,
  type ExistingRewardEvent,
  type ParticipationState,
  type RewardEventState,
} from '@rewards/domain';

type Created = Parameters<ReturnType<typeof factsOfEvent>['created']>[0];
type Decide = (state: ParticipationState) => readonly DomainEvent[];

/** Writes the log of one event and one account as the services do, with the deciders of the domain. */
export class World {
  readonly facts: Fact[] = [];
  readonly eventId = randomUUID();
  readonly accountId = randomUUID();
  private readonly event = factsOfEvent(this.eventId);
  private readonly participations = new Map<string, ParticipationState>();
  private state: RewardEventState = rewardEvent.initial;
  private isErased = false;
  private readonly earlier: { readonly loginId: string; readonly at: string }[] = [];
  private logins = 0;

  constructor(details: Created) {
    this.operator(({ created }) => created(details));
  }

  /** Records a domain event of the reward event. @param at its time; by default, that of the sample */
  operator(choose: (event: ReturnType<typeof factsOfEvent>) => Fact, at?: string): this {
    const { stream, event } = choose(this.event);
    const fact = { stream, event: { ...event, data: { ...(event.data as object), ...(at && { at }) } } };
    this.facts.push(fact);
    this.state = rewardEvent.evolve(this.state, fact.event as RewardEventEvent);
    return this;
  }

  /** Records a login, and counts it as the counter does. */
  login(at: string, loginId = `login-${(this.logins += 1)}`): this {
    const { accountId } = this;
    this.facts.push({ stream: streams.login(accountId, at), event: { type: 'LoggedIn', data: { loginId, accountId, at } } });
    this.earlier.push({ loginId, at });
    return this.count(loginId, at);
  }

  /** Publishes the event, and counts the logins before that, as a backfill does. */
  publish(at: string): this {
    this.operator(({ published }) => published(at));
    for (const { loginId, at: loginAt } of this.earlier) this.count(loginId, loginAt);
    const data = { eventId: this.eventId, position: 'f'.repeat(32), at };
    this.facts.push({ stream: streams.backfill(this.eventId), event: { type: 'LoginsBackfilled', data } });
    return this;
  }

  private count(loginId: string, at: string): this {
    const { accountId, existing: event, isErased } = this;
    if (judgeLogin(event, at) !== 'OPEN') return this;
    const cycle = loginCycle(event, at);
    this.decide(cycle, countLogin({ loginId, accountId, at, cycle, event, isErased }));
    return this;
  }

  /** Requests a completion. A rejected one records nothing here. */
  complete(at: string, milestone?: number, cycle?: string): this {
    return this.request(at, cycle, completeEvent({ at, event: this.current(at), milestone, cycle }));
  }

  /** Requests units of a reward. A rejected request records nothing here. */
  claim(at: string, rewardName: string, requested: number | 'all', milestone?: number, cycle?: string): this {
    const request = { requestId: randomUUID(), rewardName, requested, milestone, cycle };
    return this.request(at, cycle, claimReward({ ...request, at, event: this.current(at) }));
  }

  erase(at: string): this {
    const { accountId } = this;
    const data = { messageId: randomUUID(), accountId, at };
    this.facts.push({ stream: streams.account(accountId), event: { type: 'AccountErased', data } });
    this.isErased = true;
    return this;
  }

  get existing(): ExistingRewardEvent {
    if (this.state.situation !== 'existing') throw new Error('the event does not exist');
    return this.state;
  }

  private current(at: string) {
    return { ...this.existing, status: rewardEventStatus(this.existing, at) };
  }

  private request(at: string, cycle: string | undefined, decide: Decide): this {
    const { cycle: requested } = cycleOfRequest(this.existing, cycle, at);
    try {
      this.decide(requested, decide, { accountId: this.accountId, roles: ['USER'] });
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
    }
    return this;
  }

  private decide(cycle: string | null, decide: Decide, actor?: Actor): void {
    const stream = streams.participation(this.eventId, this.accountId, cycle);
    const before = this.participations.get(stream) ?? participation.initial;
    const events = decide(before) as readonly Parameters<typeof participation.evolve>[1][];
    this.participations.set(stream, events.reduce(participation.evolve, before));
    this.facts.push(...events.map((event) => ({ stream, event, ...(actor && { actor }) })));
  }
}

/** Whether a fact has a type, and data that includes this. */
export const isFact =
  (type: string, data: Readonly<Record<string, unknown>> = {}) =>
  ({ event }: Fact): boolean =>
    event.type === type &&
    Object.entries(data).every(([field, value]) => (event.data as Readonly<Record<string, unknown>>)[field] === value);

/** Changes the data of the facts that match. @throws Error if none does */
export const altered = (facts: readonly Fact[], matches: (fact: Fact) => boolean, data: object): readonly Fact[] =>
  replaced(facts, matches, (fact) => [{ ...fact, event: { ...fact.event, data: { ...(fact.event.data as object), ...data } } }]);

/** Replaces each fact that matches by others. @throws Error if none does */
export const replaced = (
  facts: readonly Fact[],
  matches: (fact: Fact) => boolean,
  by: (fact: Fact) => readonly Fact[],
): readonly Fact[] => {
  if (!facts.some(matches)) throw new Error('no fact matches');
  return facts.flatMap((fact) => (matches(fact) ? by(fact) : [fact]));
};
