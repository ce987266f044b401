import type { Position } from '@rewards/contracts';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sleep } from '@rewards/async';
import { milestoneKey, reachedBy, type Calendar } from './calendars';
import { attempt, retryUntilAnswered, type Answer } from './http';
import { TIMEOUT_MS } from './timeouts';
import { between, pick, shuffled, type Random } from './random';

/** A claim as requested. */
interface Request {
  readonly requestId: string;
  readonly requested: number | 'all';
}

/** A claim as granted. */
export interface Grant {
  readonly amount: number;
  readonly claimed: number;
  readonly remaining: number;
  readonly claimedAt: string;
}

/** The operations that services have acknowledged. The history checker compares them with the log. */
export interface History {
  /** E-mail addresses by account. */
  readonly registered: Map<string, string>;
  readonly logins: { readonly accountId: string; readonly loginId: string }[];
  readonly completions: { readonly accountId: string; readonly completedAt: string }[];
  /** `position` is null for a replay. */
  readonly claims: {
    readonly accountId: string;
    readonly requestId: string;
    readonly position: Position | null;
    readonly grant: Grant;
  }[];
  readonly rejections: {
    readonly accountId: string;
    readonly requestId: string;
    readonly position: Position | null;
    readonly remaining: number;
  }[];
  /** Ids of accounts. */
  readonly erased: string[];
  /** The milestones of calendars of which a player claimed all units, by `milestoneKey`. */
  readonly calendarClaims: string[];
}

/** A login that the bus delivers with its own time. */
export interface PastLogin {
  readonly loginId: string;
  readonly at: string;
}

/** What all players of a run share. */
export interface RunContext {
  readonly gateway: string;
  /** URLs that accept commands: the gateway and both command services. */
  readonly commandUrls: readonly string[];
  readonly eventId: string;
  readonly rewardName: string;
  readonly promised: number;
  /** Events whose milestones logins complete, by id. */
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** Publishes messages of logins until the bus has acknowledged them. */
  readonly publishLogins: (accountId: string, logins: readonly PastLogin[]) => Promise<void>;
  readonly adminToken: string;
  readonly random: Random;
  readonly history: History;
}

const LOGINS = 3;
const DAY = 86_400_000;
/** The days before now on which a player has logged in: two pairs of neighbours in different weeks. */
const PAST_DAYS = [9, 8, 2, 1];
const PARTS = 4;
const PASSWORD = 'correct horse battery';

/**
 * A client with one account. It retries every request that is not answered, and throws if an answer contradicts one that it
 * received before it sent the request.
 */
export class Player {
  private readonly email = `${randomUUID()}@example.com`;
  private accountId = '';
  private token = '';
  isErased = false;
  private completedAt: string | null = null;
  /** The lowest remaining amount answered so far. A later request must not be answered with more. */
  private remaining: number;
  private readonly grants = new Map<string, Grant>();
  private readonly requests: Request[] = [];
  private readonly pastLogins: PastLogin[] = [];

  constructor(private readonly context: RunContext) {
    this.remaining = context.promised;
  }

  /** Registers, logs in, completes the event, and requests more than is promised. */
  async play(): Promise<void> {
    const { random, promised } = this.context;
    await this.register();
    for (let logins = 0; logins < LOGINS;) {
      if (!(await this.logIn())) continue;
      logins += 1;
      if (logins === 1) await this.publishPastLogins();
    }
    await Promise.all([this.complete(), this.raceTheCounter()]);
    // Together they request about the promised amount, so they race for the last units.
    const parts = Array.from({ length: PARTS }, () => between(random, 1, (2 * promised) / PARTS));
    await Promise.all(parts.map((amount) => this.claimConcurrently(amount)));
    await this.claimConcurrently('all');
    await this.claimConcurrently(1);
    if (this.remaining > 0) this.fail(`${this.remaining} units remain after a claim of all`);
    await this.claimCalendars();
  }

  /** Keeps up the load with another login and a repeated request. */
  async keepPlaying(): Promise<void> {
    const { random } = this.context;
    if (this.isErased) return;
    await this.logIn();
    if (random() < 0.5) await this.claim(pick(random, this.requests), pick(random, this.context.commandUrls));
    else await this.complete();
    await sleep(between(random, 0, 200));
  }

  async erase(): Promise<void> {
    if (this.isErased) return;
    const { status } = await retryUntilAnswered(() => this.eraseOnce(), 'erase');
    // 404: an earlier attempt erased the account, but its answer was lost.
    if (status === 200 || status === 404) this.context.history.erased.push(this.accountId);
    else throw new Error(`erase: ${status}`);
  }

  /** Requests the erasure without a retry. */
  eraseOnce(): Promise<Answer | null> {
    const { gateway, adminToken } = this.context;
    this.isErased = true;
    return attempt('POST', `${gateway}/accounts/${this.accountId}/erase`, adminToken);
  }

  private get credentials() {
    return { email: this.email, password: PASSWORD };
  }

  private fail(reason: string): never {
    throw new Error(`account ${this.accountId}: ${reason}`);
  }

  private async register(): Promise<void> {
    const { status } = await retryUntilAnswered(() => this.post('/auth/register', this.credentials), 'register');
    if (status !== 201 && status !== 409) throw new Error(`register: ${status}`);
  }

  private async logIn(): Promise<boolean> {
    const answer = await this.post('/auth/login', this.credentials);
    if (answer?.status !== 200) {
      if (answer && !this.isErased) throw new Error(`login: ${answer.status}`);
      await sleep(50);
      return false;
    }
    const { accessToken, loginId } = answer.body.data as { accessToken: string; loginId: string };
    this.token = accessToken;
    if (this.accountId === '') {
      this.accountId = accountOf(accessToken);
      this.context.history.registered.set(this.accountId, this.email);
    }
    this.context.history.logins.push({ accountId: this.accountId, loginId });
    return true;
  }

  /** Retries the completion, each time at a random URL, until the condition is met. */
  private async complete(): Promise<void> {
    const { eventId, commandUrls, random, history } = this.context;
    const deadline = Date.now() + TIMEOUT_MS;
    for (let progress = 0; ;) {
      const url = () => `${pick(random, commandUrls)}/events/${eventId}/completion`;
      const { status, body } = await retryUntilAnswered(() => attempt('POST', url(), this.token), 'completion');
      if (status === 200) {
        const { completedAt } = body.data as { completedAt: string };
        this.completedAt ??= completedAt;
        if (completedAt !== this.completedAt)
          this.fail(`was completed at ${this.completedAt}, but a later answer says ${completedAt}`);
        history.completions.push({ accountId: this.accountId, completedAt });
        return;
      }
      if (body.code !== 'CONDITION_NOT_MET') this.fail(`completion: ${status} ${body.code}`);
      if (body.progress < progress) this.fail(`progress was ${progress}, but a later answer says ${body.progress}`);
      progress = body.progress;
      if (Date.now() > deadline) this.fail(`only ${progress} of ${LOGINS} logins count`);
      await sleep(100);
    }
  }

  /** Publishes logins of earlier days in any order, each twice. */
  private async publishPastLogins(): Promise<void> {
    const { random, history, publishLogins } = this.context;
    const logins = PAST_DAYS.map((days) => {
      const at = new Date(Date.now() - days * DAY - between(random, 0, DAY / 2)).toISOString();
      return { loginId: randomUUID(), at };
    });
    await publishLogins(this.accountId, shuffled(random, [...logins, ...logins]));
    this.pastLogins.push(...logins);
    history.logins.push(...logins.map(({ loginId }) => ({ accountId: this.accountId, loginId })));
  }

  /** Requests completions of milestones that logins complete, while the counter counts these logins. */
  private async raceTheCounter(): Promise<void> {
    const { random, calendars, commandUrls } = this.context;
    for (const [eventId, calendar] of calendars) {
      const [cycle, counts] = pick(random, [...reachedBy(calendar, this.pastTimes)]);
      await sleep(between(random, 0, 200));
      const body = { milestone: pick(random, counts), ...(cycle !== null && { cycle }) };
      const answer = await attempt('POST', `${pick(random, commandUrls)}/events/${eventId}/completion`, this.token, body);
      if (answer && answer.status !== 200 && answer.body.code !== 'CONDITION_NOT_MET')
        this.fail(`completion of ${calendar.name}: ${answer.status} ${answer.body.code}`);
    }
  }

  private get pastTimes(): readonly string[] {
    return this.pastLogins.map(({ at }) => at);
  }

  /** Claims all units of each milestone that is not granted automatically, at two URLs at once; a further claim gets nothing. */
  private async claimCalendars(): Promise<void> {
    const { random, calendars, commandUrls } = this.context;
    for (const [eventId, calendar] of calendars) {
      if (calendar.autoClaim) continue;
      for (const [cycle, counts] of reachedBy(calendar, this.pastTimes)) {
        for (const milestone of counts) {
          const of = { milestone, ...(cycle !== null && { cycle }) };
          await this.completeMilestone(eventId, of);
          const claim = (requestId: string) =>
            retryUntilAnswered(
              () =>
                attempt('POST', `${pick(random, commandUrls)}/events/${eventId}/claims`, this.token, this.claimOf(requestId, of)),
              'claim of a milestone',
            );
          const requestId = randomUUID();
          for (const { status, body } of await Promise.all([claim(requestId), claim(requestId)])) {
            if ((status !== 201 && status !== 200) || body.data.amount !== this.context.promised)
              this.fail(`claim of ${calendar.name}: ${status} ${JSON.stringify(body)}`);
          }
          this.context.history.calendarClaims.push(milestoneKey(eventId, this.accountId, cycle, milestone));
          if (random() > 0.2) continue;
          const { status, body } = await claim(randomUUID());
          if (body.code !== 'INSUFFICIENT_REMAINING') this.fail(`second claim of ${calendar.name}: ${status} ${body.code}`);
        }
      }
    }
  }

  private claimOf(requestId: string, of: object) {
    return { requestId, rewardName: this.context.rewardName, all: true, ...of };
  }

  private async completeMilestone(eventId: string, body: object): Promise<void> {
    const { commandUrls, random } = this.context;
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const url = () => `${pick(random, commandUrls)}/events/${eventId}/completion`;
      const { status, body: answer } = await retryUntilAnswered(() => attempt('POST', url(), this.token, body), 'completion');
      if (status === 200) return;
      if (answer.code !== 'CONDITION_NOT_MET') this.fail(`completion of a milestone: ${status} ${answer.code}`);
      if (Date.now() > deadline) this.fail(`${JSON.stringify(body)} is not reached, but all logins were published`);
      await sleep(500);
    }
  }

  /** Sends the same request to two URLs concurrently, like a client whose first attempt timed out. */
  private async claimConcurrently(requested: Request['requested']): Promise<void> {
    const request = { requestId: randomUUID(), requested };
    this.requests.push(request);
    const { random, commandUrls } = this.context;
    const first = Math.floor(random() * commandUrls.length);
    const urls = [first, first + 1].map((index) => commandUrls[index % commandUrls.length] ?? '');
    await Promise.all(
      urls.map(async (url) => {
        await sleep(between(random, 0, 10));
        await this.claim(request, url);
      }),
    );
  }

  /** @param firstUrl URL of the first attempt; each retry uses a random one */
  private async claim(request: Request, firstUrl: string): Promise<void> {
    const { eventId, rewardName, commandUrls, random } = this.context;
    const { requestId, requested } = request;
    const body = { requestId, rewardName, ...(requested === 'all' ? { all: true } : { amount: requested }) };
    const before = { grant: this.grants.get(requestId), remaining: this.remaining };
    let url = firstUrl;
    const answer = await retryUntilAnswered(async () => {
      const attempted = await attempt('POST', `${url}/events/${eventId}/claims`, this.token, body);
      url = pick(random, commandUrls);
      return attempted;
    }, 'claim');
    if (answer.status === 201 || answer.status === 200) this.recordGrant(request, answer, before.remaining);
    else if (answer.body.code !== 'INSUFFICIENT_REMAINING') this.fail(`claim: ${answer.status} ${answer.body.code}`);
    else if (before.grant) this.fail(`claim ${requestId} was granted, but a later answer rejects it`);
    else this.recordRejection(request, answer, before.remaining);
  }

  private recordGrant({ requestId, requested }: Request, { status, position, body }: Answer, maxRemaining: number): void {
    const { amount, claimed, remaining, claimedAt } = body.data as Grant;
    const grant = { amount, claimed, remaining, claimedAt };
    const earlier = this.grants.get(requestId);
    if (earlier && !isDeepStrictEqual(grant, earlier))
      this.fail(`claim ${requestId}: two answers to one request differ: ${JSON.stringify(earlier)} and ${JSON.stringify(grant)}`);
    if (requested !== 'all' && amount !== requested) this.fail(`claim ${requestId}: ${requested} requested, ${amount} granted`);
    if (status === 201 && remaining + amount > maxRemaining)
      this.fail(`${maxRemaining} units remained, but a later grant started from ${remaining + amount}`);
    this.grants.set(requestId, grant);
    this.remaining = Math.min(this.remaining, remaining);
    this.context.history.claims.push({
      accountId: this.accountId,
      requestId,
      position: status === 201 ? position : null,
      grant,
    });
  }

  private recordRejection({ requestId, requested }: Request, { position, body }: Answer, maxRemaining: number): void {
    const { remaining } = body as { remaining: number };
    if (remaining > maxRemaining) this.fail(`${maxRemaining} units remained, but a later answer says ${remaining}`);
    if (requested === 'all' ? remaining > 0 : requested <= remaining)
      this.fail(`claim ${requestId} of ${requested} was rejected although ${remaining} units remain`);
    this.remaining = Math.min(this.remaining, remaining);
    this.context.history.rejections.push({ accountId: this.accountId, requestId, position, remaining });
  }

  private post(path: string, body?: object): Promise<Answer | null> {
    return attempt('POST', `${this.context.gateway}${path}`, this.token || null, body);
  }
}

const accountOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;
