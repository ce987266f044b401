import { isDeepStrictEqual } from 'node:util';
import {
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
import { dayIn, fulfilled, isPerDay } from './calendar';
import { judge, type EventHistory, type EventVersion } from './event-history';
import type { Findings } from './findings';

type Fact<Type extends ParticipationEvent['type']> = RecordedOf<Extract<ParticipationEvent, { readonly type: Type }>>;

interface Login {
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
}

/** How far apart the clocks of two instances may be: a completion was decided on terms of about its own time. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Of a UUID. */
const ID_LENGTH = 36;

/** One participation, folded apart from the domain. */
class Book {
  started: Fact<'ParticipationStarted'> | null = null;
  readonly counted = new Map<string, string>();
  isMet = false;
  promised: ReadonlyMap<string, Reward> | null = null;
  readonly taken = new Map<string, number>();
  readonly requests = new Set<string>();
  revision = -1;
}

/**
 * The rules of one account, over its logins and its participations. Everything here is reckoned from the facts alone; no
 * decision of the domain is asked, so that a defect of one is found.
 */
export class AccountBooks {
  private readonly logins = new Map<string, Login>();
  private readonly books = new Map<string, Book>();

  constructor(
    private readonly accountId: string,
    private readonly events: ReadonlyMap<string, EventHistory>,
    private readonly findings: Findings,
  ) {}

  /** @param facts of the account's `login-` and `participation-` streams, in the log's order */
  check(facts: readonly RecordedEvent[]): void {
    for (const fact of facts) if (fact.type === 'LoggedIn') this.login(fact as RecordedOf<LoginEvent>);
    for (const fact of facts) if (fact.type !== 'LoggedIn') this.participation(fact as RecordedOf<ParticipationEvent>);
  }

  /** The logins that should count by now and do not. */
  *uncounted(): Iterable<Uncounted> {
    for (const [eventId, history] of this.events) {
      if (history.publishedPosition === null) continue;
      const stream = streams.participation(eventId, this.accountId);
      const book = this.books.get(eventId) ?? new Book();
      if (book.isMet) continue;
      const days = new Set(book.counted.values());
      for (const login of this.logins.values()) {
        const version = history.judging(login.position);
        if (!version || judge(version, login.at) !== 'OPEN' || isBeingCounted(history)) continue;
        const condition = book.started?.data.condition ?? version.condition;
        const day = isPerDay(condition) ? dayIn(login.at, version.timeZone, version.dayStartsAt) : null;
        if (day === null ? book.counted.has(login.loginId) : days.has(day)) continue;
        yield { stream, eventId, loginId: login.loginId, day };
      }
    }
  }

  private login({ stream, revision, data, position }: RecordedOf<LoginEvent>): void {
    if (this.logins.has(data.loginId)) this.add('LOGIN_RECORDED_TWICE', { stream, revision }, `login ${data.loginId}`);
    else this.logins.set(data.loginId, { loginId: data.loginId, at: data.at, position });
  }

  private participation(fact: RecordedOf<ParticipationEvent>): void {
    const eventId = eventOf(fact.stream);
    const book = this.books.get(eventId) ?? new Book();
    this.books.set(eventId, book);
    book.revision += 1;
    if (fact.revision !== book.revision) {
      this.add('FACT_MISSING', fact, `revision ${book.revision} should come here`);
      book.revision = fact.revision;
    }
    switch (fact.type) {
      case 'ParticipationStarted':
        if (book.started) this.add('STARTED_TWICE', fact, 'the participation had started before');
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
    if (!book.started) return this.add('COUNTED_BEFORE_START', fact, `login ${loginId}`);
    if (book.counted.has(loginId)) this.add('COUNTED_TWICE', fact, `login ${loginId}`);
    if (book.isMet) this.add('COUNTED_AFTER_CONDITION', fact, `login ${loginId}`);

    const login = this.logins.get(loginId);
    if (!login || login.at !== at || login.position > fact.position) {
      this.add('COUNTED_WITHOUT_LOGIN', fact, `login ${loginId} of ${at} is not recorded before`);
    }
    const { condition } = book.started.data;
    const version = login ? this.judging(eventId, login) : null;
    if (login) this.judged(fact, version, login);
    if (login && version && book.counted.size === 0) this.terms(book.started, version);

    const realDay = version ? dayIn(at, version.timeZone, version.dayStartsAt) : day;
    if (isPerDay(condition) && [...book.counted.values()].includes(realDay)) this.add('COUNTED_TWICE', fact, `day ${realDay}`);
    book.counted.set(loginId, realDay);
    const real = fulfilled(condition, [...book.counted.values()]);
    book.isMet = real >= condition.count;
    if (progress !== real || conditionMet !== book.isMet || day !== realDay) {
      this.add('WRONG_PROGRESS', fact, `${day}: ${progress} is said, ${realDay}: ${real} of ${condition.count} is right`);
    }
  }

  private judging(eventId: string, { position }: Login): EventVersion | null {
    return this.events.get(eventId)?.judging(position) ?? null;
  }

  private judged(fact: Fact<'LoginCounted'>, version: EventVersion | null, { at }: Login): void {
    const verdict = judge(version, at);
    if (verdict === 'PAUSED') this.add('COUNTED_IN_PAUSE', fact, `a login of ${at}`);
    else if (verdict !== 'OPEN') this.add('COUNTED_OUTSIDE_WINDOW', fact, `a login of ${at}: ${verdict}`);
  }

  /** A participation starts with the terms that its first login was judged by. */
  private terms(started: Fact<'ParticipationStarted'>, { termsVersion, condition, rewards }: EventVersion): void {
    const { data } = started;
    const isSame =
      data.termsVersion === termsVersion && isSameCondition(data.condition, condition) && isSameRewards(data.rewards, rewards);
    if (!isSame)
      this.add('TERMS_DIFFER', started, `the event had other terms than version ${data.termsVersion} with these rewards`);
  }

  private completed(book: Book, fact: Fact<'EventCompleted'>): void {
    const { eventId, at, rewards } = fact.data;
    if (book.promised) this.add('COMPLETED_TWICE', fact, 'the event had been completed before');
    if (!book.isMet) this.add('COMPLETED_WITHOUT_CONDITION', fact, `${book.counted.size} logins had counted`);
    const history = this.events.get(eventId);
    // Whether a pause bound it cannot be told: it binds an instance only once it has arrived there.
    if (at >= (history?.claimsUntil ?? '')) this.add('COMPLETED_AFTER_CLOSE', fact, `at ${at}`);
    const then = book.started?.data.rewards ?? [];
    const isRight = termsAround(history, at, fact.position).some((now) => isSameRewards(rewards, greater(then, now)));
    if (!isRight) this.add('WRONG_PROMISE', fact, 'neither the terms of the start nor later increases give this promise');
    book.promised = new Map(rewards.map((reward) => [reward.name, reward]));
  }

  private claimed(book: Book, fact: Fact<'RewardClaimed'>): void {
    const { eventId, requestId, requested, rewardName, type, amount, claimed, remaining, at } = fact.data;
    if (!book.promised) return this.add('CLAIMED_WITHOUT_COMPLETION', fact, `request ${requestId}`);
    if (book.requests.has(requestId)) this.add('REQUEST_GRANTED_TWICE', fact, `request ${requestId}`);
    book.requests.add(requestId);
    if (at >= (this.events.get(eventId)?.claimsUntil ?? '')) this.add('CLAIMED_AFTER_CLOSE', fact, `at ${at}`);
    const promised = book.promised.get(rewardName);
    if (!promised) return this.add('CLAIMED_UNPROMISED', fact, rewardName);

    const taken = (book.taken.get(rewardName) ?? 0) + amount;
    book.taken.set(rewardName, taken);
    if (taken > promised.amount) this.add('CLAIMED_MORE_THAN_PROMISED', fact, `${taken} of ${promised.amount}: ${rewardName}`);
    const isRight =
      Number.isSafeInteger(amount) &&
      amount > 0 &&
      type === promised.type &&
      claimed === taken &&
      remaining === promised.amount - taken &&
      (requested === 'all' ? remaining === 0 : requested === amount);
    if (!isRight) this.add('WRONG_CLAIM', fact, `${claimed} and ${remaining} are said, ${taken} of ${promised.amount} are taken`);
  }

  private add(
    rule: Parameters<Findings['add']>[0],
    { stream, revision }: { readonly stream: string; readonly revision: number },
    message: string,
  ): void {
    this.findings.add(rule, stream, revision, message);
  }
}

/** By the stream's name: the data of a newer writer's fact is not known. */
const eventOf = (stream: string): string => stream.slice(PREFIXES.participation.length, -ID_LENGTH - 1);

/** The account that a `login-` or `participation-` stream is of. */
export const accountOf = (stream: string): string =>
  stream.startsWith(PREFIXES.login)
    ? stream.slice(PREFIXES.login.length, PREFIXES.login.length + ID_LENGTH)
    : stream.slice(-ID_LENGTH);

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
