import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBusMessage } from '@rewards/contracts';
import { cyclesOf } from '@rewards/domain';
import type { MessageBus } from '@rewards/message-bus';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { until } from '@rewards/testing/until';
import { ADMIN, startInProcess, type InProcess } from './api/in-process';
import { Client, type Answer } from './testing/client';

const DOCS = join(__dirname, '../docs');
const FILES = ['rules.md', 'rules.ko.md'] as const;

/** A request that a page shows. */
interface Example {
  readonly path: string;
  // Bodies of requests are what the examples are about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

const textOf = (file: string): string => readFileSync(join(DOCS, file), 'utf8');

/** Returns the requests of a page, in order. In a list, they are indented. */
const examplesOf = (file: string): readonly Example[] =>
  [...textOf(file).matchAll(/```http\s+POST (\S+)\s+([^]*?)```/g)].map(([, path = '', body = '']) => ({
    path,
    body: JSON.parse(body),
  }));

/** Returns the body of the creation of an event on a page. */
const creationOf = (file: string, index: number): Example['body'] =>
  examplesOf(file).filter(({ path }) => path === '/events')[index]?.body;
const [CALENDAR, WEEKLY, TRAP, MONTHLY, DAILY] = [0, 1, 2, 3, 4];

describe.each(FILES)('docs/%s', (file) => {
  const periodsOf = (index: number) => {
    const { cycle, startsAt, endsAt, dayStartsAt } = creationOf(file, index);
    return [...cyclesOf(cycle, { startsAt, endsAt, dayStartsAt, timeZone: 'Asia/Seoul' })];
  };
  const namesOf = (index: number) => periodsOf(index).map(({ cycle }) => cycle);

  it('shows the same requests as the other language, apart from names and texts', () => {
    const withoutTexts = ({ path, body }: Example) => [
      path.replace(/rewards\/[^/]+\//, 'rewards/…/'),
      JSON.stringify(body, (key, value: unknown) => (['name', 'rewardName', 'reason', 'target'].includes(key) ? '…' : value)),
    ];
    expect(examplesOf(file).map(withoutTexts)).toEqual(examplesOf(FILES[0]).map(withoutTexts));
    expect(examplesOf(file)).toHaveLength(14);
  });

  it('names the cycles of its events', () => {
    expect(namesOf(WEEKLY)).toEqual(['2026-11-30', '2026-12-07', '2026-12-14', '2026-12-21', '2026-12-28']);
    expect(namesOf(MONTHLY)).toEqual(['2026-11-01', '2026-12-01']);
    expect([namesOf(DAILY).length, namesOf(DAILY)[0], namesOf(DAILY).at(-1)]).toEqual([31, '2026-12-01', '2026-12-31']);
    expect(periodsOf(WEEKLY).at(-1)?.endsAt).toBe('2027-01-03T20:00:00.000Z');
    for (const name of [...namesOf(WEEKLY), ...namesOf(TRAP)]) expect(textOf(file)).toContain(`\`${name}\``);
  });

  it('describes the trap of edges: five hours of October, and December without its last five', () => {
    expect(periodsOf(TRAP)).toEqual([
      { cycle: '2026-10-01', startsAt: '2026-10-31T15:00:00.000Z', endsAt: '2026-10-31T20:00:00.000Z' },
      { cycle: '2026-11-01', startsAt: '2026-10-31T20:00:00.000Z', endsAt: '2026-11-30T20:00:00.000Z' },
      { cycle: '2026-12-01', startsAt: '2026-11-30T20:00:00.000Z', endsAt: '2026-12-31T15:00:00.000Z' },
    ]);
  });

  it('leaves three days of December that a player of the calendar can miss', () => {
    const { startsAt, endsAt, dayStartsAt, condition } = creationOf(file, CALENDAR);
    const days = [...cyclesOf('DAY', { startsAt, endsAt, dayStartsAt, timeZone: 'Asia/Seoul' })];
    expect(days.length - condition.count).toBe(3);
  });
});

/**
 * Moves dates of the page by 28 years, after which the calendar repeats with the same days of the week, so that the real logins of
 * this spec never count for its events.
 */
const later = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replace(/\b(202[67])-/g, (_date, year: string) => `${Number(year) + 28}-`)) as Value;

describe('on a running system in that December', () => {
  let now: number;
  let system: InProcess;
  let bus: MessageBus;
  let operator: Client;

  beforeAll(async () => {
    system = await startInProcess(() => now);
    bus = openEmbeddedMessageBus({ directory: join(system.settings.dataDir, 'bus') });
    const admin = new Client(system, ADMIN.email, ADMIN.password);
    await admin.logIn();
    operator = await Client.withRoles(system, admin, 'OPERATOR');
  }, 60_000);
  afterAll(async () => {
    await bus.close();
    await system.stop();
  });

  beforeEach(() => (now = Date.parse(later('2026-12-10T03:00:00.000Z'))));

  const succeeded = ({ status, body }: Answer) => {
    expect([status < 300, status < 300 ? undefined : body]).toEqual([true, undefined]);
    return body.data;
  };
  interface Player {
    readonly client: Client;
    /** Logs in at 21:00 in Seoul. */
    readonly logIn: (...days: readonly string[]) => Promise<void>;
    /** Logs in at a time in UTC. */
    readonly logInAt: (...times: readonly string[]) => Promise<void>;
  }
  const newPlayer = async (): Promise<Player> => {
    const client = new Client(system);
    const accountId = await client.register();
    await client.logIn();
    const logInAt = async (...times: readonly string[]) => {
      const messages = later(times).map((at) => {
        const loginId = randomUUID();
        const actor = { accountId, roles: ['USER'] } as const;
        const event = { type: 'LoggedIn', data: { loginId, accountId, at } } as const;
        return toBusMessage({ messageId: loginId, event, actor, correlationId: 'rules' });
      });
      await bus.publish('logins', messages);
    };
    return { client, logInAt, logIn: (...days) => logInAt(...days.map((day) => `${day}T12:00:00.000Z`)) };
  };
  const FIVE_DAYS = later(['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05']);
  const progressOf = async (player: Player, eventId: string, query = '') =>
    succeeded(await player.client.get(`/events/${eventId}/progress${later(query)}`));
  /** Waits until the logins are counted. */
  const reaches = (player: Player, eventId: string, progress: number, query = '') =>
    until(
      'the progress',
      () => progressOf(player, eventId, query),
      (view) => view.progress === progress,
    );
  const codeOf = ({ status, body }: Answer) => [status, body.code];

  describe.each(FILES)('docs/%s', (file) => {
    const examples = later(examplesOf(file));
    /** Creates an event, and waits until queries show it. */
    const create = async (body: object): Promise<string> => {
      const created = await operator.post('/events', body);
      const { eventId } = succeeded(created);
      succeeded(await operator.get(`/events/${eventId}`, { 'x-min-position': created.headers.get('x-position') ?? '' }));
      return eventId;
    };
    /** Creates an example's event, and publishes it. */
    const publish = async (index: number, fields: object = {}): Promise<string> => {
      const body = { ...later(creationOf(file, index)), publish: true, confirmPast: true, ...fields };
      return create(body);
    };

    it('shows only requests that work', async () => {
      const [calendar, weekly] = [await publish(CALENDAR), await publish(WEEKLY)];
      let created = '';
      for (const { path, body } of examples) {
        if (path === '/events') {
          created = await create(body);
          continue;
        }
        const isOfPlayer = /\/(completion|claims)$/.test(path);
        const eventId = body.cycle ? weekly : path.endsWith('/publish') ? created : calendar;
        const target = path.replace('{eventId}', eventId);
        if (!isOfPlayer) {
          succeeded(await operator.post(target, body));
          if (path.endsWith('/pause')) succeeded(await operator.post(`/events/${eventId}/resume`));
          continue;
        }
        const player = await newPlayer();
        await player.logIn(...FIVE_DAYS);
        await reaches(player, eventId, 5, body.cycle && `?cycle=${body.cycle}`);
        const { milestone, cycle } = body;
        if (path.endsWith('/claims')) succeeded(await player.client.post(`/events/${eventId}/completion`, { milestone, cycle }));
        succeeded(await player.client.post(target, body));
      }
    }, 60_000);

    it('describes the answers about milestones', async () => {
      const eventId = await publish(CALENDAR);
      const player = await newPlayer();
      await player.logIn(...FIVE_DAYS.slice(0, 3));
      const { milestones, status, required, days } = await reaches(player, eventId, 3);
      expect(milestones.map((each: { count: number; status: string }) => [each.count, each.status])).toEqual([
        [1, 'ELIGIBLE'],
        [3, 'ELIGIBLE'],
        [7, 'LOCKED'],
        [14, 'LOCKED'],
        [28, 'LOCKED'],
      ]);
      expect([status, required, days]).toEqual(['IN_PROGRESS', 28, FIVE_DAYS.slice(0, 3)]);
      const complete = (milestone: number) => player.client.post(`/events/${eventId}/completion`, { milestone });
      const early = await complete(7);
      expect([...codeOf(early), early.body.progress, early.body.required]).toEqual([409, 'CONDITION_NOT_MET', 3, 7]);
      expect(codeOf(await complete(5))).toEqual([404, 'NO_SUCH_MILESTONE']);
      succeeded(await complete(3));
      const claim = { requestId: 'c', rewardName: creationOf(file, CALENDAR).milestones[1].rewards[0].name, amount: 20 };
      succeeded(await player.client.post(`/events/${eventId}/claims`, { ...claim, milestone: 3 }));
      expect(codeOf(await player.client.post(`/events/${eventId}/claims`, { ...claim, milestone: 1 }))).toEqual([
        422,
        'REQUEST_ID_REUSED',
      ]);
    }, 60_000);

    it('describes the answers about cycles', async () => {
      const eventId = await publish(WEEKLY);
      const player = await newPlayer();
      // Monday, 7 December at 04:59, and 05:00.
      await player.logInAt('2026-12-06T19:59:00.000Z', '2026-12-06T20:00:00.000Z');
      await reaches(player, eventId, 1, '?cycle=2026-11-30');
      expect((await reaches(player, eventId, 1)).cycle).toBe(later('2026-12-07'));
      const read = async (cycle: string) => codeOf(await player.client.get(`/events/${eventId}/progress?cycle=${later(cycle)}`));
      expect([await read('2026-12-01'), await read('2026-12-14')]).toEqual([
        [404, 'NO_SUCH_CYCLE'],
        [404, 'NO_SUCH_CYCLE'],
      ]);
      const claim = await player.client.post(`/events/${eventId}/claims`, { requestId: 'c', rewardName: 'x', amount: 1 });
      expect([...codeOf(claim), claim.body.errors.map(({ field }: { field: string }) => field)]).toEqual([
        400,
        'VALIDATION_FAILED',
        ['cycle'],
      ]);
      const withoutCycles = await publish(CALENDAR);
      expect(codeOf(await player.client.get(`/events/${withoutCycles}/progress?cycle=${later('2026-12-01')}`))).toEqual([
        404,
        'NO_SUCH_CYCLE',
      ]);

      const trap = await publish(TRAP);
      await player.logInAt('2026-10-31T17:00:00.000Z');
      expect((await reaches(player, trap, 1, '?cycle=2026-10-01')).cycle).toBe(later('2026-10-01'));
      expect((await progressOf(player, trap, '?cycle=2026-11-01')).progress).toBe(0);
    }, 60_000);

    it('describes what players get after a wrong amount', async () => {
      const { milestones } = creationOf(file, CALENDAR);
      const name = milestones[1].rewards[0].name;
      const wrong = milestones.map((each: { count: number; rewards: object[] }) =>
        each.count === 3 ? { ...each, rewards: [{ ...each.rewards[0], amount: 10_000 }] } : each,
      );
      const eventId = await publish(CALENDAR, { milestones: wrong });
      const [completed, started, fresh] = [await newPlayer(), await newPlayer(), await newPlayer()];
      await completed.logIn(...FIVE_DAYS);
      await started.logIn('2026-12-01');
      await reaches(completed, eventId, 5);
      await reaches(started, eventId, 1);
      const complete = async ({ client }: Player) =>
        succeeded(await client.post(`/events/${eventId}/completion`, { milestone: 3 })).rewards[0].amount;
      const claim = ({ client }: Player) =>
        client.post(`/events/${eventId}/claims`, { milestone: 3, requestId: 'all', rewardName: name, all: true });
      expect(await complete(completed)).toBe(10_000);

      for (const { path, body } of examples.filter((example) => /\/(hold|change|release)$/.test(example.path))) {
        if (path.endsWith('/release')) {
          expect(codeOf(await claim(completed))).toEqual([409, 'REWARD_ON_HOLD']);
          await fresh.logIn(...FIVE_DAYS);
          await reaches(fresh, eventId, 5);
          await started.logIn(...FIVE_DAYS.slice(1));
          await reaches(started, eventId, 5);
        }
        succeeded(await operator.post(path.replace('{eventId}', eventId), body));
      }
      expect([await complete(started), await complete(fresh)]).toEqual([10_000, 100]);
      const amounts = [];
      for (const player of [completed, started, fresh]) amounts.push(succeeded(await claim(player)).amount);
      expect(amounts).toEqual([10_000, 10_000, 100]);
    }, 60_000);

    it('computes the gold of the daily bonus correctly', async () => {
      const draft = await create(later(creationOf(file, DAILY)));
      const player = await newPlayer();
      await player.logIn('2026-12-01', '2026-12-02', '2026-12-03');
      const unconfirmed = await operator.post(`/events/${draft}/publish`);
      expect(codeOf(unconfirmed)).toEqual([409, 'CONFIRM_PAST']);
      succeeded(await operator.post(`/events/${draft}/publish`, { confirmPast: true }));
      const claims = async () => succeeded(await player.client.get(`/claims/mine?eventId=${draft}&limit=100`));
      const gold = (rows: readonly { amount: number }[]) => rows.reduce((sum, { amount }) => sum + amount, 0);
      const ofThePast = await until('the claims of the past', claims, (rows) => rows.length === 3);
      expect(gold(ofThePast)).toBe(1_500);
      const requestIds = new Set(ofThePast.map(({ requestId }: { requestId: string }) => requestId));
      expect([...requestIds]).toEqual([`auto:1:${creationOf(file, DAILY).rewards[0].name}`]);
      expect(textOf(file)).toContain(`\`${[...requestIds][0]}\``);

      now = Date.parse(later('2026-12-31T03:00:00.000Z'));
      const others = Array.from({ length: 17 }, (_, index) => `2026-12-${String(4 + index).padStart(2, '0')}`);
      await player.logIn(...others);
      expect(gold(await until('the claims', claims, (rows) => rows.length === 20))).toBe(10_000);
    }, 60_000);
  });
});
