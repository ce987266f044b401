import {
  streams,
  type LoginEvent,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import {
  countLogin,
  judgeLogin,
  loginCycle,
  participation,
  RewardEvents,
  UnknownTerms,
  UnknownTimeZone,
  type CountLogin,
  type ExistingRewardEvent,
  type ParticipationState,
} from '@rewards/domain';
import type { CommandMetadata, EventStore } from '@rewards/event-store';
import { StreamCommand } from '../stream-command';

/** A login to count, and the metadata of the resulting domain events. */
export interface Count {
  readonly login: CountLogin;
  /** The stream of the participation, in the cycle of the login. */
  readonly stream: string;
  /** The position of the login, or that of the publication if it is later: the log before it judges the login. */
  readonly judgedAt: Position;
  readonly metadata: CommandMetadata;
}

/**
 * Reads a recorded login, once for all reward events: an incomplete login must not fail for each of them.
 * @throws TypeError if the login is incomplete
 */
export const readLogin = (recorded: RecordedEvent, upcast: Upcast): LoginEvent['data'] => {
  const { data } = upcast<LoginEvent>(recorded);
  const isComplete = [data.loginId, data.accountId].every((id) => typeof id === 'string') && !Number.isNaN(Date.parse(data.at));
  if (!isComplete) throw new TypeError(`Event ${recorded.revision} of ${recorded.stream} is not a complete login.`);
  return data;
};

/**
 * Returns what to count for an event; null if the login does not count for it.
 * @param event the event as it was before `judgedAt`
 */
export const countFor = (
  event: ExistingRewardEvent,
  login: LoginEvent['data'],
  { id, position, metadata }: RecordedEvent,
  judgedAt: Position = position,
): Count | null => {
  const { loginId, accountId, at } = login;
  if (judgeLogin(event, at) !== 'OPEN') return null;
  const cycle = cycleOrNull(event, at);
  const { correlationId, traceparent } = metadata;
  return {
    login: { loginId, accountId, at, cycle, event },
    stream: streams.participation(event.eventId, accountId, cycle),
    judgedAt,
    metadata: { correlationId, causationId: id, actor: { service: 'command-service' }, at, ...(traceparent && { traceparent }) },
  };
};

/** Returns null also if this runtime does not know the zone of the event. Counting the login then fails, which is reported. */
const cycleOrNull = (event: ExistingRewardEvent, at: string): string | null => {
  try {
    return loginCycle(event, at);
  } catch (error) {
    if (error instanceof UnknownTimeZone) return null;
    throw error;
  }
};

/** Reads from the log what few countings need in addition to the logins and events that the counter follows. */
export class CountingReads {
  constructor(
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly upcast: Upcast,
  ) {}

  /** Returns whether an account was erased before a position. */
  async isErased(accountId: string, before: Position): Promise<boolean> {
    const facts = await this.store.readStream(streams.account(accountId));
    return facts.some(({ type, position }) => type === 'AccountErased' && position < before);
  }

  /** Returns an event as it is now. @throws the error of the fold for a history that this version cannot read */
  async newest(eventId: string): Promise<ExistingRewardEvent | undefined> {
    const stream = streams.rewardEvent(eventId);
    const events = new RewardEvents(this.upcast);
    for (const recorded of await this.store.readStream(stream)) events.fold(recorded);
    const event = events.get(stream);
    return event.situation === 'existing' ? event : undefined;
  }
}

/** Counts a recorded login towards one event. */
export const countLoginCommand = (count: Count, reads: CountingReads) =>
  new StreamCommand({
    name: 'CountLogin',
    aggregate: participation,
    stream: count.stream,
    decide: decideCount(count, reads),
    metadata: count.metadata,
    priority: 'background',
  });

/**
 * Counts the login, and reads two things only where they matter: whether the account was erased, if the login completes something
 * automatically; and later terms of the event, if the participation started with them before this login was counted.
 */
const decideCount =
  ({ login, judgedAt }: Count, reads: CountingReads) =>
  (state: ParticipationState): readonly ParticipationEvent[] | Promise<readonly ParticipationEvent[]> => {
    try {
      const events = countLogin(login)(state);
      return events.some(({ type }) => type === 'EventCompleted') ? decideOnceRead(login) : events;
    } catch (error) {
      if (!(error instanceof UnknownTerms)) throw error;
      return reads.newest(login.event.eventId).then((newest) => decideOnceRead({ ...login, newest }));
    }

    async function decideOnceRead(known: CountLogin): Promise<readonly ParticipationEvent[]> {
      const isErased = await reads.isErased(login.accountId, judgedAt);
      return countLogin({ ...known, isErased })(state);
    }
  };
