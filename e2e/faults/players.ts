import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt, insist, type Answer } from './http';
import { between, pick, type Random } from './random';

/** What a service has acknowledged must be in the books for ever. */
export interface Acknowledged {
  readonly logins: { readonly accountId: string; readonly loginId: string }[];
  readonly claims: { readonly accountId: string; readonly requestId: string; readonly amount: number }[];
  readonly erased: { readonly accountId: string; readonly email: string }[];
}

export interface World {
  readonly gateway: string;
  /** Where a claim may go: the gateway, or one of the command services. */
  readonly commandUrls: readonly string[];
  readonly eventId: string;
  readonly rewardName: string;
  readonly promised: number;
  readonly adminToken: string;
  readonly random: Random;
  readonly acknowledged: Acknowledged;
}

const LOGINS = 3;
const CLAIM = 20;
const PASSWORD = 'correct horse battery';
const COMPLETION_PATIENCE_MS = 90_000;

/** One account that does what players do, and sends everything again that was not answered. */
export class Player {
  private readonly email = `${randomUUID()}@example.com`;
  private accountId = '';
  private token = '';
  private isErased = false;

  constructor(private readonly world: World) {}

  /** Registers, logs in until the event is complete, and claims more than is promised. */
  async play(): Promise<void> {
    await this.register();
    for (let logins = 0; logins < LOGINS;) if (await this.logIn()) logins += 1;
    await this.complete();
    const requests = Array.from({ length: Math.ceil(this.world.promised / CLAIM) + 1 }, () => randomUUID());
    // Each twice, as a client does that gave up waiting.
    await Promise.all([...requests, ...requests].map((requestId) => this.claim(requestId)));
  }

  /** Something more, so that nothing is ever quiet. */
  async goOn(): Promise<void> {
    if (!this.isErased) await this.logIn();
  }

  async erase(): Promise<void> {
    const { gateway, adminToken, acknowledged } = this.world;
    const url = `${gateway}/accounts/${this.accountId}/erase`;
    this.isErased = true;
    const { status } = await insist(() => attempt('POST', url, adminToken), 'erase');
    // A repeated one may find nobody.
    if (status === 200 || status === 404) acknowledged.erased.push({ accountId: this.accountId, email: this.email });
    else throw new Error(`erase: ${status}`);
  }

  private get credentials() {
    return { email: this.email, password: PASSWORD };
  }

  private async register(): Promise<void> {
    const { status } = await insist(() => this.post('/auth/register', this.credentials), 'register');
    if (status !== 201 && status !== 409) throw new Error(`register: ${status}`);
  }

  private async logIn(): Promise<boolean> {
    const answer = await this.post('/auth/login', this.credentials);
    if (answer?.status !== 200) {
      if (answer && !this.isErased) throw new Error(`login: ${answer.status}`);
      await delay(50);
      return false;
    }
    const { accessToken, loginId } = answer.body.data as { accessToken: string; loginId: string };
    this.token = accessToken;
    this.accountId ||= accountOf(accessToken);
    this.world.acknowledged.logins.push({ accountId: this.accountId, loginId });
    return true;
  }

  private async complete(): Promise<void> {
    const { eventId } = this.world;
    const deadline = Date.now() + COMPLETION_PATIENCE_MS;
    for (;;) {
      const { status, body } = await insist(() => this.post(`/events/${eventId}/completion`), 'completion');
      if (status === 200) return;
      if (body.code !== 'CONDITION_NOT_MET' || Date.now() > deadline) throw new Error(`completion: ${status} ${body.code}`);
      await delay(100);
    }
  }

  private async claim(requestId: string): Promise<void> {
    const { eventId, rewardName, commandUrls, random, acknowledged } = this.world;
    const body = { requestId, rewardName, amount: CLAIM };
    await delay(between(random, 0, 50));
    const send = () => attempt('POST', `${pick(random, commandUrls)}/events/${eventId}/claims`, this.token, body);
    const answer = await insist(send, 'claim');
    if (answer.status === 201 || answer.status === 200) {
      acknowledged.claims.push({ accountId: this.accountId, requestId, amount: answer.body.data.amount });
    } else if (answer.body.code !== 'INSUFFICIENT_REMAINING') throw new Error(`claim: ${answer.status} ${answer.body.code}`);
  }

  private post(path: string, body?: object): Promise<Answer | null> {
    return attempt('POST', `${this.world.gateway}${path}`, this.token || null, body);
  }
}

const accountOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;
