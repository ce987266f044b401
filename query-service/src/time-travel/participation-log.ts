import {
  streams,
  type AccountEvent,
  type Aggregate,
  type ConsistencyToken,
  type LoginEvent,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type Role,
  type Upcast,
  MAX_DAYS,
  START,
  untouched,
} from '@rewards/contracts';
import {
  milestonesOf,
  participation,
  progressOf,
  RewardEvents,
  type ExistingRewardEvent,
  type ParticipationState,
} from '@rewards/domain';
import { tryInterpret, foldReadable, type EventStore, type FoldedStream, type UnreadableEvent } from '@rewards/event-store';
import { placeInLog } from '@rewards/service-kit/place-in-log';
import { requireWrite } from '../read-models/min-position';
import type { ReadModelStore } from '../read-models/read-model-store';
import { timeOf } from './recorded-by';

/** The state of a reward event after one of its domain events. */
export interface EventVersion extends ExistingRewardEvent {
  /** Position and time of that domain event. */
  readonly position: Position;
  readonly at: string;
}

/** The readable content of some streams, and their unreadable events. */
export interface PartialRead<T> {
  readonly found: T;
  readonly unreadable: readonly UnreadableEvent[];
}

export interface RecordedLogin {
  readonly loginId: string;
  readonly at: string;
  readonly position: Position;
}

/** An account as its stream in the log shows it. */
export interface RecordedAccount {
  /** Null if unknown. */
  readonly registeredAt: string | null;
  readonly roles: readonly Role[];
}

/** Selects logins of an account. */
export interface LoginSelection {
  readonly accountId: string;
  /** The window of the reward event. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** When the account was registered; null if unknown. */
  readonly registeredAt: string | null;
  readonly now: string;
  /** Times of logins that are certainly recorded. */
  readonly known: readonly string[];
}

const DAY_MS = 86_400_000;
/** Logins shortly before and after the window are explained too. */
const MARGIN_MS = 7 * DAY_MS;
/** Streams that one request reads concurrently. */
const STREAMS_AT_ONCE = 4;
const ROWS_PER_READ = 1_000;

/** Reads the history of one account in one event from the log. */
export class ParticipationLog {
  constructor(
    private readonly store: EventStore,
    private readonly readModels: ReadModelStore,
    private readonly upcast: Upcast,
  ) {}

  /** Requires that the log contains a write. @param token of the write @throws Rejected LOG_LACKS_WRITE */
  async requireWrite(token: ConsistencyToken | null): Promise<void> {
    if (token !== null) await requireWrite(this.store, token);
  }

  /** Returns the position of a place that a client sent. @throws Rejected INVALID_FIELDS */
  place(text: string, field: string): Promise<Position> {
    return placeInLog(this.store, text, field);
  }

  /** Returns the state of the event after each of its domain events, in order; empty if the event does not exist. */
  async versionsOfEvent(eventId: string): Promise<PartialRead<readonly EventVersion[]>> {
    const recorded = await this.store.readStream(streams.rewardEvent(eventId));
    const events = new RewardEvents(this.upcast);
    const found: EventVersion[] = [];
    for (const event of recorded) {
      const unreadable = tryInterpret(event, () => {
        const state = events.fold(event);
        if (state.situation === 'existing') found.push({ ...requireUsable(state), position: event.position, at: timeOf(event) });
      });
      if (unreadable) return { found, unreadable: [unreadable] };
    }
    return { found, unreadable: [] };
  }

  /** Returns when the account was registered; null if the time is unknown, undefined if the log has no such account. */
  async registeredAt(accountId: string): Promise<string | null | undefined> {
    const [first] = await this.store.readStream(streams.account(accountId));
    if (!first) return undefined;
    const at = timeOf(first);
    return first.type === 'AccountRegistered' && !Number.isNaN(Date.parse(at)) ? at : null;
  }

  /** Returns what the log knows about an account; null if the log has no such account. An erased account has no roles. */
  async account(accountId: string): Promise<RecordedAccount | null> {
    const recorded = await this.store.readStream(streams.account(accountId));
    if (recorded.length === 0) return null;
    let account: RecordedAccount = { registeredAt: null, roles: [] };
    for (const event of recorded) {
      tryInterpret(event, () => {
        const { type, data } = this.upcast<AccountEvent>(event);
        if (type === 'AccountRegistered') account = { registeredAt: data.at, roles: data.roles };
        else account = { ...account, roles: type === 'RolesChanged' ? data.roles : [] };
      });
    }
    return account;
  }

  /** Returns all recorded events of the participation. @param cycle null in an event without cycles */
  participation(eventId: string, accountId: string, cycle: string | null): Promise<readonly RecordedEvent[]> {
    return this.store.readStream(streams.participation(eventId, accountId, cycle));
  }

  /** Returns the newest counted days of a participation, ascending. @param upTo position of its last domain event to include */
  async daysOf(stream: string, upTo: Position | undefined): Promise<readonly string[]> {
    const recorded = await this.store.readStream(stream);
    const state = this.fold(recorded.filter(({ position }) => upTo === undefined || position <= upTo)).states.at(-1);
    if (!state || state.status === 'NOT_STARTED') return [];
    return [...new Set(state.logins.values().map(({ day }) => day))].sort().slice(-MAX_DAYS);
  }

  /** Returns the time of a position: of the last domain event up to it; null if there is none. */
  async timeAt(position: Position): Promise<string | null> {
    const [recorded] = position === START ? [] : await this.store.eventsAt([position]);
    return recorded && !Number.isNaN(Date.parse(recorded.metadata.at)) ? recorded.metadata.at : null;
  }

  /** Folds the participation up to its first event that cannot be folded. */
  fold(events: readonly RecordedEvent[]): FoldedStream<ParticipationState> {
    return foldReadable(READ_PARTICIPATION, events, this.upcast);
  }

  /** Upcasts events; an unreadable event stays as it is stored. */
  upcastReadable(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    return events.map((stored) => {
      let event = stored;
      tryInterpret(stored, () => (event = this.upcast(stored)));
      return event;
    });
  }

  /**
   * Returns the logins of an account in the window and a week around it, in the order in which they were recorded.
   *
   * Logins are recorded in one stream for each month. The months from the registration to tomorrow are read, as intake accepts no
   * other logins. Older logs and corrections may contain others, which the counter counts too. Their months are those in `known`
   * and those in the read model `audit`.
   * @param signal ends the reads between two streams
   */
  async logins(selection: LoginSelection, signal: AbortSignal): Promise<PartialRead<readonly RecordedLogin[]>> {
    const { accountId, startsAt, endsAt, registeredAt, now, known } = selection;
    const [from, to] = [Date.parse(startsAt) - MARGIN_MS, Date.parse(endsAt) + MARGIN_MS];
    const isSelected = (at: string): boolean => from <= Date.parse(at) && Date.parse(at) < to;
    const first = Math.max(from, registeredAt === null ? from : Date.parse(`${registeredAt.slice(0, 7)}-01`));
    const last = Math.min(to, Date.parse(now) + DAY_MS);
    const months = new Set([
      ...monthsBetween(first, last),
      ...known.filter(isSelected).map((at) => at.slice(0, 7)),
      ...(await this.auditedMonths(accountId, from, Math.min(first, to), signal)),
      ...(await this.auditedMonths(accountId, Math.max(last, from), to, signal)),
    ]);
    const unreadable: UnreadableEvent[] = [];
    const found: RecordedLogin[] = [];
    await eachOf([...months], STREAMS_AT_ONCE, signal, async (month) => {
      for (const recorded of await this.store.readStream(streams.login(accountId, month))) {
        const failure = tryInterpret(recorded, () => {
          const login = this.toLogin(recorded);
          if (isSelected(login.at)) found.push(login);
        });
        if (failure) unreadable.push(failure);
      }
    });
    return { found: found.sort((a, b) => (a.position < b.position ? -1 : 1)), unreadable };
  }

  private toLogin(recorded: RecordedEvent): RecordedLogin {
    const { loginId, at } = this.upcast<LoginEvent>(recorded).data;
    requireTime(at);
    return { loginId, at, position: recorded.position };
  }

  /** Returns the months of a span in which the read model `audit` has logins of the account. */
  private async auditedMonths(accountId: string, from: number, to: number, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const months = new Set<string>();
    if (from >= to) return months;
    const { audit } = await this.readModels.open(['audit'], null);
    const lt = new Date(to).toISOString();
    for (let gt = new Date(from).toISOString(); ;) {
      signal.throwIfAborted();
      const found = await audit.find({
        where: { accountId, type: 'LoggedIn', order: { gt, lt } },
        orderBy: { field: 'order', direction: 'ascending' },
        limit: ROWS_PER_READ,
      });
      const logins = await this.store.eventsAt(found.map(({ id }) => id as Position));
      for (const { stream } of logins) months.add(stream.slice(-MONTH_LENGTH));
      if (found.length < ROWS_PER_READ) return months;
      gt = found.at(-1)?.document.order ?? lt;
    }
  }
}

/** Length of yyyy-mm. */
const MONTH_LENGTH = 7;

/** Throws for an event that later steps cannot process. */
const requireUsable = (event: ExistingRewardEvent): ExistingRewardEvent => {
  for (const time of [event.startsAt, event.endsAt, event.claimsUntil]) requireTime(time);
  for (const { rewards } of milestonesOf(event)) rewards.map(untouched);
  progressOf(event.condition, []);
  return event;
};

/** Throws at a domain event after which later steps cannot process the participation. */
const READ_PARTICIPATION: Aggregate<ParticipationState, ParticipationEvent> = {
  initial: participation.initial,
  evolve: (state, event) => {
    const next = participation.evolve(state, event);
    if (next === state || next.status === 'NOT_STARTED') return next;
    requireTime(event.data.at);
    return next;
  },
};

const requireTime = (at: string): void => {
  if (Number.isNaN(Date.parse(at))) throw new RangeError('not a time');
};

/** Returns the UTC months of a span, including partial ones, as yyyy-mm. */
const monthsBetween = (from: number, to: number): readonly string[] => {
  const months: string[] = [];
  const start = new Date(from);
  for (let offset = 0; ; offset += 1) {
    const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + offset));
    if (month.getTime() > to) return months;
    months.push(month.toISOString().slice(0, MONTH_LENGTH));
  }
};

/** Runs a task for each item, `atOnce` concurrently. @param signal when it aborts, no further task starts */
const eachOf = async <T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  task: (item: T) => Promise<void>,
): Promise<void> => {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      signal.throwIfAborted();
      await task(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
};
