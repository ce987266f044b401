import { isDeepStrictEqual } from 'node:util';
import {
  participationOf,
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
import { countsOn, cycleOfDay, dayIn, daysAround, fulfilled, isByDay, isKnownCondition, isPossibleDay } from './calendar';
import { countingStateAt, milestoneOf, type EventHistory, type EventVersion } from './event-history';
import type { Findings } from './findings';

/** A domain event of an account in today's shape, without its metadata, and the schema version in which it is stored. */
export type AccountFact<Event extends RecordedEvent = RecordedEvent> = Omit<Event, 'metadata'> & {
  readonly storedVersion: number;
  /** Whether a request of an account caused it. Missing if a service did. */
  readonly isByAccount?: true;
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

/** What logins of a participation can reach. */
interface Terms {
  readonly condition: Condition;
  readonly earlier: readonly { readonly count: number; readonly rewards: readonly Reward[] }[];
  readonly rewards: readonly Reward[];
}

/** Count of an earlier milestone, or undefined for the last one. */
type MilestoneKey = number | undefined;

/** A completed milestone: the promise, and the units that were claimed of it. */
interface Completion {
  readonly promised: ReadonlyMap<string, Reward>;
  readonly claimed: Map<string, number>;
}

/** A completion or claim that a decision has to record without a request for it. */
interface Step {
  readonly id: string;
  readonly at: string;
  /** What a completion promises; null for a claim. */
  readonly promised: readonly Reward[] | null;
}

/** What has to follow a counted login, or a completion by request in an event with automatic claims, in the same append. */
interface FollowUps {
  readonly cause: Place;
  /** The milestone that a request completed; null after a counted login. */
  readonly requested: { readonly milestone: MilestoneKey } | null;
  /** The steps by each state of the event that the decision may have used; null if they cannot be known. */
  readonly alternatives: readonly (readonly Step[])[] | null;
  readonly found: { readonly id: string; readonly place: Place }[];
}

type Place = Pick<RecordedEvent, 'stream' | 'revision'>;

/** One participation, folded independently of the domain. */
class Book {
  started: Fact<'ParticipationStarted'> | null = null;
  /** The terms with which it started; null if they cannot be known. */
  terms: Terms | null = null;
  readonly counted = new Map<string, string>();
  progress = 0;
  isMet = false;
  readonly completions = new Map<MilestoneKey, Completion>();
  readonly requests = new Set<string>();
  followUps: FollowUps | null = null;
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
  /** By stream: one for each cycle. */
  private readonly books = new Map<string, Book>();
  /** The logins that were counted in any cycle of an event, by event. */
  private readonly inCycles = new Map<string, Set<string>>();
  private erasedAt: Position | null = null;

  constructor(
    private readonly accountId: string,
    private readonly events: ReadonlyMap<string, EventHistory>,
    private readonly findings: Findings,
  ) {}

  /**
   * Notes a login, or the erasure of the account. Call it for all of them first, in the order of the log; ignores the events of
   * participations.
   */
  addInput(fact: AccountFact): void {
    if (fact.stream.startsWith(PREFIXES.participation)) return;
    if (fact.type === 'AccountErased') this.erasedAt ??= fact.position;
    if (fact.type !== 'LoggedIn') return;
    const unreadable = tryInterpret(fact, () => this.login(fact as AccountFact<RecordedOf<LoginEvent>>));
    if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
  }

  /** Checks an event of a participation, in the order of the log; ignores all others. */
  check(fact: AccountFact): void {
    if (!fact.stream.startsWith(PREFIXES.participation)) return;
    const book = this.bookOf(fact.stream);
    if (book.isUnreadable) return;
    const unreadable = tryInterpret(fact, () => this.participation(book, fact as ParticipationFact));
    if (unreadable) this.add('EVENT_UNREADABLE', fact, unreadable.message);
    book.isUnreadable = unreadable !== null;
  }

  /** Checks what is missing at the end of each participation. */
  finish(): void {
    for (const book of this.books.values()) if (!book.isUnreadable) this.checkFollowUps(book);
  }

  /** @returns the logins that should count by now but do not */
  *uncounted(): Iterable<UncountedLogin> {
    const logins = [...this.logins.values()].flat();
    for (const [eventId, history] of this.events) {
      if (!history.wasPublished || !history.isReadable || !history.hasKnownDays || isBeingCounted(history)) continue;
      const plain = this.books.get(streams.participation(eventId, this.accountId)) ?? new Book();
      const inCycles = this.inCycles.get(eventId);
      if (plain.isMet || plain.isUnreadable) continue;
      for (const login of logins) {
        if (plain.counted.has(login.loginId) || inCycles?.has(login.loginId)) continue;
        const version = history.versionFor(login.position, login.at);
        if (!version || countingStateAt(version, login.at) !== 'OPEN') continue;
        yield* this.uncountedIn(eventId, version, login);
      }
    }
  }

  /** @returns the login if this version of the event counts it */
  private *uncountedIn(eventId: string, version: EventVersion, { loginId, at }: Login): Iterable<UncountedLogin> {
    const { cycle: kind, timeZone, dayStartsAt } = version;
    const placeOn = (day: string) => {
      const stream = streams.participation(eventId, this.accountId, kind && cycleOfDay(kind, day));
      const book = this.books.get(stream) ?? new Book();
      const condition = book.terms?.condition ?? version.condition;
      const isOpen = !book.isMet && !book.isUnreadable && isKnownCondition(condition);
      const counts = isOpen && countsOn(condition, new Set(book.counted.values()), day);
      return { stream, book, counts, needsDay: isOpen && isByDay(condition) };
    };
    if (kind === null) {
      const { stream, counts, needsDay } = placeOn('');
      if (counts && !needsDay) yield { stream, eventId, loginId, day: null, isCertain: true };
      if (!needsDay) return;
    }
    const day = dayIn(at, timeZone, dayStartsAt);
    const { stream, book, counts, needsDay } = placeOn(day);
    if (!counts) return;
    // The day was not recorded. Under other time zone rules, the login may fall on a day or in a cycle that has already counted.
    const shift = book.daysDiffer ? LARGEST_SHIFT_HOURS : USUAL_SHIFT_HOURS;
    const isCertain = daysAround(at, version, shift).every((near) => placeOn(near).counts);
    yield { stream, eventId, loginId, day: needsDay ? day : null, isCertain };
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

  private bookOf(stream: string): Book {
    const book = this.books.get(stream) ?? new Book();
    this.books.set(stream, book);
    return book;
  }

  private participation(book: Book, fact: ParticipationFact): void {
    book.revision += 1;
    if (fact.revision !== book.revision) {
      this.add('FACT_MISSING', fact, `found revision ${fact.revision}, but revision ${book.revision} is missing`);
      book.revision = fact.revision;
    }
    const { cycle } = participationOf(fact.stream);
    if ((fact.data.cycle ?? null) !== cycle)
      this.add('WRONG_CYCLE', fact, `the event is of ${cycleText(fact.data.cycle)}, but its stream is of ${cycleText(cycle)}`);
    const followUps = followsIn(book.followUps, fact) ? book.followUps : null;
    if (!followUps) this.checkFollowUps(book);
    switch (fact.type) {
      case 'ParticipationStarted':
        this.started(book, fact, cycle);
        break;
      case 'LoginCounted':
        this.counted(book, fact, cycle);
        break;
      case 'EventCompleted':
        this.completed(book, fact, followUps);
        break;
      case 'RewardClaimed':
        this.claimed(book, fact, followUps);
        break;
      default:
        // No rule applies to the events of a newer version.
        fact satisfies never;
    }
  }

  private started(book: Book, fact: Fact<'ParticipationStarted'>, cycle: string | null): void {
    const { eventId, termsVersion, condition, rewards } = fact.data;
    if (book.started) this.add('STARTED_TWICE', fact, 'the participation had already started');
    const history = this.events.get(eventId);
    const version = history?.inForce(termsVersion) ?? null;
    if (history?.isReadable && !version)
      this.add('TERMS_DIFFER', fact, `version ${termsVersion} of the terms was never in force`);
    if (version && (version.cycle === null) !== (cycle === null))
      this.add(
        'WRONG_CYCLE',
        fact,
        `the participation is of ${cycleText(cycle)}, but the event ${HAS_CYCLES[`${cycle === null}`]}`,
      );
    const terms = version ?? (condition && rewards ? { condition, earlier: [], rewards } : null);
    // Fails on unreadable terms before any check depends on them.
    if (terms) fulfilled(terms.condition, []);
    [book.started, book.terms] = [fact, terms];
  }

  private counted(book: Book, fact: Fact<'LoginCounted'>, cycle: string | null): void {
    const { eventId, loginId, at } = fact.data;
    if (!book.started)
      return this.add('COUNTED_BEFORE_START', fact, `login ${loginId} was counted before the participation started`);
    if (book.counted.has(loginId)) this.add('COUNTED_TWICE', fact, `login ${loginId} was already counted`);
    else if (cycle !== null) this.noteInCycles(fact);
    if (book.isMet) this.add('COUNTED_AFTER_CONDITION', fact, `login ${loginId} was counted after the condition was met`);

    const login = this.logins.get(loginId)?.find((one) => one.at === at && one.position < fact.position);
    if (!login) {
      this.add(
        'COUNTED_WITHOUT_LOGIN',
        fact,
        `login ${loginId} of ${at} was counted, but no such login was recorded before that`,
      );
    }
    const { isReadable = true, hasKnownDays = true } = this.events.get(eventId) ?? {};
    const version = login && isReadable ? this.versionFor(eventId, login) : null;
    if (login && isReadable) this.checkWindow(fact, version, login);
    if (version && book.counted.size === 0) this.checkTerms(book.started, version);
    const dayDiffers = version !== null && hasKnownDays && this.noteDay(book, fact, version);
    if (version && cycle !== null) this.checkCycle(fact, version, cycle, dayDiffers);

    this.checkProgress(book, fact);
    book.followUps = {
      cause: fact,
      requested: null,
      alternatives: login && version && book.terms ? [this.automaticSteps(book, book.terms, version, login)] : null,
      found: [],
    };
  }

  /** Notes a login that counted in a cycle. It counts in no other one. */
  private noteInCycles(fact: Fact<'LoginCounted'>): void {
    const { eventId, loginId } = fact.data;
    const counted = this.inCycles.get(eventId) ?? new Set();
    if (counted.has(loginId)) this.add('COUNTED_TWICE', fact, `login ${loginId} was already counted in another cycle`);
    this.inCycles.set(eventId, counted.add(loginId));
  }

  private checkCycle(fact: Fact<'LoginCounted'>, version: EventVersion, cycle: string, dayDiffers: boolean): void {
    const { at, day } = fact.data;
    const { cycle: kind } = version;
    if (kind === null) return;
    const cycleOfRecordedDay = cycleOfDay(kind, day);
    if (cycleOfRecordedDay !== cycle)
      return this.add(
        'WRONG_CYCLE',
        fact,
        `a login of ${day} was counted in the cycle ${cycle} instead of ${cycleOfRecordedDay}`,
      );
    const isPossible = () => daysAround(at, version, USUAL_SHIFT_HOURS).some((near) => cycleOfDay(kind, near) === cycle);
    if (dayDiffers && !isPossible())
      this.add('WRONG_CYCLE', fact, `a login of ${at} was counted in the cycle ${cycle}, which does not contain that time`);
  }

  private checkProgress(book: Book, fact: Fact<'LoginCounted'>): void {
    const { loginId, at, day, progress, reached = [], conditionMet } = fact.data;
    const { terms } = book;
    const before = book.progress;
    if (!terms) {
      book.counted.set(loginId, day);
      [book.progress, book.isMet] = [progress, conditionMet];
      return;
    }
    const { condition, earlier } = terms;
    const days = new Set(book.counted.values());
    if (!countsOn(condition, days, day)) {
      if (days.has(day)) this.add('COUNTED_TWICE', fact, `a login of ${day} was already counted`);
      else this.add('WRONG_PROGRESS', fact, `a login of ${day} was counted, but the condition excludes this day`);
    }
    book.counted.set(loginId, day);
    book.progress = fulfilled(condition, [...book.counted.values()]);
    book.isMet = book.progress >= condition.count;
    const expectedReached = earlier.map(({ count }) => count).filter((count) => before < count && count <= book.progress);
    if (progress !== book.progress || conditionMet !== book.isMet) {
      const recorded = progressText(progress, condition.count, day, conditionMet);
      const expected = progressText(book.progress, condition.count, day, book.isMet);
      this.add('WRONG_PROGRESS', fact, `the event records ${recorded}, but the counted logins give ${expected}`);
    } else if (!isDeepStrictEqual([...reached], expectedReached)) {
      const [recorded, expected] = [reached, expectedReached].map((counts) => counts.join(', ') || 'none');
      this.add('WRONG_PROGRESS', fact, `the event records milestones ${recorded} as reached, but the login reaches ${expected}`);
    } else if (!isPossibleDay(at, day)) {
      this.add('WRONG_PROGRESS', fact, `a login of ${at} cannot fall on ${day} in any time zone`);
    }
  }

  /** @returns what the event, as it judged the login, completes and claims with it */
  private automaticSteps(book: Book, terms: Terms, version: EventVersion, login: Login): readonly Step[] {
    const judgedAt = version.position > login.position ? version.position : login.position;
    const isErased = this.erasedAt !== null && this.erasedAt < judgedAt;
    const isAutomatic = version.autoComplete || version.autoClaim;
    if (!isAutomatic || version.isPaused || version.isDeleted || isErased) return [];
    const at = [login.at, version.publishedAt ?? ''].sort().at(-1) as string;
    return milestonesOf(terms)
      .filter(({ count, key }) => count <= book.progress && !book.completions.has(key))
      .flatMap(({ key, rewards }) => {
        const promised = greater(rewards, milestoneOf(version, key)?.rewards ?? []);
        return [{ id: completionId(key), at, promised }, ...automaticClaims(version, terms, key, promised, at)];
      });
  }

  /** Compares what followed a counted login or a completion with what had to follow it. */
  private checkFollowUps(book: Book): void {
    const { followUps } = book;
    book.followUps = null;
    if (!followUps?.alternatives) return;
    const { cause, alternatives, found } = followUps;
    if (found.length === 0 && alternatives.some((steps) => steps.length === 0)) return;
    const differences = alternatives.map((steps) => ({
      missing: steps.filter((step) => !found.some(({ id }) => id === step.id)),
      surplus: found.filter(({ id }) => !steps.some((step) => id === step.id)),
    }));
    const size = ({ missing, surplus }: (typeof differences)[number]) => missing.length + surplus.length;
    const [least] = differences.sort((a, b) => size(a) - size(b));
    for (const { id } of least?.missing ?? [])
      this.add('AUTOMATIC_MISSING', cause, `the ${id} had to be recorded automatically, but was not`);
    for (const { id, place } of least?.surplus ?? []) this.addSurplus(place, id);
  }

  private addSurplus(place: Place, id: string): void {
    this.add('AUTOMATIC_SURPLUS', place, `the ${id} was recorded automatically, which no counted login or completion caused`);
  }

  /** Notes an automatic completion or claim. @returns what it has to be; null if that cannot be known */
  private followUp(followUps: FollowUps | null, fact: Fact<'EventCompleted' | 'RewardClaimed'>, id: string): Step | null {
    if (!followUps) {
      this.addSurplus(fact, id);
      return null;
    }
    followUps.found.push({ id, place: fact });
    const step = followUps.alternatives?.flat().find((one) => one.id === id) ?? null;
    if (step && step.at !== fact.data.at)
      this.add('AUTOMATIC_DIFFERS', fact, `the ${id} was recorded at ${fact.data.at} instead of ${step.at}`);
    return step;
  }

  /**
   * Notes a day that differs by the current zone data. The recorded day stays right, because zone data can change.
   * @returns whether it differs
   */
  private noteDay(
    book: Book,
    { stream, revision, data }: Fact<'LoginCounted'>,
    { timeZone, dayStartsAt }: EventVersion,
  ): boolean {
    const currentDay = dayIn(data.at, timeZone, dayStartsAt);
    if (data.day === currentDay) return false;
    book.daysDiffer = true;
    this.findings.note(
      'DAY_DIFFERS',
      stream,
      revision,
      `${data.day} is recorded, but the current time zone data of ${timeZone} gives ${currentDay}`,
    );
    return true;
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
      data.termsVersion === termsVersion &&
      (data.condition === undefined || isSameCondition(data.condition, condition)) &&
      (data.rewards === undefined || isSameRewards(data.rewards, rewards));
    if (!isSame)
      this.add(
        'TERMS_DIFFER',
        started,
        `the participation started on version ${data.termsVersion} of the terms, but the event had other terms at that time`,
      );
  }

  private completed(book: Book, fact: Fact<'EventCompleted'>, followUps: FollowUps | null): void {
    const { eventId, at, milestone: key, rewards } = fact.data;
    const { terms } = book;
    const id = completionId(key);
    if (book.completions.has(key)) this.add('COMPLETED_TWICE', fact, `the ${id} was already recorded`);
    const milestone = terms && milestonesOf(terms).find((one) => one.key === key);
    if (terms && !milestone) this.add('NO_SUCH_MILESTONE', fact, `the terms of the participation have no milestone ${key}`);
    if (!book.started || (milestone && book.progress < milestone.count))
      this.add(
        'COMPLETED_WITHOUT_CONDITION',
        fact,
        `completed with ${book.counted.size} counted logins, which do not meet the condition`,
      );
    const history = this.events.get(eventId);
    book.completions.set(key, { promised: new Map(rewards.map((reward) => [reward.name, reward])), claimed: new Map() });
    const step = fact.isByAccount ? null : this.followUp(followUps, fact, id);
    if (step?.promised && !isSameRewards(rewards, step.promised))
      this.add('WRONG_PROMISE', fact, 'the promised rewards differ from those of the terms that judged the login');
    const versions = history?.isReadable === false ? null : versionsAround(history, at, fact.position);
    const candidates =
      versions && milestone
        ? versions.filter((now) => isSameRewards(rewards, greater(milestone.rewards, milestoneOf(now, key)?.rewards ?? [])))
        : null;
    if (fact.isByAccount) {
      if (candidates?.length === 0)
        this.add('WRONG_PROMISE', fact, 'the promised rewards are neither those at the start nor later increases of them');
      const alternatives =
        terms && candidates && candidates.length > 0
          ? candidates.map((now) => automaticClaims(now, terms, key, rewards, at))
          : null;
      book.followUps = { cause: fact, requested: { milestone: key }, alternatives, found: [] };
    }
    // A pause cannot be checked here: it applies to an instance only after that instance has received it.
    if (history?.isReadable !== false && at >= (history?.claimsUntil ?? ''))
      this.add('COMPLETED_AFTER_CLOSE', fact, `completed at ${at}, after the end of the claim period`);
  }

  private claimed(book: Book, fact: Fact<'RewardClaimed'>, followUps: FollowUps | null): void {
    const { eventId, milestone: key, requestId, requested, rewardName, type, amount, claimed, remaining, at } = fact.data;
    const isAutomatic = !fact.isByAccount || hasAutomaticId(fact);
    if (isAutomatic) {
      const step = this.followUp(followUps, fact, claimId(key, requestId));
      if (step && (requested !== 'all' || fact.data.target !== undefined))
        this.add('AUTOMATIC_DIFFERS', fact, `request ${requestId} is automatic, but does not claim all units without a target`);
    }
    if (book.terms && !milestonesOf(book.terms).some((one) => one.key === key))
      this.add('NO_SUCH_MILESTONE', fact, `the terms of the participation have no milestone ${key}`);
    const completion = book.completions.get(key);
    if (!completion)
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
    const promised = completion.promised.get(rewardName);
    if (!promised) return this.add('CLAIMED_UNPROMISED', fact, `${rewardName} was granted, but is not part of the promise`);

    const total = (completion.claimed.get(rewardName) ?? 0) + amount;
    completion.claimed.set(rewardName, total);
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

/** The beginning of an automatic `requestId`. No client can send it. */
const AUTOMATIC = 'auto:';

const milestoneText = (key: MilestoneKey): string => (key === undefined ? 'the last milestone' : `milestone ${key}`);
const completionId = (key: MilestoneKey): string => `completion of ${milestoneText(key)}`;
const claimId = (key: MilestoneKey, requestId: string): string => `claim ${requestId} of ${milestoneText(key)}`;

/** @returns the milestones in ascending order */
const milestonesOf = ({ earlier, condition, rewards }: Terms) => [
  ...earlier.map((one) => ({ ...one, key: one.count as MilestoneKey })),
  { count: condition.count, rewards, key: undefined as MilestoneKey },
];

/** @returns the claims that an automatic completion, or one by request in such an event, grants */
const automaticClaims = (
  version: EventVersion,
  { condition }: Terms,
  key: MilestoneKey,
  promised: readonly Reward[],
  at: string,
): readonly Step[] => {
  if (!version.autoClaim) return [];
  const { held = [] } = milestoneOf(version, key) ?? {};
  return promised
    .filter(({ name }) => !held.includes(name))
    .map(({ name }) => ({ id: claimId(key, `${AUTOMATIC}${key ?? condition.count}:${name}`), at, promised: null }));
};

/** Whether an event may be part of the same append as a counted login or a completion, which caused it. */
const followsIn = (followUps: FollowUps | null, fact: ParticipationFact): boolean => {
  if (!followUps || fact.type === 'ParticipationStarted' || fact.type === 'LoginCounted') return false;
  const { requested } = followUps;
  if (requested === null) return !fact.isByAccount;
  const { isByAccount = false } = fact;
  return isByAccount && fact.type === 'RewardClaimed' && fact.data.milestone === requested.milestone && hasAutomaticId(fact);
};

const hasAutomaticId = ({ data }: Fact<'RewardClaimed'>): boolean => data.requestId.startsWith(AUTOMATIC);

const cycleText = (cycle: string | null | undefined): string => (cycle ? `the cycle ${cycle}` : 'no cycle');
/** Whether a participation without a cycle is of an event with cycles. */
const HAS_CYCLES = { true: 'has cycles', false: 'has no cycles' } as const;

/** Whether the backfill of the event is not complete yet. Until then, none of its logins is overdue. */
const isBeingCounted = (history: EventHistory): boolean => history.countsEarlierLogins && history.backfilledTo === null;

/** @returns the event in all versions between shortly before a time and a position */
const versionsAround = (history: EventHistory | undefined, at: string, until: Position): readonly EventVersion[] => {
  const earliest = new Date(Date.parse(at) - CLOCK_TOLERANCE_MS).toISOString();
  const before = (history?.versions ?? []).filter(({ position }) => position < until);
  return before.filter((_, index) => (before[index + 1]?.at ?? earliest) >= earliest);
};

const greater = (then: readonly Reward[], now: readonly Reward[]): readonly Reward[] =>
  then.map((reward) => {
    const amounts = [reward, ...now.filter(({ name }) => name === reward.name)].map(({ amount }) => amount);
    return { ...reward, amount: Math.max(...amounts) };
  });

const isSameRewards = (a: readonly Reward[], b: readonly Reward[]): boolean =>
  a.length === b.length && a.every((reward, index) => isDeepStrictEqual({ ...b[index] }, { ...reward }));

const isSameCondition = (a: Condition, b: Condition): boolean => isDeepStrictEqual({ ...a }, { ...b });
