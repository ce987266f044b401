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
import { attempt } from '@rewards/event-store';
import { countsOn, dayIn, daysAround, fulfilled, isByDay, isKnownCondition, isPossibleDay } from './calendar';
import { judge, type EventHistory, type EventVersion } from './event-history';
import type { Findings } from './findings';

type Fact<Type extends ParticipationEvent['type']> = RecordedOf<Extract<ParticipationEvent, { readonly type: Type }>>;

interface Login {
  readonly stream: string;
  readonly loginId: string;
  readonly at: string;
  readonly position: Position;
}

/** A login that should count for an event and does not, as far as the log was read. */
export interface Uncounted {
  readonly stream: string;
  readonly eventId: string;
  readonly loginId: string;
  /** Its day, where a day counts once; null where each login counts. */
  readonly day: string | null;
  /** Whether it should count whatever the zone's rules were when it was recorded. */
  readonly isCertain: boolean;
}

/** How far a change of a zone's rules usually moves its clocks, and how far it can move them at all. */
const [USUAL_SHIFT_HOURS, LARGEST_SHIFT_HOURS] = [3, 24];

/** How far apart the clocks of two instances may be: a completion was decided on terms of about its own time. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Of a UUID. */

/** One participation, folded apart from the domain. */
class Book {
  started: Fact<'ParticipationStarted'> | null = null;
  readonly counted = new Map<string, string>();
  isMet = false;
  promised: ReadonlyMap<string, Reward> | null = null;
  readonly taken = new Map<string, number>();
  readonly requests = new Set<string>();
  revision = -1;
  /** Whether a recorded day differs from today's zone data. */
  daysDiffer = false;
  /** Whether an event could not be read: nothing after it can be checked. */
  isUnreadable = false;
}

/**
 * The rules of one account, over its logins and its participations. Everything here is reckoned from the facts alone; no
 * decision of the domain is asked, so that a defect of one is found.
 */
export class AccountBooks {
  /** By `loginId`: two months may have recorded the same one. */
  private readonly logins = new Map<string, readonly Login[]>();
  private readonly books = new Map<string, Book>();

  constructor(
    private readonly accountId: string,
    private readonly events: ReadonlyMap<string, EventHistory>,
    private readonly findings: Findings,
  ) {}

  /** @param facts of the account's `login-` and `participation-` streams, in the log's order */
  check(facts: readonly RecordedEvent[]): void {
    for (const fact of facts) {
      if (fact.type !== 'LoggedIn') continue;
      const unreadable = attempt(fact, () => this.login(fact as RecordedOf<LoginEvent>));
      if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
    }
    for (const fact of facts) {
      if (fact.type === 'LoggedIn') continue;
      const book = this.bookOf(eventOf(fact.stream));
      if (book.isUnreadable) continue;
      const unreadable = attempt(fact, () => this.participation(book, fact as RecordedOf<ParticipationEvent>));
      if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
      book.isUnreadable = unreadable !== null;
    }
  }

  /** The logins that should count by now and do not. */
  *uncounted(): Iterable<Uncounted> {
    for (const [eventId, history] of this.events) {
      if (history.publishedPosition === null || !history.isReadable || !history.hasKnownDays) continue;
      const stream = streams.participation(eventId, this.accountId);
      const book = this.books.get(eventId) ?? new Book();
      if (book.isMet || book.isUnreadable) continue;
      const days = new Set(book.counted.values());
      for (const login of [...this.logins.values()].flat()) {
        const version = history.judging(login.position);
        if (!version || judge(version, login.at) !== 'OPEN' || isBeingCounted(history)) continue;
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
        // Its day was not recorded: under other rules of the zone it may have been one that had counted.
        const shift = book.daysDiffer ? LARGEST_SHIFT_HOURS : USUAL_SHIFT_HOURS;
        const isCertain = daysAround(at, version, shift).every((near) => countsOn(condition, days, near));
        yield { stream, eventId, loginId, day, isCertain };
      }
    }
  }

  private login({ stream, revision, data: { loginId, at }, position }: RecordedOf<LoginEvent>): void {
    if (Number.isNaN(Date.parse(at))) throw new RangeError('not a time');
    const earlier = this.logins.get(loginId) ?? [];
    if (earlier.some((login) => login.stream === stream)) {
      return this.add('LOGIN_RECORDED_TWICE', { stream, revision }, `login ${loginId} was recorded before`);
    }
    // A month's stream cannot see another month. It counts once all the same.
    if (earlier.length > 0) this.findings.note('LOGIN_ID_REPEATED', stream, revision, `login ${loginId} counts once`);
    this.logins.set(loginId, [...earlier, { stream, loginId, at, position }]);
  }

  private bookOf(eventId: string): Book {
    const book = this.books.get(eventId) ?? new Book();
    this.books.set(eventId, book);
    return book;
  }

  private participation(book: Book, fact: RecordedOf<ParticipationEvent>): void {
    book.revision += 1;
    if (fact.revision !== book.revision) {
      this.add('FACT_MISSING', fact, `revision ${fact.revision} follows, but revision ${book.revision} is missing`);
      book.revision = fact.revision;
    }
    switch (fact.type) {
      case 'ParticipationStarted':
        if (book.started) this.add('STARTED_TWICE', fact, 'the participation started before');
        // Fails for terms that cannot be read, before anything is judged by them.
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
        // A newer writer's fact is none of these rules' business.
        fact satisfies never;
    }
  }

  private counted(book: Book, fact: Fact<'LoginCounted'>): void {
    const { eventId, loginId, at, day, progress, conditionMet } = fact.data;
    if (!book.started)
      return this.add('COUNTED_BEFORE_START', fact, `login ${loginId} was counted before the participation started`);
    if (book.counted.has(loginId)) this.add('COUNTED_TWICE', fact, `login ${loginId} was counted before`);
    if (book.isMet) this.add('COUNTED_AFTER_CONDITION', fact, `login ${loginId} was counted after the condition was met`);

    const login = this.logins.get(loginId)?.find((one) => one.at === at && one.position < fact.position);
    if (!login) {
      this.add('COUNTED_WITHOUT_LOGIN', fact, `login ${loginId} of ${at} was counted, but no such login was recorded before`);
    }
    const { condition } = book.started.data;
    const { isReadable = true, hasKnownDays = true } = this.events.get(eventId) ?? {};
    const version = login && isReadable ? this.judging(eventId, login) : null;
    if (login && isReadable) this.judged(fact, version, login);
    if (version && book.counted.size === 0) this.terms(book.started, version);
    if (version && hasKnownDays) this.noteDay(book, fact, version);

    const days = new Set(book.counted.values());
    if (!countsOn(condition, days, day)) {
      if (days.has(day)) this.add('COUNTED_TWICE', fact, `a login of ${day} was counted before`);
      else this.add('WRONG_PROGRESS', fact, `a login of ${day} was counted, but the condition leaves this day out`);
    }
    book.counted.set(loginId, day);
    const real = fulfilled(condition, [...book.counted.values()]);
    book.isMet = real >= condition.count;
    if (progress !== real || conditionMet !== book.isMet) {
      const given = progressText(progress, condition.count, day, conditionMet);
      const right = progressText(real, condition.count, day, book.isMet);
      this.add('WRONG_PROGRESS', fact, `the event records ${given}; the counted logins give ${right}`);
    } else if (!isPossibleDay(at, day)) {
      this.add('WRONG_PROGRESS', fact, `no time zone gives the day ${day} to a login of ${at}`);
    }
  }

  /** The recorded day is the decision. Zone data that changed since does not make it wrong. */
  private noteDay(book: Book, { stream, revision, data }: Fact<'LoginCounted'>, { timeZone, dayStartsAt }: EventVersion): void {
    const today = dayIn(data.at, timeZone, dayStartsAt);
    if (data.day === today) return;
    book.daysDiffer = true;
    this.findings.note('DAY_DIFFERS', stream, revision, `${data.day} is recorded, today's data of ${timeZone} give ${today}`);
  }

  private judging(eventId: string, { position }: Login): EventVersion | null {
    return this.events.get(eventId)?.judging(position) ?? null;
  }

  private judged(fact: Fact<'LoginCounted'>, version: EventVersion | null, { at }: Login): void {
    const verdict = judge(version, at);
    if (verdict === 'PAUSED') this.add('COUNTED_IN_PAUSE', fact, `a login of ${at} was counted while the event was paused`);
    else if (verdict !== 'OPEN')
      this.add('COUNTED_OUTSIDE_WINDOW', fact, `a login of ${at} was counted, but ${WHY_NOT[verdict]}`);
  }

  /** A participation starts with the terms that its first login was judged by. */
  private terms(started: Fact<'ParticipationStarted'>, { termsVersion, condition, rewards }: EventVersion): void {
    const { data } = started;
    const isSame =
      data.termsVersion === termsVersion && isSameCondition(data.condition, condition) && isSameRewards(data.rewards, rewards);
    if (!isSame)
      this.add(
        'TERMS_DIFFER',
        started,
        `the participation started on version ${data.termsVersion} of the terms, but the event had other terms then`,
      );
  }

  private completed(book: Book, fact: Fact<'EventCompleted'>): void {
    const { eventId, at, rewards } = fact.data;
    if (book.promised) this.add('COMPLETED_TWICE', fact, 'the participation was completed before');
    if (!book.isMet)
      this.add(
        'COMPLETED_WITHOUT_CONDITION',
        fact,
        `completed with ${book.counted.size} counted logins, which do not meet the condition`,
      );
    const history = this.events.get(eventId);
    book.promised = new Map(rewards.map((reward) => [reward.name, reward]));
    if (history?.isReadable === false) return;
    // Whether a pause bound it cannot be told: it binds an instance only once it has arrived there.
    if (at >= (history?.claimsUntil ?? ''))
      this.add('COMPLETED_AFTER_CLOSE', fact, `completed at ${at}, after the claims had closed`);
    const then = book.started?.data.rewards ?? [];
    const isRight = termsAround(history, at, fact.position).some((now) => isSameRewards(rewards, greater(then, now)));
    if (!isRight)
      this.add('WRONG_PROMISE', fact, 'the promised rewards are neither those of the start nor later increases of them');
  }

  private claimed(book: Book, fact: Fact<'RewardClaimed'>): void {
    const { eventId, requestId, requested, rewardName, type, amount, claimed, remaining, at } = fact.data;
    if (!book.promised)
      return this.add(
        'CLAIMED_WITHOUT_COMPLETION',
        fact,
        `request ${requestId} was granted before the participation was completed`,
      );
    if (book.requests.has(requestId)) this.add('REQUEST_GRANTED_TWICE', fact, `request ${requestId} was granted before`);
    book.requests.add(requestId);
    const history = this.events.get(eventId);
    if (history?.isReadable !== false && at >= (history?.claimsUntil ?? ''))
      this.add('CLAIMED_AFTER_CLOSE', fact, `granted at ${at}, after the claims had closed`);
    const promised = book.promised.get(rewardName);
    if (!promised) return this.add('CLAIMED_UNPROMISED', fact, `${rewardName} was granted, but not promised`);

    const taken = (book.taken.get(rewardName) ?? 0) + amount;
    book.taken.set(rewardName, taken);
    if (taken > promised.amount)
      this.add(
        'CLAIMED_MORE_THAN_PROMISED',
        fact,
        `${taken} of ${rewardName} were granted, but only ${promised.amount} were promised`,
      );
    const isRight =
      Number.isSafeInteger(amount) &&
      amount > 0 &&
      type === promised.type &&
      claimed === taken &&
      remaining === promised.amount - taken &&
      (requested === 'all' ? remaining === 0 : requested === amount);
    if (!isRight) {
      const given = `${claimed} granted and ${remaining} remaining`;
      const right = `${taken} granted and ${promised.amount - taken} remaining`;
      this.add('WRONG_CLAIM', fact, `the event records ${given} of ${rewardName}; the claims give ${right}`);
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
  OUTSIDE_WINDOW: 'it is outside the time of the event',
};

/** By the stream's name: the data of a newer writer's fact is not known. */
const eventOf = (stream: string): string => stream.slice(PREFIXES.participation.length, -ID_LENGTH - 1);

/** While logins from before its publication are being counted, none of its logins is overdue. */
const isBeingCounted = (history: EventHistory): boolean => history.looksBack && history.backfilledTo === null;

/** The rewards that were in force somewhere between a little before a time and a position. */
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
  a.length === b.length && a.every(({ name, type, amount }, index) => isDeepStrictEqual({ ...b[index] }, { name, type, amount }));

const isSameCondition = (a: Condition, b: Condition): boolean => isDeepStrictEqual({ ...a }, { ...b });
