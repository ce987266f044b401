import { randomUUID } from 'node:crypto';
import { sleep } from '@rewards/async';
import { TOPICS, type Position, START } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import type { Settings } from '@rewards/service-kit';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { brokenRules, complaints, readBooks, type Expected } from './books';
import { settingsOf, tracesOf } from './traces';
import { attempt, insist } from './http';
import { PATIENCE_MS, QUIET_MS } from './patience';
import { isErasing } from './points';
import { Player, type World } from './players';
import type { Processes } from './processes';
import { between, pick, randomFrom } from './random';
import { scheduleOf, type Fault } from './schedule';

const HOUR = 3_600_000;
const PLAYERS = 200;
const AT_ONCE = 16;
/** Of so many players one is erased when it has played. */
const ERASED_OF = 10;
const PROMISED = 100;
const REWARD = { name: '극한성장의 비약', type: 'ITEM', amount: PROMISED };
const LOOK_EVERY_MS = 200;
const SHOWN_COMPLAINTS = 10;

/** One run of a seed: players play while faults are done to the services, then the books are looked through. */
export class Run {
  private readonly world: World;
  private readonly everyLogin: string[] = [];
  private readonly waiting: Player[];
  private readonly done: Player[] = [];
  private poisoned = 0;
  private isOver = false;

  private constructor(
    private readonly seed: number,
    private readonly processes: Processes,
    private readonly settings: Settings,
    private readonly operatorToken: string,
    adminToken: string,
    eventId: string,
    private readonly begin: Position,
  ) {
    const { system, commandUrls } = processes;
    this.world = {
      gateway: system.url,
      commandUrls: [system.url, ...commandUrls],
      eventId,
      rewardName: REWARD.name,
      promised: PROMISED,
      adminToken,
      random: randomFrom(seed + 1),
      acknowledged: { registered: new Map(), logins: [], completions: [], claims: [], refusals: [], erased: [] },
    };
    this.waiting = Array.from({ length: PLAYERS }, () => new Player(this.world));
  }

  /** @returns what was done @throws Error that says what is wrong */
  static async play(seed: number, processes: Processes, engines: NodeJS.ProcessEnv): Promise<string> {
    const { system } = processes;
    const settings = settingsOf(system.dataDir, engines);
    const begin = await headOf(settings);
    const admin = await Client.admin(system);
    const operator = await Client.withRoles(system, admin, 'OPERATOR');
    const eventId = await createEvent(system.url, tokenOf(operator), 'three logins', 3);
    const run = new Run(seed, processes, settings, tokenOf(operator), tokenOf(admin), eventId, begin);
    await run.disturbed();
    return run.check();
  }

  /** When one fails all of it ends, and is waited for, so that nothing is started again behind the back of what failed. */
  private async disturbed(): Promise<void> {
    await this.addEvent('every login');
    const faults = Promise.all(scheduleOf(this.seed).map((track) => this.disturb(track))).then(() => (this.isOver = true));
    const working = Array.from({ length: AT_ONCE }, () => this.work());
    const all = [faults, this.operate(), ...working].map((task) =>
      task.catch((error: unknown) => {
        this.isOver = true;
        this.waiting.length = 0;
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(all);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    await this.processes.ready();
  }

  private async disturb(track: readonly Fault[]): Promise<void> {
    for (const fault of track) {
      if (this.isOver) return;
      await sleep(fault.afterMs);
      const erasing =
        fault.kind === 'order' && isErasing(fault.order.point) ? (await this.somebodyErasable())?.eraseOnce() : null;
      await this.processes.do(fault);
      await erasing;
    }
  }

  /** @returns null when all is over */
  private async somebodyErasable(): Promise<Player | null> {
    const find = () => this.done.find(({ isErased }) => !isErased) ?? null;
    await until('a player to erase', () => find() !== null || this.isOver, Boolean, { withinMs: PATIENCE_MS });
    return find();
  }

  /** One worker: plays one player after the other, and goes on with those that have played until the last fault is done. */
  private async work(): Promise<void> {
    for (let player = this.waiting.pop(); player; player = this.waiting.pop()) {
      await player.play();
      const place = this.done.push(player);
      if (place % ERASED_OF === 0) await player.erase();
      if (place === PLAYERS / 2) await this.addEvent('looks back');
    }
    while (!this.isOver) await pick(this.world.random, this.done)?.goOn();
  }

  /** What happens besides: messages that nobody can handle, and an event that stands still now and then. */
  private async operate(): Promise<void> {
    const bus = openMessageBus(this.settings);
    try {
      const eventId = await this.createEvent('pauses');
      for (const move of ['pause', 'resume', 'pause', 'resume'] as const) {
        await sleep(between(this.world.random, 500, 1_500));
        // Sent again after an answer that was lost, it finds that it was done.
        await this.ask('POST', `/events/${eventId}/${move}`);
        for (const topic of TOPICS) await this.poison(() => bus.publish(topic, [{ key: randomUUID(), value: 'not JSON' }]));
      }
    } finally {
      await bus.close();
    }
  }

  private async poison(publish: () => Promise<void>): Promise<void> {
    await publish();
    this.poisoned += 1;
  }

  private async addEvent(name: string): Promise<void> {
    this.everyLogin.push(await this.createEvent(name));
  }

  private createEvent(name: string): Promise<string> {
    return createEvent(this.world.gateway, this.operatorToken, name, 1_000);
  }

  private async ask(method: 'GET' | 'POST', path: string) {
    return (await insist(() => attempt(method, `${this.world.gateway}${path}`, this.operatorToken), path)).body;
  }

  private async check(): Promise<string> {
    const store = openEventStore(this.settings, 'read');
    try {
      await this.booksAreRight(store);
      const head = await store.head();
      await this.projectionsReach(head);
      const facts = await this.isVerified(head);
      await this.erasedAreGone(store);
      const { logins, claims, refusals, erased } = this.world.acknowledged;
      return `${logins.length} logins, ${claims.length} claims, ${refusals.length} refusals and ${erased.length} erasures acknowledged, ${facts} facts verified`;
    } finally {
      await store.close();
    }
  }

  private async booksAreRight(store: EventStore): Promise<void> {
    let head = START;
    let since = performance.now();
    for (;;) {
      const books = await readBooks(store, this.begin);
      const expected: Expected = { everyLogin: this.everyLogin, promised: PROMISED, poisoned: this.poisoned };
      const all = [complaints(books, this.world.acknowledged, expected), await brokenRules(store)];
      const [wrong, missing] = [all.flatMap((one) => one.wrong), all.flatMap((one) => one.missing)];
      if (wrong.length === 0 && missing.length === 0) return;
      if (books.position !== head) [head, since] = [books.position, performance.now()];
      if (wrong.length > 0 || performance.now() - since > QUIET_MS) throw wrongBooks([...wrong, ...missing]);
      await sleep(LOOK_EVERY_MS);
    }
  }

  private async projectionsReach(head: Position): Promise<void> {
    await this.settles('the read models to reach the log', async () => {
      const reports = (await this.ask('GET', '/projections')).data as { position: string; state: string; name: string }[];
      const behind = reports.filter(({ position }) => position < head);
      return behind.map(({ name, position, state }) => `${name} is ${state} at ${position}`);
    });
  }

  /** @returns how many facts of participations were verified */
  private async isVerified(head: Position): Promise<number> {
    let facts = 0;
    await this.settles('verification', async () => {
      const { ok, position, findings, checked } = (await this.ask('GET', '/verification?fresh=true')).data;
      if (position === null || position < head) return ['it is at work'];
      if (!ok) throw new Error(`verification: ${JSON.stringify(findings.slice(0, SHOWN_COMPLAINTS))}`);
      facts = checked.participationFacts as number;
      return [];
    });
    return facts;
  }

  private async erasedAreGone(store: EventStore): Promise<void> {
    // Whoever was erased, whether that was answered or not.
    const { accounts } = await readBooks(store, this.begin);
    const { registered } = this.world.acknowledged;
    const emails = [...registered].flatMap(([accountId, email]) => (accounts.get(accountId)?.erasures ? [email] : []));
    await this.settles('erased accounts to be gone', () => tracesOf(emails, this.settings));
  }

  /** @param look what still keeps it */
  private async settles(what: string, look: () => Promise<readonly string[]>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let kept = await look(); kept.length > 0; kept = await look()) {
      if (performance.now() > deadline)
        throw new Error(`waited in vain for ${what}: ${kept.slice(0, SHOWN_COMPLAINTS).join(', ')}`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Where the log ends before the run adds to it. */
const headOf = async (settings: Settings): Promise<Position> => {
  const store = openEventStore(settings, 'read');
  try {
    return await store.head();
  } finally {
    await store.close();
  }
};

const wrongBooks = (found: readonly string[]): Error =>
  new Error(`${found.length} complaints:\n${found.slice(0, SHOWN_COMPLAINTS).join('\n')}`);

const tokenOf = (client: Client): string => (client.authorization.authorization ?? '').slice('Bearer '.length);

const createEvent = async (gateway: string, token: string, name: string, count: number): Promise<string> => {
  const event = {
    name,
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count },
    rewards: [REWARD],
    publish: true,
    requestId: randomUUID(),
  };
  const { status, body } = await insist(() => attempt('POST', `${gateway}/events`, token, event), 'event');
  // 200: the retry of a request whose answer was lost.
  if (status !== 201 && status !== 200) throw new Error(`event: ${status} ${body.code}`);
  return body.data.eventId as string;
};
