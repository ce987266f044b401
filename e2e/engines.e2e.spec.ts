import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventStoreDbDouble } from '@rewards/event-store/testing/eventstoredb-double/double';
import { reportSkipped } from '@rewards/testing/report-skipped';
import { until } from '@rewards/testing/until';
import { fetchFrom } from '@rewards/testing/http';
import { playCalendars } from './testing/calendars';
import { Client } from './testing/client';
import { Started } from './testing/started';
import { expectVerified, gem, potion, progressReaches, Story } from './testing/story';
import { ROOT, SERVICES, System } from './testing/system';

const { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS } = process.env;

const started = new Started();
const run = promisify(execFile);

/** The engines that `npm run engines:up` can start. If the settings name them, specs may kill and restart them. */
const ENGINES = { kafka: KAFKA_BROKERS, ferretdb: MONGODB_URL } as const;
type Engine = keyof typeof ENGINES;

const isLocal = (engine: Engine): boolean => {
  const stateFile = join(ROOT, 'node_modules/.cache/engines/state.json');
  if (!ENGINES[engine] || !existsSync(stateFile)) return false;
  const state = JSON.parse(readFileSync(stateFile, 'utf8')) as Partial<Record<Engine, { options: { port: number } }>>;
  return ENGINES[engine].includes(`127.0.0.1:${state[engine]?.options.port}`);
};

const tool = (name: 'kill' | 'up', engine: Engine) => run(process.execPath, [join(ROOT, `testing/engines/${name}.mjs`), engine]);

/** Runs `npm run move`: first the accounts, then the log. */
const move = async (environment: NodeJS.ProcessEnv): Promise<void> => {
  for (const program of ['auth-service/dist/move/move.js', 'command-service/dist/move/move.js'])
    await run(process.execPath, [join(ROOT, program)], { env: { PATH: process.env.PATH, ...environment } });
};

describe('the system on the EventStoreDB double', () => {
  let double: EventStoreDbDouble;
  let system: System;
  let story: Story;
  beforeAll(async () => {
    double = started.add(await EventStoreDbDouble.start());
    system = started.add(await System.start({ EVENTSTORE_URL: double.url }));
    story = await Story.begin(system);
  }, 60_000);
  afterAll(() => started.stop());

  it('plays the story', async () => {
    await story.play();
    await expectVerified(story);
  });

  it('plays the calendars', async () => {
    await playCalendars(story, system);
    await expectVerified(story);
  }, 120_000);

  it('loses nothing and restarts no service when EventStoreDB is unavailable after every step', async () => {
    const pids = SERVICES.map((service) => system.pidOf(service));
    await story.play(async () => {
      await double.goDown();
      await until(
        'command-service to report the outage',
        async () => (await fetchFrom(system.urlOf('command-service'), '/health/ready')).status === 503,
        Boolean,
        { withinMs: 30_000 },
      );
      await double.comeBack();
      await system.ready();
    });
    expect(SERVICES.map((service) => system.pidOf(service))).toEqual(pids);
    await expectVerified(story);
  }, 120_000);
});

if (EVENTSTORE_URL) {
  describe('the system on the EventStoreDB of EVENTSTORE_URL, whose log need not be empty', () => {
    afterAll(() => started.stop());

    it('plays the story', async () => {
      const story = await Story.begin(started.add(await System.start()));
      await story.play();
      await expectVerified(story);
    }, 120_000);
  });
} else {
  reportSkipped('the story on EventStoreDB', 'no EVENTSTORE_URL');
}

describe('npm run move', () => {
  afterAll(() => started.stop());

  it('moves the embedded data to the configured engines, where the services continue', async () => {
    const double = started.add(await EventStoreDbDouble.start());
    const system = started.add(await System.start({ EVENTSTORE_URL: '', MONGODB_URL: '', KAFKA_BROKERS: '' }));
    const before = await Story.begin(system);
    await before.play();
    const eventId = await before.createEvent();
    const player = new Client(system);
    await player.register();
    for (let login = 0; login < 2; login += 1) await player.logIn();
    await progressReaches(player, eventId, 2);
    // One more login is pending on the bus.
    await system.kill('command-service', 'SIGTERM');
    await player.logIn();
    await until(
      'the relay',
      async () => /auth_undelivered_accounts\S* 0/.test(await (await fetchFrom(system.urlOf('auth-service'), '/metrics')).text()),
      Boolean,
      { withinMs: 30_000 },
    );

    await system.restartOn({ EVENTSTORE_URL: double.url, MONGODB_URL, KAFKA_BROKERS }, async (environment) => {
      await move(environment);
      // A second run, as after an interruption, keeps the data of the first.
      await move(environment);
      // If the documents stay embedded, remove the read models, which belong to the old log.
      if (!MONGODB_URL)
        for (const suffix of ['', '-wal', '-shm']) await rm(join(system.dataDir, `views.db${suffix}`), { force: true });
    });
    await progressReaches(player, eventId, 3);
    await player.logIn();
    expect((await player.post(`/events/${eventId}/completion`)).status).toBe(200);
    const story = await Story.begin(system);
    await story.play();
    await expectVerified(story);
  }, 90_000);
});

if (MONGODB_URL && KAFKA_BROKERS) {
  describe('the system on Kafka and MongoDB, with the event store embedded', () => {
    let system: System;
    let story: Story;
    beforeAll(async () => {
      system = started.add(await System.start({ EVENTSTORE_URL: '' }));
      story = await Story.begin(system);
    }, 60_000);
    afterAll(() => started.stop());

    it('plays the story', async () => {
      await story.play();
      await expectVerified(story);
    });

    it('plays the calendars', async () => {
      await playCalendars(story, system);
      await expectVerified(story);
    }, 120_000);

    for (const engine of ['kafka', 'ferretdb'] as const) {
      if (!isLocal(engine)) {
        reportSkipped(`killing ${engine} during the story`, 'not started by npm run engines:up');
        continue;
      }

      it(`loses nothing and restarts no service when ${engine} is killed during the story`, async () => {
        const pids = SERVICES.map((service) => system.pidOf(service));
        let steps = 0;
        await story.play(async () => {
          // Kafka is killed less often: a broker takes ten seconds until it serves its groups again.
          steps += 1;
          if (engine === 'kafka' && steps % 3 !== 0) return;
          await tool('kill', engine);
          await tool('up', engine);
          await system.ready();
        });
        expect(SERVICES.map((service) => system.pidOf(service))).toEqual(pids);
        await expectVerified(story);
      }, 180_000);

      it(`continues after ${engine} was unavailable`, async () => {
        const eventId = await story.createEvent();
        const player = new Client(system);
        await player.register();
        await player.logIn();
        await tool('kill', engine);
        const logins = await Promise.all([1, 2].map(() => player.post('/auth/login', player.credentials)));
        // A login needs the account's document, but no broker.
        expect(logins.map(({ status }) => status)).toEqual(engine === 'kafka' ? [200, 200] : [503, 503]);
        await tool('up', engine);
        await system.ready();
        if (engine === 'ferretdb') for (let login = 0; login < logins.length; login += 1) await player.logIn();
        await progressReaches(player, eventId, 3);
        expect((await player.post(`/events/${eventId}/completion`)).status).toBe(200);
        const claim = { requestId: 'r1', rewardName: potion.name, amount: 1 };
        await tool('kill', engine);
        // A claim is decided on the log alone, so it needs neither engine.
        const claimed = await player.post(`/events/${eventId}/claims`, claim);
        expect([claimed.status, claimed.body.data.remaining]).toEqual([201, 99]);
        await tool('up', engine);
        await system.ready();
        const progress = await player.get(`/events/${eventId}/progress`, {
          'x-min-position': claimed.headers.get('x-position') ?? '',
        });
        expect(progress.body.data.rewards[0]).toEqual({ ...potion, claimed: 1, remaining: 99 });
      }, 120_000);
    }
  });

  describe('two instances of each service on the same engines', () => {
    let double: EventStoreDbDouble;
    let system: System;
    beforeAll(async () => {
      double = started.add(await EventStoreDbDouble.start());
      system = started.add(await System.start({ EVENTSTORE_URL: double.url }));
    }, 60_000);
    afterAll(() => started.stop());

    it('share the requests of the story, and the second ones take over when the first ones are killed', async () => {
      const gateways = [system.url, await system.launchSecond()];
      let requests = 0;
      const alternating = {
        get url() {
          requests += 1;
          return gateways[requests % gateways.length] as string;
        },
      };
      const story = await Story.begin(system, alternating);
      await story.play();

      const eventId = await story.createEvent();
      const player = new Client(alternating);
      await player.register();
      for (let login = 0; login < 3; login += 1) await player.logIn();
      await progressReaches(player, eventId, 3);
      expect((await player.post(`/events/${eventId}/completion`)).status).toBe(200);
      const send = async (requestId: string): Promise<number> => {
        const { status } = await player.post(`/events/${eventId}/claims`, { requestId, rewardName: gem.name, amount: 10 });
        return status === 503 ? send(requestId) : status;
      };
      const statuses = await Promise.all(Array.from({ length: 40 }, (_, index) => send(`r${index >> 1}`)));
      expect([201, 200, 409].map((status) => statuses.filter((each) => each === status).length)).toEqual([10, 10, 20]);

      // The first instances hold the leases, so the second ones must take over.
      for (const service of SERVICES) await system.kill(service);
      gateways.splice(0, 1);
      const late = new Client(alternating);
      await late.register();
      await late.logIn();
      await progressReaches(late, eventId, 1);
      await expectVerified(story);
    }, 120_000);
  });
} else {
  reportSkipped('the story on Kafka and MongoDB, and two instances of each service', 'KAFKA_BROKERS or MONGODB_URL is not set');
}
