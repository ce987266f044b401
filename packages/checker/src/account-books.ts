import { isDeepStrictEqual } from 'node:util';
import {
  ID_LENGTH,
  PREFIXES,
  streams,
  type Condition,
  type LoginEvent,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type RecordedOf,
  type Reward,
} from '@rewards/contracts';
import { tryInterpret } from '@rewards/event-store';
import { countsOn, dayIn, daysAround, fulfilled, isByDay, isKnownCondition, isPossibleDay } from './calendar';
import { countingStateAt, type EventHistory, type EventVersion } from './event-history';
import type { Findings } from './findings';

/** A domain event of an account in today's shape, without its metadata, and the schema version in which it is stored. */
export type AccountFact<Event extends RecordedEvent = RecordedEvent> = Omit<Event, 'metadata'> & {
  readonly storedVersion: number;
};

type ParticipationFact = {
  readonly [Type in ParticipationEvent['type']]: Fact<Type>;
}[ParticipationEvent['type']];
type Fact<Type extends ParticipationEvent['type']> = AccountFact<
  RecordedOf<Extract<ParticipationEvent, { readonly type: Type }>>
>;

interface Login {
  readonly stream: string;
  readonly loginId: string;
  readonly at: string;
  readonly position: Position;
}

/** A login that should count for an event but does not, as far as the log was read. */
export interface UncountedLogin {
  readonly stream: string;
  readonly eventId: string;
  readonly loginId: string;
  /** Day of the login if a day counts once; null if each login counts. */
  readonly day: string | null;
  /** Whether it should count under any time zone rules at the time of its recording. */
  readonly isCertain: boolean;
}

/** How far a change of time zone rules usually shifts local time, and the largest possible shift. */
const [USUAL_SHIFT_HOURS, LARGEST_SHIFT_HOURS] = [3, 24];

/** Maximum difference between the clocks of two instances, within which the terms of a completion may differ. */
const CLOCK_TOLERANCE_MS = 5_000;

/** The version of `RewardClaimed` from which on a claim takes at least a thousandth of the promise, or all that remains. */
const MINIMUM_SINCE_VERSION = 2;

/** One participation, folded independently of the domain. */
class Book {
  started: Fact<'ParticipationStarted'> | null = null;
  readonly counted = new Map<string, string>();
  isMet = false;
  promised: ReadonlyMap<string, Reward> | null = null;
  readonly claimed = new Map<string, number>();
  readonly requests = new Set<string>();
  revision = -1;
  /** Whether a recorded day differs from the day by the current zone data. */
  daysDiffer = false;
  /** Whether an event could not be read, so that no later one can be checked. */
  isUnreadable = false;
}

/**
 * Checks the rules for one account over its logins and its participations. It computes everything from the domain events without
 * the deciders of the domain, so that it finds their defects.
 */
export class AccountBooks {
  /** Logins by `loginId`; the streams of two months may contain the same one. */
  private readonly logins = new Map<string, readonly Login[]>();
  private readonly books = new Map<string, Book>();

  constructor(
    private readonly accountId: string,
    private readonly events: ReadonlyMap<string, EventHistory>,
    private readonly findings: Findings,
  ) {}

  /** Notes a login. Call it for all logins of the account first, in the order of the log; ignores other events. */
  addLogin(fact: AccountFact): void {
    if (fact.type !== 'LoggedIn') return;
    const unreadable = tryInterpret(fact, () => this.login(fact as AccountFact<RecordedOf<LoginEvent>>));
    if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
  }

  /** Checks an event of a participation, in the order of the log; ignores logins. */
  check(fact: AccountFact): void {
    if (fact.type === 'LoggedIn') return;
    const book = this.bookOf(eventOf(fact.stream));
    if (book.isUnreadable) return;
    const unreadable = tryInterpret(fact, () => this.participation(book, fact as ParticipationFact));
    if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
    book.isUnreadable = unreadable !== null;
  }

  /** @returns the logins that should count by now but do not */
  *uncounted(): Iterable<UncountedLogin> {
    for (const [eventId, history] of this.events) {
      if (!history.wasPublished || !history.isReadable || !history.hasKnownDays) continue;
      const stream = streams.participation(eventId, this.accountId);
      const book = this.books.get(eventId) ?? new Book();
      if (book.isMet || book.isUnreadable) continue;
      const days = new Set(book.counted.values());
      for (const login of [...this.logins.values()].flat()) {
        const version = history.versionFor(login.position, login.at);
        if (!version || countingStateAt(version, login.at) !== 'OPEN' || isBeingCounted(history)) continue;
        if (book.counted.has(login.loginId)) continue;
        const { loginId, at } = login;
        const condition = book.started?.data.condition ?? version.condition;
        if (!isKnownCondition(condition)) continue;
        if (!isByDay(condition)) {
          yield { stream, eventId, loginId, day: null, isCertain: true };
          continue;
        }
        const day = dayIn(at, version.timeZone, version.dayStartsAt);
        if (!countsOn(condition, days, day)) continue;
        // The day was not recorded. Under other time zone rules, the login may fall on a day that has already counted.
        const shift = book.daysDiffer ? LARGEST_SHIFT_HOURS : USUAL_SHIFT_HOURS;
        const isCertain = daysAround(at, version, shift).every((near) => countsOn(condition, days, near));
        yield { stream, eventId, loginId, day, isCertain };
      }
    }
  }

  private login({ stream, revision, data: { loginId, at }, position }: AccountFact<RecordedOf<LoginEvent>>): void {
    if (Number.isNaN(Date.parse(at))) throw new RangeError(`not a time: ${at}`);
    const earlier = this.logins.get(loginId) ?? [];
    if (earlier.some((login) => login.stream === stream)) {
      return this.add('LOGIN_RECORDED_TWICE', { stream, revision }, `login ${loginId} was recorded before`);
    }
    // The stream of one month does not contain the logins of another. The login still counts only once.
    if (earlier.length > 0) this.findings.note('LOGIN_ID_REPEATED', stream, revision, `login ${loginId} counts once`);
    this.logins.set(loginId, [...earlier, { stream, loginId, at, position }]);
  }

  private bookOf(eventId: string): Book {
    const book = this.books.get(eventId) ?? new Book();
    this.books.set(eventId, book);
    return book;
  }

  private participation(book: Book, fact: ParticipationFact): void {
    book.revision += 1;
    if (fact.revision !== book.revision) {
      this.add('FACT_MISSING', fact, `found revision ${fact.revision}, but revision ${book.revision} is missing`);
      book.revision = fact.revision;
    }
    switch (fact.type) {
      case 'ParticipationStarted':
        if (book.started) this.add('STARTED_TWICE', fact, 'the participation had already started');
        // Fails on unreadable terms before any check depends on them.
        fulfilled(fact.data.condition, []);
        book.started = fact;
        break;
      case 'LoginCounted':
        this.counted(book, fact);
        break;
      case 'EventCompleted':
        this.completed(book, fact);
        break;
      case 'RewardClaimed':
        this.claimed(book, fact);
        break;
      default:
        // No rule applies to the events of a newer version.
        fact satisfies never;
    }
  }

  private counted(book: Book, fact: Fact<'LoginCounted'>): void {
    const { eventId, loginId, at, day, progress, conditionMet } = fact.data;
    if (!book.started)
      return this.add('COUNTED_BEFORE_START', fact, `login ${loginId} was counted before the participation started`);
    if (book.counted.has(loginId)) this.add('COUNTED_TWICE', fact, `login ${loginId} was already counted`);
    if (book.isMet) this.add('COUNTED_AFTER_CONDITION', fact, `login ${loginId} was counted after the condition was met`);

    const login = this.logins.get(loginId)?.find((one) => one.at === at && one.position < fact.position);
    if (!login) {
      this.add(
        'COUNTED_WITHOUT_LOGIN',
        fact,
        `login ${loginId} of ${at} was counted, but no such login was recorded before that`,
      );
    }
    const { condition } = book.started.data;
    const { isReadable = true, hasKnownDays = true } = this.events.get(eventId) ?? {};
    const version = login && isReadable ? this.versionFor(eventId, login) : null;
    if (login && isReadable) this.checkWindow(fact, version, login);
    if (version && book.counted.size === 0) this.checkTerms(book.started, version);
    if (version && hasKnownDays) this.noteDay(book, fact, version);

    const days = new Set(book.counted.values());
    if (!countsOn(condition, days, day)) {
      if (days.has(day)) this.add('COUNTED_TWICE', fact, `a login of ${day} was already counted`);
      else this.add('WRONG_PROGRESS', fact, `a login of ${day} was counted, but the condition excludes this day`);
    }
    book.counted.set(loginId, day);
    const expectedProgress = fulfilled(condition, [...book.counted.values()]);
    book.isMet = expectedProgress >= condition.count;
    if (progress !== expectedProgress || conditionMet !== book.isMet) {
      const recorded = progressText(progress, condition.count, day, conditionMet);
      const expected = progressText(expectedProgress, condition.count, day, book.isMet);
      this.add('WRONG_PROGRESS', fact, `the event records ${recorded}, but the counted logins give ${expected}`);
    } else if (!isPossibleDay(at, day)) {
      this.add('WRONG_PROGRESS', fact, `a login of ${at} cannot fall on ${day} in any time zone`);
    }
  }

  /** Notes a day that differs by the current zone data. The recorded day stays right, because zone data can change. */
  private noteDay(book: Book, { stream, revision, data }: Fact<'LoginCounted'>, { timeZone, dayStartsAt }: EventVersion): void {
    const currentDay = dayIn(data.at, timeZone, dayStartsAt);
    if (data.day === currentDay) return;
    book.daysDiffer = true;
    this.findings.note(
      'DAY_DIFFERS',
      stream,
      revision,
      `${data.day} is recorded, but the current time zone data of ${timeZone} gives ${currentDay}`,
    );
  }

  private versionFor(eventId: string, { position, at }: Login): EventVersion | null {
    return this.events.get(eventId)?.versionFor(position, at) ?? null;
  }

  private checkWindow(fact: Fact<'LoginCounted'>, version: EventVersion | null, { at }: Login): void {
    const judgement = countingStateAt(version, at);
    if (judgement === 'PAUSED') this.add('COUNTED_IN_PAUSE', fact, `a login of ${at} was counted while the event was paused`);
    else if (judgement !== 'OPEN')
      this.add('COUNTED_OUTSIDE_WINDOW', fact, `a login of ${at} was counted, but ${WHY_NOT[judgement]}`);
  }

  /** Checks that a participation started with the terms in force for its first login. */
  private checkTerms(started: Fact<'ParticipationStarted'>, { termsVersion, condition, rewards }: EventVersion): void {
    const { data } = started;
    const isSame =
      data.termsVersion === termsVersion && isSameCondition(data.condition, condition) && isSameRewards(data.rewards, rewards);
    if (!isSame)
      this.add(
        'TERMS_DIFFER',
        started,
        `the participation started on version ${data.termsVersion} of the terms, but the event had other terms at that time`,
      );
  }

  private completed(book: Book, fact: Fact<'EventCompleted'>): void {
    const { eventId, at, rewards } = fact.data;
    if (book.promised) this.add('COMPLETED_TWICE', fact, 'the participation was already completed');
    if (!book.isMet)
      this.add(
        'COMPLETED_WITHOUT_CONDITION',
        fact,
        `completed with ${book.counted.size} counted logins, which do not meet the condition`,
      );
    const history = this.events.get(eventId);
    book.promised = new Map(rewards.map((reward) => [reward.name, reward]));
    if (history?.isReadable === false) return;
    // A pause cannot be checked here: it applies to an instance only after that instance has received it.
    if (at >= (history?.claimsUntil ?? ''))
      this.add('COMPLETED_AFTER_CLOSE', fact, `completed at ${at}, after the end of the claim period`);
    const then = book.started?.data.rewards ?? [];
    const isRight = termsAround(history, at, fact.position).some((now) => isSameRewards(rewards, greater(then, now)));
    if (!isRight)
      this.add('WRONG_PROMISE', fact, 'the promised rewards are neither those at the start nor later increases of them');
  }

  private claimed(book: Book, fact: Fact<'RewardClaimed'>): void {
    const { eventId, requestId, requested, rewardName, type, amount, claimed, remaining, at } = fact.data;
    if (!book.promised)
      return this.add(
        'CLAIMED_WITHOUT_COMPLETION',
        fact,
        `request ${requestId} was granted before the participation was completed`,
      );
    if (book.requests.has(requestId)) this.add('REQUEST_GRANTED_TWICE', fact, `request ${requestId} was already granted`);
    book.requests.add(requestId);
    const history = this.events.get(eventId);
    if (history?.isReadable !== false && at >= (history?.claimsUntil ?? ''))
      this.add('CLAIMED_AFTER_CLOSE', fact, `granted at ${at}, after the end of the claim period`);
    const promised = book.promised.get(rewardName);
    if (!promised) return this.add('CLAIMED_UNPROMISED', fact, `${rewardName} was granted, but is not part of the promise`);

    const total = (book.claimed.get(rewardName) ?? 0) + amount;
    book.claimed.set(rewardName, total);
    if (total > promised.amount)
      this.add(
        'CLAIMED_MORE_THAN_PROMISED',
        fact,
        `${total} of ${rewardName} were granted, but only ${promised.amount} were promised`,
      );
    const [smallest, before] = [Math.ceil(promised.amount / 1_000), promised.amount - (total - amount)];
    if (fact.storedVersion >= MINIMUM_SINCE_VERSION && amount < smallest && amount < before)
      this.add(
        'CLAIMED_TOO_LITTLE',
        fact,
        `${amount} of ${rewardName} were granted, but a claim takes at least ${Math.min(smallest, before)}`,
      );
    const isRight =
      Number.isSafeInteger(amount) &&
      amount > 0 &&
      type === promised.type &&
      fact.data.itemCode === promised.itemCode &&
      claimed === total &&
      remaining === promised.amount - total &&
      (requested === 'all' ? remaining === 0 : requested === amount);
    if (!isRight) {
      const recorded = `${claimed} granted and ${remaining} remaining`;
      const expected = `${total} granted and ${promised.amount - total} remaining`;
      this.add('WRONG_CLAIM', fact, `the event records ${recorded} of ${rewardName}, but the claims add up to ${expected}`);
    }
  }

  private add(
    rule: Parameters<Findings['add']>[0],
    { stream, revision }: { readonly stream: string; readonly revision: number },
    message: string,
  ): void {
    this.findings.add(rule, stream, revision, message);
  }
}

const progressText = (progress: number, count: number, day: string, isMet: boolean): string =>
  `${progress} of ${count} on ${day} (condition ${isMet ? 'met' : 'not met'})`;

const WHY_NOT: Readonly<Record<'UNPUBLISHED' | 'OUTSIDE_WINDOW', string>> = {
  UNPUBLISHED: 'the event was not published',
  OUTSIDE_WINDOW: 'it is outside the window of the event',
};

/** Reads the event id from the stream name, because the data of a newer version may differ. */
const eventOf = (stream: string): string => stream.slice(PREFIXES.participation.length, -ID_LENGTH - 1);

/** Whether the backfill of the event is not complete yet. Until then, none of its logins is overdue. */
const isBeingCounted = (history: EventHistory): boolean => history.countsEarlierLogins && history.backfilledTo === null;

/** @returns all rewards in force between shortly before a time and a position */
const termsAround = (history: EventHistory | undefined, at: string, until: Position): readonly (readonly Reward[])[] => {
  const earliest = new Date(Date.parse(at) - CLOCK_TOLERANCE_MS).toISOString();
  const before = (history?.versions ?? []).filter(({ position }) => position < until);
  return before.filter((_, index) => (before[index + 1]?.at ?? earliest) >= earliest).map(({ rewards }) => rewards);
};

const greater = (then: readonly Reward[], now: readonly Reward[]): readonly Reward[] =>
  then.map((reward) => {
    const amounts = [reward, ...now.filter(({ name }) => name === reward.name)].map(({ amount }) => amount);
    return { ...reward, amount: Math.max(...amounts) };
  });

const isSameRewards = (a: readonly Reward[], b: readonly Reward[]): boolean =>
  a.length === b.length && a.every((reward, index) => isDeepStrictEqual({ ...b[index] }, { ...reward }));

const isSameCondition = (a: Condition, b: Condition): boolean => isDeepStrictEqual({ ...a }, { ...b });
