import { randomUUID } from 'node:crypto';
import { sleep } from '@rewards/async';
import { TOPICS, toBusMessage, type Position, START } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import type { Settings } from '@rewards/service-kit';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { checkCalendars } from './calendar-checker';
import { ATTENDANCE, BONUS, CALENDAR_ZONE, WEEKS, type Calendar } from './calendars';
import { Deliveries } from './deliveries';
import { isErasureFailpoint } from './failpoints';
import { checkHistory, checkInvariants, summarizeLog, type Expected } from './history-checker';
import { attempt, retryUntilAnswered } from './http';
import { Player, type RunContext } from './players';
import type { Processes } from './processes';
import { between, pick, randomFrom } from './random';
import { scheduleOf, type Fault } from './schedule';
import { STALL_MS, TIMEOUT_MS } from './timeouts';
import { settingsOf, tracesOf } from './traces';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The windows of events that count every login begin before the first one. */
const LONG_WINDOW_DAYS = 40;
const PLAYERS = 200;
const WORKERS = 16;
/** Every tenth player is erased after it has played. */
const ERASE_EVERY = 10;
const PROMISED = 100;
const REWARD = { name: '극한성장의 비약', type: 'ITEM', amount: PROMISED };
const POLL_INTERVAL_MS = 200;
const MAX_REPORTED = 10;

/** A run of one seed: players send requests while faults are injected, and then all checkers run. */
export class Run {
  private readonly context: RunContext;
  private readonly everyLogin: string[] = [];
  private readonly calendars = new Map<string, Calendar>();
  private readonly pending: Player[];
  private readonly finished: Player[] = [];
  private poisoned = 0;
  private isOver = false;
  private readonly bus: MessageBus;
  private readonly deliveries: Deliveries;

  private constructor(
    private readonly seed: number,
    private readonly processes: Processes,
    private readonly settings: Settings,
    private readonly operatorToken: string,
    adminToken: string,
    eventId: string,
    private readonly start: Position,
  ) {
    const { system, commandUrls } = processes;
    this.context = {
      gateway: system.url,
      commandUrls: [system.url, ...commandUrls],
      eventId,
      rewardName: REWARD.name,
      promised: PROMISED,
      calendars: this.calendars,
      publishLogins: this.publishLogins,
      adminToken,
      random: randomFrom(seed + 1),
      history: { registered: new Map(), logins: [], completions: [], claims: [], rejections: [], erased: [], calendarClaims: [] },
    };
    this.bus = openMessageBus(settings);
    this.deliveries = new Deliveries(processes, adminToken, start);
    this.pending = Array.from({ length: PLAYERS }, () => new Player(this.context));
  }

  /** Runs a seed. @returns a summary of the run @throws Error with the violations */
  static async play(seed: number, processes: Processes, engines: NodeJS.ProcessEnv): Promise<string> {
    const { system } = processes;
    const settings = settingsOf(system.dataDir, engines);
    const start = await headOf(settings);
    const admin = await Client.admin(system);
    const operator = await Client.withRoles(system, admin, 'OPERATOR');
    const eventId = await createEvent(system.url, tokenOf(operator), { name: 'three logins', condition: loginCount(3) });
    const run = new Run(seed, processes, settings, tokenOf(operator), tokenOf(admin), eventId, start);
    try {
      await run.playUnderFaults();
    } finally {
      await run.bus.close();
    }
    return run.check();
  }

  /** If one task fails, stops all others and waits for them, so that none restarts a process after the failure. */
  private async playUnderFaults(): Promise<void> {
    await this.addEvent('every login');
    for (const calendar of [ATTENDANCE, WEEKS, BONUS]) await this.addCalendar(calendar);
    await this.deliveries.removeEndpoints();
    const faults = Promise.all(scheduleOf(this.seed).map((track) => this.injectFaults(track))).then(() => (this.isOver = true));
    const workers = Array.from({ length: WORKERS }, () => this.runWorker());
    const tasks = [faults, this.runOperator(), ...workers].map((task) =>
      task.catch((error: unknown) => {
        this.isOver = true;
        this.pending.length = 0;
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(tasks);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    await this.processes.ready();
  }

  private async injectFaults(track: readonly Fault[]): Promise<void> {
    const isOfDelivery = track.some(({ kind }) => kind === 'receiver');
    if (isOfDelivery) await this.someGrants();
    for (const fault of track) {
      if (this.isOver) return;
      await sleep(fault.afterMs);
      const adding = isOfDelivery ? this.deliveries.addEndpoint() : null;
      const needsErasure = fault.kind === 'failpoint' && isErasureFailpoint(fault.armed.point);
      const erasure = needsErasure ? (await this.playerToErase())?.eraseOnce() : null;
      await Promise.all([this.processes.inject(fault), adding]);
      if (fault.kind === 'receiver') await this.deliveries.resume();
      await erasure;
    }
  }

  /** Waits until a new endpoint has deliveries of earlier grants. */
  private async someGrants(): Promise<void> {
    const hasSome = () => this.finished.length >= PLAYERS / 4 || this.isOver;
    await until('a quarter of the players to finish', hasSome, Boolean, { withinMs: TIMEOUT_MS });
  }

  /** Waits for a finished player that is not erased. @returns null if the run is over */
  private async playerToErase(): Promise<Player | null> {
    const find = () => this.finished.find(({ isErased }) => !isErased) ?? null;
    await until('a player to erase', () => find() !== null || this.isOver, Boolean, { withinMs: TIMEOUT_MS });
    return find();
  }

  /** Plays one pending player after the other, then keeps finished players busy until the last fault is over. */
  private async runWorker(): Promise<void> {
    for (let player = this.pending.pop(); player; player = this.pending.pop()) {
      await player.play();
      const finished = this.finished.push(player);
      if (finished % ERASE_EVERY === 0) await player.erase();
      if (finished !== PLAYERS / 2) continue;
      await this.addEvent('backfilled');
      await this.addCalendar({ ...ATTENDANCE, name: 'backfilled attendance' });
    }
    while (!this.isOver) await pick(this.context.random, this.finished)?.keepPlaying();
  }

  /**
   * Pauses and resumes an event with automatic claims, holds a reward, starts verifications, and publishes messages that can never be
   * handled.
   */
  private async runOperator(): Promise<void> {
    const milestones = [1, 2, 4].map((count) => ({ count, rewards: [REWARD] }));
    const automatic = { milestones, autoClaim: true, confirmPast: true };
    const eventId = await this.createEvent({ ...longWindow(), name: 'pauses', condition: loginCount(1_000), ...automatic });
    const reward = `rewards/${encodeURIComponent(REWARD.name)}`;
    const commands = [
      ...[['pause', { counting: 'CONTINUE' }], ['resume'], [`${reward}/hold`, { milestone: 2 }]],
      ...[['pause'], ['resume'], [`${reward}/release`, { milestone: 2 }], ['pause', { counting: 'CONTINUE' }], ['resume']],
    ] as const;
    for (const [command, body] of commands) {
      await sleep(between(this.context.random, 300, 1_000));
      // The status is ignored: a retry after a lost answer is rejected, because the event has already changed.
      await this.request('POST', `/events/${eventId}/${command}`, body);
      // Its result during the faults is ignored, but its threads run while they are killed and frozen.
      await this.request('GET', '/verification?fresh=true');
      for (const topic of TOPICS) await this.poison(() => this.bus.publish(topic, [{ key: randomUUID(), value: 'not JSON' }]));
    }
  }

  private async poison(publish: () => Promise<void>): Promise<void> {
    await publish();
    this.poisoned += 1;
  }

  private async addEvent(name: string): Promise<void> {
    this.everyLogin.push(await this.createEvent({ ...longWindow(), name, condition: loginCount(1_000) }));
  }

  private async addCalendar(calendar: Calendar): Promise<void> {
    const { name, cycle, condition, counts, autoClaim } = calendar;
    const earlier = counts.slice(0, -1).map((count) => ({ count, rewards: [REWARD] }));
    const eventId = await this.createEvent({
      ...{ name, ...longWindow(), ...CALENDAR_ZONE, condition: { type: condition, count: counts.at(-1) } },
      ...{ milestones: earlier, autoComplete: true, autoClaim, confirmPast: true, ...(cycle && { cycle }) },
    });
    this.calendars.set(eventId, calendar);
  }

  private createEvent(fields: object): Promise<string> {
    return createEvent(this.context.gateway, this.operatorToken, fields);
  }

  /** Publishes logins as auth-service does, and again until the bus acknowledges them. */
  private readonly publishLogins: RunContext['publishLogins'] = async (accountId, logins) => {
    const messages = logins.map(({ loginId, at }) =>
      toBusMessage({
        ...{ messageId: loginId, correlationId: loginId, actor: { accountId, roles: ['USER'] } },
        event: { type: 'LoggedIn', data: { loginId, accountId, at } },
      }),
    );
    const publish = () =>
      this.bus.publish('logins', messages).then(
        () => true,
        () => false,
      );
    await until('the bus to acknowledge logins', publish, Boolean, { withinMs: TIMEOUT_MS });
  };

  private async request(method: 'GET' | 'POST', path: string, body?: object) {
    const send = () => attempt(method, `${this.context.gateway}${path}`, this.operatorToken, body);
    return (await retryUntilAnswered(send, path)).body;
  }

  private async check(): Promise<string> {
    const store = openEventStore(this.settings, 'read');
    try {
      await this.checkLog(store);
      await this.deliveries.settle();
      const head = await store.head();
      await this.waitForProjections(head);
      const facts = await this.verify(head);
      const delivered = await this.deliveries.check(store);
      await this.checkErasures(store);
      const { logins, claims, rejections, erased } = this.context.history;
      return `${logins.length} logins, ${claims.length} claims, ${rejections.length} rejections and ${erased.length} erasures acknowledged, ${facts} facts verified, ${delivered}`;
    } finally {
      await store.close();
    }
  }

  private async checkLog(store: EventStore): Promise<void> {
    let head = START;
    let grownAt = performance.now();
    for (;;) {
      const log = await summarizeLog(store, this.start, this.context);
      const { history, calendars } = this.context;
      const expected: Expected = { everyLogin: this.everyLogin, promised: PROMISED, poisoned: this.poisoned };
      const results = [
        checkHistory(log, history, expected),
        checkCalendars(log, history, calendars, PROMISED),
        await checkInvariants(store),
      ];
      const permanent = results.flatMap((result) => result.permanent);
      const missing = results.flatMap((result) => result.missing);
      if (permanent.length === 0 && missing.length === 0) return;
      if (log.position !== head) [head, grownAt] = [log.position, performance.now()];
      if (permanent.length > 0 || performance.now() - grownAt > STALL_MS) throw violationError([...permanent, ...missing]);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  private async waitForProjections(head: Position): Promise<void> {
    await this.waitUntilEmpty('the read models to catch up with the log', async () => {
      const reports = (await this.request('GET', '/projections')).data as { position: string; state: string; name: string }[];
      const behind = reports.filter(({ position }) => position < head);
      return behind.map(({ name, position, state }) => `${name} is ${state} at ${position}`);
    });
  }

  /** Runs verification. @returns number of verified participation facts */
  private async verify(head: Position): Promise<number> {
    let facts = 0;
    await this.waitUntilEmpty('verification', async () => {
      const { ok, position, findings, checked } = (await this.request('GET', '/verification?fresh=true')).data;
      if (position === null || position < head) return ['it has not reached the head of the log'];
      if (!ok) throw new Error(`verification: ${JSON.stringify(findings.slice(0, MAX_REPORTED))}`);
      facts = checked.participationFacts as number;
      return [];
    });
    return facts;
  }

  private async checkErasures(store: EventStore): Promise<void> {
    // Includes erasures that were recorded but not acknowledged.
    const { accounts } = await summarizeLog(store, this.start, this.context);
    const { registered } = this.context.history;
    const emails = [...registered].flatMap(([accountId, email]) => (accounts.get(accountId)?.erasures ? [email] : []));
    await this.waitUntilEmpty('the removal of erased accounts', () => tracesOf(emails, this.settings));
  }

  /** Polls until nothing remains to wait for. @param poll returns descriptions of what remains */
  private async waitUntilEmpty(what: string, poll: () => Promise<readonly string[]>): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (let remaining = await poll(); remaining.length > 0; remaining = await poll()) {
      if (performance.now() > deadline)
        throw new Error(`timed out waiting for ${what}: ${remaining.slice(0, MAX_REPORTED).join(', ')}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }
}

/** Returns the head of the log before the run appends to it. */
const headOf = async (settings: Settings): Promise<Position> => {
  const store = openEventStore(settings, 'read');
  try {
    return await store.head();
  } finally {
    await store.close();
  }
};

const violationError = (violations: readonly string[]): Error =>
  new Error(`${violations.length} violations:\n${violations.slice(0, MAX_REPORTED).join('\n')}`);

const tokenOf = (client: Client): string => (client.authorization.authorization ?? '').slice('Bearer '.length);

const loginCount = (count: number) => ({ type: 'LOGIN_COUNT', count });
const longWindow = () => ({ startsAt: new Date(Date.now() - LONG_WINDOW_DAYS * DAY).toISOString() });

const createEvent = async (gateway: string, token: string, fields: object): Promise<string> => {
  const event = {
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + HOUR).toISOString(),
    rewards: [REWARD],
    publish: true,
    requestId: randomUUID(),
    ...fields,
  };
  const { status, body } = await retryUntilAnswered(() => attempt('POST', `${gateway}/events`, token, event), 'create event');
  // 200: a retry after a lost answer.
  if (status !== 201 && status !== 200) throw new Error(`create event: ${status} ${JSON.stringify(body)}`);
  return body.data.eventId as string;
};
