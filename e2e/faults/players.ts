import type { Position } from '@rewards/contracts';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sleep } from '@rewards/async';
import { attempt, insist, type Answer } from './http';
import { PATIENCE_MS } from './patience';
import { between, pick, type Random } from './random';

/** A claim as it was asked for. */
interface Request {
  readonly requestId: string;
  readonly requested: number | 'all';
}

/** A claim as it was granted. */
export interface Grant {
  readonly amount: number;
  readonly claimed: number;
  readonly remaining: number;
  readonly claimedAt: string;
}

/** What a service has acknowledged must be in the books for ever. */
export interface Acknowledged {
  /** E-mails by account. */
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
  readonly refusals: {
    readonly accountId: string;
    readonly requestId: string;
    readonly position: Position | null;
    readonly remaining: number;
  }[];
  readonly erased: string[];
}

export interface World {
  readonly gateway: string;
  /** Where a command may go: the gateway, or one of the command services. */
  readonly commandUrls: readonly string[];
  readonly eventId: string;
  readonly rewardName: string;
  readonly promised: number;
  readonly adminToken: string;
  readonly random: Random;
  readonly acknowledged: Acknowledged;
}

const LOGINS = 3;
const PARTS = 4;
const PASSWORD = 'correct horse battery';

/**
 * One account that does what players do, and sends everything again that was not answered. It complains of an answer that
 * cannot be: what it was told before it asked is never taken back.
 */
export class Player {
  private readonly email = `${randomUUID()}@example.com`;
  private accountId = '';
  private token = '';
  isErased = false;
  private completedAt: string | null = null;
  /** What it was told last: no answer to a later question may be of more. */
  private remaining: number;
  private readonly grants = new Map<string, Grant>();
  private readonly requests: Request[] = [];

  constructor(private readonly world: World) {
    this.remaining = world.promised;
  }

  /** Registers, logs in until the event is complete, and claims more than is promised. */
  async play(): Promise<void> {
    const { random, promised } = this.world;
    await this.register();
    for (let logins = 0; logins < LOGINS;) if (await this.logIn()) logins += 1;
    await this.complete();
    // Together they are about what is promised: over the last units they race.
    const parts = Array.from({ length: PARTS }, () => between(random, 1, (2 * promised) / PARTS));
    await Promise.all(parts.map((amount) => this.claimTwice(amount)));
    await this.claimTwice('all');
    await this.claimTwice(1);
    if (this.remaining > 0) this.complain(`${this.remaining} remain after all was claimed`);
  }

  /** Something more, so that nothing is ever quiet: another login, and an old request once more. */
  async goOn(): Promise<void> {
    const { random } = this.world;
    if (this.isErased) return;
    await this.logIn();
    if (random() < 0.5) await this.claim(pick(random, this.requests), pick(random, this.world.commandUrls));
    else await this.complete();
    await sleep(between(random, 0, 200));
  }

  async erase(): Promise<void> {
    if (this.isErased) return;
    const { status } = await insist(() => this.eraseOnce(), 'erase');
    // A repeated one may find nobody.
    if (status === 200 || status === 404) this.world.acknowledged.erased.push(this.accountId);
    else throw new Error(`erase: ${status}`);
  }

  /** An administrator who does not ask again when there is no answer. */
  eraseOnce(): Promise<Answer | null> {
    const { gateway, adminToken } = this.world;
    this.isErased = true;
    return attempt('POST', `${gateway}/accounts/${this.accountId}/erase`, adminToken);
  }

  private get credentials() {
    return { email: this.email, password: PASSWORD };
  }

  private complain(what: string): never {
    throw new Error(`account ${this.accountId}: ${what}`);
  }

  private async register(): Promise<void> {
    const { status } = await insist(() => this.post('/auth/register', this.credentials), 'register');
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
      this.world.acknowledged.registered.set(this.accountId, this.email);
    }
    this.world.acknowledged.logins.push({ accountId: this.accountId, loginId });
    return true;
  }

  /** Asks one command service after the other until it may. */
  private async complete(): Promise<void> {
    const { eventId, commandUrls, random, acknowledged } = this.world;
    const deadline = Date.now() + PATIENCE_MS;
    for (let progress = 0; ;) {
      const url = () => `${pick(random, commandUrls)}/events/${eventId}/completion`;
      const { status, body } = await insist(() => attempt('POST', url(), this.token), 'completion');
      if (status === 200) {
        const { completedAt } = body.data as { completedAt: string };
        this.completedAt ??= completedAt;
        if (completedAt !== this.completedAt) this.complain(`completed at ${this.completedAt}, and then at ${completedAt}`);
        acknowledged.completions.push({ accountId: this.accountId, completedAt });
        return;
      }
      if (body.code !== 'CONDITION_NOT_MET') this.complain(`completion: ${status} ${body.code}`);
      if (body.progress < progress) this.complain(`told of ${progress} logins, and then of ${body.progress}`);
      progress = body.progress;
      if (Date.now() > deadline) this.complain(`only ${progress} of ${LOGINS} logins count`);
      await sleep(100);
    }
  }

  /** To two services at once, as a client does that gave up waiting. */
  private async claimTwice(requested: Request['requested']): Promise<void> {
    const request = { requestId: randomUUID(), requested };
    this.requests.push(request);
    const { random, commandUrls } = this.world;
    const first = Math.floor(random() * commandUrls.length);
    const urls = [first, first + 1].map((index) => commandUrls[index % commandUrls.length] ?? '');
    await Promise.all(
      urls.map(async (url) => {
        await sleep(between(random, 0, 10));
        await this.claim(request, url);
      }),
    );
  }

  /** @param firstUrl where it goes first; sent again, it may go to another one */
  private async claim(request: Request, firstUrl: string): Promise<void> {
    const { eventId, rewardName, commandUrls, random } = this.world;
    const { requestId, requested } = request;
    const body = { requestId, rewardName, ...(requested === 'all' ? { all: true } : { amount: requested }) };
    const known = { grant: this.grants.get(requestId), remaining: this.remaining };
    let url = firstUrl;
    const answer = await insist(async () => {
      const sent = await attempt('POST', `${url}/events/${eventId}/claims`, this.token, body);
      url = pick(random, commandUrls);
      return sent;
    }, 'claim');
    if (answer.status === 201 || answer.status === 200) this.granted(request, answer, known.remaining);
    else if (answer.body.code !== 'INSUFFICIENT_REMAINING') this.complain(`claim: ${answer.status} ${answer.body.code}`);
    else if (known.grant) this.complain(`claim ${requestId} was granted, and then refused`);
    else this.refused(request, answer, known.remaining);
  }

  private granted({ requestId, requested }: Request, { status, position, body }: Answer, known: number): void {
    const { amount, claimed, remaining, claimedAt } = body.data as Grant;
    const grant = { amount, claimed, remaining, claimedAt };
    const earlier = this.grants.get(requestId);
    if (earlier && !isDeepStrictEqual(grant, earlier))
      this.complain(`claim ${requestId}: ${JSON.stringify(earlier)}, and then ${JSON.stringify(grant)}`);
    if (requested !== 'all' && amount !== requested) this.complain(`claim ${requestId} of ${requested}: ${amount} granted`);
    if (status === 201 && remaining + amount > known) this.complain(`${known} remained, and then ${remaining + amount}`);
    this.grants.set(requestId, grant);
    this.remaining = Math.min(this.remaining, remaining);
    this.world.acknowledged.claims.push({
      accountId: this.accountId,
      requestId,
      position: status === 201 ? position : null,
      grant,
    });
  }

  private refused({ requestId, requested }: Request, { position, body }: Answer, known: number): void {
    const { remaining } = body as { remaining: number };
    if (remaining > known) this.complain(`${known} remained, and then ${remaining}`);
    if (requested === 'all' ? remaining > 0 : requested <= remaining)
      this.complain(`claim ${requestId} of ${requested} was refused, and ${remaining} remain`);
    this.remaining = Math.min(this.remaining, remaining);
    this.world.acknowledged.refusals.push({ accountId: this.accountId, requestId, position, remaining });
  }

  private post(path: string, body?: object): Promise<Answer | null> {
    return attempt('POST', `${this.world.gateway}${path}`, this.token || null, body);
  }
}

const accountOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;
