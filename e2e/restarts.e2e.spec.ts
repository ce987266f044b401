import { randomUUID } from 'node:crypto';
import { sleep } from '@rewards/async';
import { until } from '@rewards/testing/until';
import { fetchFrom } from '@rewards/testing/http';
import { Client, type Answer } from './testing/client';
import { Story } from './testing/story';
import { freePorts } from '@rewards/testing/free-ports';
import { SERVICES, System, type Service } from './testing/system';

const ROUNDS = 30;
const PLAYERS = 6;
/** A claim takes at least a thousandth of a reward, so several rewards are needed for many claims. */
const REWARDS = 20;
/** Pause between the requests of a player, which leaves CPU time for the restarts. */
const PAUSE_MS = 80;

const INSTANCES = {
  'command-service': { port: 'COMMAND_PORT', urls: 'COMMAND_URL' },
  'query-service': { port: 'QUERY_PORT', urls: 'QUERY_URL' },
  'auth-service': { port: 'AUTH_PORT', urls: 'AUTH_URL' },
  delivery: { port: 'DELIVERY_PORT', urls: 'DELIVERY_URL' },
  projections: { port: 'PROJECTIONS_PORT', urls: 'PROJECTIONS_URL' },
} as const satisfies Partial<Record<Service, { readonly port: string; readonly urls: string }>>;
type Restarted = keyof typeof INSTANCES;
const RESTARTED = Object.keys(INSTANCES) as Restarted[];
const OTHERS = RESTARTED.filter((service) => service !== 'command-service');

/** Players who claim one unit at a time, retry until it is granted, and send queries in between. */
class Load {
  /** Number of failed answers by status, content type, code and Retry-After. */
  readonly failures = new Map<string, number>();
  /** `requestId`s of granted claims, replayed answers included. */
  readonly granted: string[] = [];
  answers = 0;
  private isOver = false;
  private readonly running: Promise<void>[];

  constructor(
    private readonly eventId: string,
    private readonly auditor: Client,
    players: readonly Client[],
  ) {
    this.running = players.map((player) => this.play(player));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async play(player: Client): Promise<void> {
    for (let turn = 0; !this.isOver; turn += 1) {
      const claim = { requestId: randomUUID(), rewardName: `potion ${this.granted.length % REWARDS}`, amount: 1 };
      while (!(await this.send(() => player.post(`/events/${this.eventId}/claims`, claim)))) {
        if (this.isOver) return;
        await sleep(PAUSE_MS);
      }
      this.granted.push(claim.requestId);
      await this.send(() => player.get(`/events/${this.eventId}/progress`));
      await this.send(() => player.get('/auth/me'));
      if (turn % 4 === 0) await this.send(() => this.auditor.get('/projections'));
      await sleep(PAUSE_MS);
    }
  }

  private async send(request: () => Promise<Answer>): Promise<boolean> {
    this.answers += 1;
    const answer = await request().catch((error: unknown) => String(error));
    if (typeof answer !== 'string' && answer.status < 300) return true;
    const failure =
      typeof answer === 'string'
        ? answer
        : [
            answer.status,
            answer.headers.get('content-type'),
            answer.body.code,
            `retry after ${answer.headers.get('retry-after')}`,
          ].join(', ');
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
    return false;
  }
}

describe('restarts under load', () => {
  let system: System;
  let story: Story;
  let eventId: string;
  let players: Client[];
  const second: Record<string, string> = {};

  beforeAll(async () => {
    system = await System.start();
    story = await Story.begin(system);
    eventId = await story.createEvent({
      condition: { type: 'LOGIN_COUNT', count: 1 },
      rewards: Array.from({ length: REWARDS }, (_, index) => ({ name: `potion ${index}`, type: 'ITEM', amount: 1_000 })),
    });
    players = Array.from({ length: PLAYERS }, () => new Client(system));
    await Promise.all(
      players.map(async (player) => {
        await player.register();
        await player.logIn();
        await until('the completion', async () => (await player.post(`/events/${eventId}/completion`)).status === 200, Boolean, {
          withinMs: 30_000,
        });
      }),
    );
  }, 60_000);
  afterAll(() => system.stop());

  const isReady = async (url: string) => (await fetchFrom(url, '/health/ready').catch(() => null))?.status === 200;
  const start = async (service: Restarted, name: string): Promise<void> => {
    const port = name === service ? String(system.ports[service]) : second[service];
    system.launch(service, name, { [INSTANCES[service].port]: port });
    await until(`${name} to be ready`, () => isReady(`http://127.0.0.1:${port}`), Boolean, { withinMs: 30_000 });
  };
  const restart = async (service: Restarted, name: string = service): Promise<void> => {
    await system.kill(name, 'SIGTERM');
    expect(system.exitCodeOf(name)).toBe(0);
    await start(service, name);
  };
  const restarts = async (run: (service: Restarted, round: number) => Promise<void>): Promise<Load> => {
    const load = new Load(eventId, story.auditor, players);
    try {
      for (const service of OTHERS) for (const round of [0, 1]) await run(service, round);
      for (let round = 0; round < ROUNDS; round += 1) await run('command-service', round);
    } finally {
      await load.end();
    }
    return load;
  };
  const expectGrantedOnce = async (requestIds: readonly string[]) => {
    const position = async () => (await story.auditor.get('/projections')).body.data as { lagEvents: number }[];
    await until('the read models', async () => (await position()).every(({ lagEvents }) => lagEvents === 0), Boolean, {
      withinMs: 30_000,
    });
    const granted: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const { status, body } = await story.auditor.get(`/claims?eventId=${eventId}&status=SUCCESS&limit=100${cursor}`);
      expect(status).toBe(200);
      granted.push(...body.data.map((row: { requestId: string }) => row.requestId));
      next = body.page.next;
    }
    const counts = new Map<string, number>();
    for (const requestId of granted) counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
    expect(requestIds.filter((requestId) => counts.get(requestId) !== 1)).toEqual([]);
  };

  it('of a single instance cause only 503 problems with Retry-After, and each request is granted once', async () => {
    const { failures, granted, answers } = await restarts((service) => restart(service));
    expect([...failures.keys()]).toEqual(['503, application/problem+json; charset=utf-8, UNAVAILABLE, retry after 1']);
    expect(answers).toBeGreaterThan(1_000);
    await expectGrantedOnce(granted);
  }, 400_000);

  it('of one of two instances cause no failures, and each request is granted once', async () => {
    const free = await freePorts(RESTARTED.length);
    for (const [index, service] of RESTARTED.entries()) second[service] = String(free[index]);
    const listOf = (service: Restarted) => `${system.urlOf(service)},http://127.0.0.1:${second[service]}`;
    const lists = Object.fromEntries(RESTARTED.map((service) => [INSTANCES[service].urls, listOf(service)]));
    await system.restartOn(lists, async () => undefined);
    const { failures, granted, answers } = await restarts(async (service, round) => {
      const name = `second ${service}`;
      // Only one service at a time has two instances, so that a small machine can handle the load.
      if (round === 0) await start(service, name);
      await restart(service, round % 2 === 0 ? service : name);
      if (round === 1 && service !== 'command-service') await system.kill(name, 'SIGTERM');
    });
    expect([...failures]).toEqual([]);
    expect(answers).toBeGreaterThan(1_000);
    await expectGrantedOnce(granted);
  }, 400_000);

  it('by Ctrl-C finish the requests in flight, although every process receives SIGINT twice', async () => {
    const inFlight = players.map((player) => player.post('/auth/login', player.credentials));
    const reads = players.map((player) => player.get('/auth/me'));
    await Promise.all(reads);
    const names = [...SERVICES, 'second command-service'];
    expect(names.filter((name) => !system.runs(name))).toEqual([]);
    for (let time = 0; time < 2; time += 1) for (const name of names) process.kill(system.pidOf(name), 'SIGINT');
    for (const { status, body, headers } of await Promise.all(inFlight)) {
      if (status !== 200) expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    }
    await until('all processes to end', () => names.every((name) => !system.runs(name)), Boolean, { withinMs: 30_000 });
    expect(names.map((name) => system.exitCodeOf(name))).toEqual(names.map(() => 0));
  });
});
