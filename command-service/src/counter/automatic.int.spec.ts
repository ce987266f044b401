import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PREFIXES,
  schemaVersionOf,
  START,
  streams,
  upcast,
  type DomainEvent,
  type Milestone,
  type Reward,
  type RewardEventDetails,
} from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { createLogger } from '@rewards/service-kit';
import { Clock } from '@rewards/service-kit/clock';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import { until } from '@rewards/testing/until';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import type { Commands } from '../stream-command';
import { Streams } from '../streams';
import { CHECKPOINTS, COUNTER_STATE, DEFERRED } from './checkpoint';
import { Counter } from './counter';
import { rebuildCounter } from './rebuild-counter';

const failures = new Failures(createLogger('command-service', 'silent'));
const coin: Reward = { name: 'coin', type: 'CURRENCY', amount: 10 };
const gem: Reward = { name: 'gem', type: 'ITEM', amount: 3 };
const potion: Reward = { name: 'potion', type: 'ITEM', amount: 100 };

/** Noon of a day in Seoul. @param day of November 2026, or of December beyond 30 */
const on = (day: number): string => new Date(Date.UTC(2026, 10, day, 3)).toISOString();
const PUBLISHED_AT = '2026-10-01T00:00:00.000Z';

/** One log, and what the counters of a test do with it. */
class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'automatic-'));
  readonly store: EventStore = openEmbeddedEventStore({ file: join(this.directory, 'events.db') });
  private readonly documents: DocumentStore = openEmbeddedDocumentStore({ file: join(this.directory, 'command.db') });
  private readonly stops: (() => Promise<void>)[] = [];

  async close(): Promise<void> {
    await this.stop();
    await Promise.all([this.store.close(), this.documents.close()]);
    rmSync(this.directory, { recursive: true });
  }

  async record(stream: string, ...events: DomainEvent[]): Promise<void> {
    const metadata = { correlationId: 'test', causationId: null, actor: { service: 'test' }, at: PUBLISHED_AT };
    await this.store.append(
      stream,
      'any',
      events.map((event) => ({
        id: randomUUID(),
        ...event,
        metadata: { ...metadata, schemaVersion: schemaVersionOf(event.type) },
      })),
    );
  }

  /** Publishes an event with coins at 1, coins and gems at 3, and a potion at 5 days. */
  async publish(details: Partial<RewardEventDetails> = {}, at = PUBLISHED_AT, eventId: string = randomUUID()): Promise<string> {
    const milestones: Milestone[] = [
      { count: 1, rewards: [coin] },
      { count: 3, rewards: [coin, gem] },
    ];
    const created = {
      eventId,
      name: 'calendar',
      description: '',
      startsAt: '2026-11-01T00:00:00.000Z',
      endsAt: '2026-12-01T00:00:00.000Z',
      claimsUntil: '2026-12-15T00:00:00.000Z',
      timeZone: 'Asia/Seoul',
      condition: { type: 'LOGIN_DAYS', count: 5 },
      milestones,
      autoComplete: true,
      autoClaim: true,
      ...details,
      createdBy: randomUUID(),
      at: PUBLISHED_AT,
    };
    await this.record(
      streams.rewardEvent(eventId),
      { type: 'RewardEventCreated', data: created },
      { type: 'RewardAdded', data: { eventId, reward: potion, at: PUBLISHED_AT } },
      { type: 'RewardEventPublished', data: { eventId, at } },
    );
    return eventId;
  }
  change(eventId: string, type: string, data: object = {}): Promise<void> {
    return this.record(streams.rewardEvent(eventId), { type, data: { eventId, at: on(1), ...data } });
  }
  logIn(accountId: string, at: string, loginId: string = randomUUID()): Promise<void> {
    return this.record(streams.login(accountId, at), { type: 'LoggedIn', data: { loginId, accountId, at } });
  }
  erase(accountId: string): Promise<void> {
    const data = { messageId: randomUUID(), accountId, at: on(1) };
    return this.record(streams.account(accountId), { type: 'AccountErased', data });
  }

  /** Starts a counter. @param documents its checkpoints; by default, those of the world */
  async start(documents = this.documents): Promise<Counter> {
    const loops = new Streams(this.store);
    const commands: Commands = {
      execute: ({ fields: { aggregate, stream, decide, metadata } }) => loops.of(aggregate).handle(stream, decide, metadata),
    };
    const [checkpoints, deferred, state] = await Promise.all([
      documents.collection(CHECKPOINTS),
      documents.collection(DEFERRED),
      documents.collection(COUNTER_STATE),
    ]);
    const controller = new AbortController();
    const { signal } = controller;
    const engines = { store: this.store, checkpoints, deferred, state, upcast };
    const counter = new Counter(engines, commands, new Clock(), failures);
    const run = retry(() => counter.run(signal), { signal }).catch(() => undefined);
    this.stops.push(async () => {
      controller.abort();
      await run;
    });
    return counter;
  }
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
  }
  rebuild(): Promise<void> {
    return rebuildCounter(this.documents);
  }
  /** Waits until the counters have counted everything recorded so far, by a login that is counted last. */
  async untilCounted(events: readonly string[], at = on(2)): Promise<void> {
    const last = randomUUID();
    await this.logIn(last, at);
    for (const eventId of events) await until('the last login to be counted', () => this.isCounted(eventId, last));
  }

  /** What happened in an event, by account and cycle. */
  async storiesOf(eventId: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const stories = new Map<string, string[]>();
    for await (const batch of this.store.subscribe({ after: START, prefixes: [`${PREFIXES.participation}${eventId}`] })) {
      for (const { stream, type, data } of batch.events) {
        const key = stream.slice(`${PREFIXES.participation}${eventId}-`.length);
        const line = lineOf(type, data as Readonly<Record<string, unknown>>);
        stories.set(key, [...(stories.get(key) ?? []), line]);
      }
      if (batch.caughtUp) break;
    }
    return stories;
  }
  async isCounted(eventId: string, accountId: string): Promise<boolean> {
    return [...(await this.storiesOf(eventId)).keys()].some((key) => key.startsWith(accountId));
  }
  async storyOf(eventId: string, accountId: string, cycle = ''): Promise<readonly string[]> {
    return (await this.storiesOf(eventId)).get(`${accountId}${cycle}`) ?? [];
  }
}

const lineOf = (type: string, data: Readonly<Record<string, unknown>>): string => {
  const milestone = String(data.milestone ?? 'last');
  const at = String(data.at).slice(0, 10);
  switch (type) {
    case 'ParticipationStarted':
      return `started with ${String(data.termsVersion)}`;
    case 'LoginCounted':
      return `counted ${String(data.progress)} on ${String(data.day)}`;
    case 'EventCompleted':
      return `completed ${milestone} at ${at}`;
    default:
      return `${String(data.requestId)}: ${String(data.amount)} of ${milestone} at ${at}, ${String(data.remaining)} remain`;
  }
};

const FIRST = ['completed 1 at 2026-11-02', 'auto:1:coin: 10 of 1 at 2026-11-02, 0 remain'];

describe('automatic completion', () => {
  let world: World;
  let player: string;
  beforeEach(() => {
    world = new World();
    player = randomUUID();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    IANAZone.resetCache();
    await world.close();
  });

  it('grants the rewards of every milestone with the login that reaches it, and ends with the last one', async () => {
    await world.start();
    const eventId = await world.publish();
    for (const day of [2, 3, 3, 4, 5, 6, 7]) await world.logIn(player, on(day));
    await world.untilCounted([eventId]);
    expect(await world.storyOf(eventId, player)).toEqual([
      'started with 1',
      'counted 1 on 2026-11-02',
      ...FIRST,
      'counted 2 on 2026-11-03',
      'counted 3 on 2026-11-04',
      'completed 3 at 2026-11-04',
      'auto:3:coin: 10 of 3 at 2026-11-04, 0 remain',
      'auto:3:gem: 3 of 3 at 2026-11-04, 0 remain',
      'counted 4 on 2026-11-05',
      'counted 5 on 2026-11-06',
      'completed last at 2026-11-06',
      'auto:5:potion: 100 of last at 2026-11-06, 0 remain',
    ]);
  });

  it('grants several milestones at once, if a login fills the gap of a streak', async () => {
    await world.start();
    const eventId = await world.publish({ condition: { type: 'LOGIN_STREAK', count: 5 }, autoClaim: undefined });
    for (const day of [2, 3, 5, 6, 4]) await world.logIn(player, on(day));
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).slice(2)).toEqual([
      'completed 1 at 2026-11-02',
      'counted 2 on 2026-11-03',
      'counted 2 on 2026-11-05',
      'counted 2 on 2026-11-06',
      'counted 5 on 2026-11-04',
      'completed 3 at 2026-11-04',
      'completed last at 2026-11-04',
    ]);
  });

  it('begins again in each cycle, to which a login belongs by its own time', async () => {
    await world.start();
    const eventId = await world.publish({ cycle: 'WEEK', dayStartsAt: '05:00' });
    // 04:59 of Monday the 9th in Seoul still belongs to the week before.
    for (const at of [on(3), on(10), '2026-11-08T19:59:00.000Z', on(11), on(4), on(12)]) await world.logIn(player, at);
    await world.untilCounted([eventId]);
    expect(await world.storyOf(eventId, player, '-20261102')).toEqual([
      'started with 1',
      'counted 1 on 2026-11-03',
      'completed 1 at 2026-11-03',
      'auto:1:coin: 10 of 1 at 2026-11-03, 0 remain',
      'counted 2 on 2026-11-08',
      'counted 3 on 2026-11-04',
      'completed 3 at 2026-11-04',
      'auto:3:coin: 10 of 3 at 2026-11-04, 0 remain',
      'auto:3:gem: 3 of 3 at 2026-11-04, 0 remain',
    ]);
    expect((await world.storyOf(eventId, player, '-20261109')).slice(1, 5)).toEqual([
      'counted 1 on 2026-11-10',
      'completed 1 at 2026-11-10',
      'auto:1:coin: 10 of 1 at 2026-11-10, 0 remain',
      'counted 2 on 2026-11-11',
    ]);
    expect(await world.storyOf(eventId, player)).toEqual([]);
  });

  it('does nothing during a pause that counts logins, and makes up for it with the next login', async () => {
    await world.start();
    const eventId = await world.publish();
    await world.change(eventId, 'RewardEventPaused', { counting: 'CONTINUE' });
    await world.logIn(player, on(2));
    await world.change(eventId, 'RewardEventResumed');
    await world.logIn(player, on(3));
    await world.untilCounted([eventId], on(3));
    expect(await world.storyOf(eventId, player)).toEqual([
      'started with 1',
      'counted 1 on 2026-11-02',
      'counted 2 on 2026-11-03',
      'completed 1 at 2026-11-03',
      'auto:1:coin: 10 of 1 at 2026-11-03, 0 remain',
    ]);
  });

  it('does nothing while the event is deleted, and makes up for it with the next login', async () => {
    await world.start();
    const eventId = await world.publish();
    await world.change(eventId, 'RewardEventDeleted');
    await world.logIn(player, on(2));
    await world.change(eventId, 'RewardEventRestored');
    await world.logIn(player, on(3));
    await world.untilCounted([eventId], on(3));
    expect((await world.storyOf(eventId, player)).slice(1)).toEqual([
      'counted 1 on 2026-11-02',
      'counted 2 on 2026-11-03',
      'completed 1 at 2026-11-03',
      'auto:1:coin: 10 of 1 at 2026-11-03, 0 remain',
    ]);
  });

  it('completes a milestone without the rewards that are on hold there', async () => {
    await world.start();
    const eventId = await world.publish();
    await world.change(eventId, 'RewardHeld', { name: 'coin', milestone: 3 });
    for (const day of [2, 3, 4]) await world.logIn(player, on(day));
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).slice(2)).toEqual([
      ...FIRST,
      'counted 2 on 2026-11-03',
      'counted 3 on 2026-11-04',
      'completed 3 at 2026-11-04',
      'auto:3:gem: 3 of 3 at 2026-11-04, 0 remain',
    ]);
  });

  it('happens for a login that arrives after claimsUntil, at its own time', async () => {
    await world.start();
    const eventId = await world.publish();
    await world.logIn(randomUUID(), '2027-01-01T00:00:00.000Z');
    await world.logIn(player, on(2));
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).slice(1)).toEqual(['counted 1 on 2026-11-02', ...FIRST]);
  });

  it('happens for logins before the publication at the time of the publication', async () => {
    await world.start();
    await world.logIn(player, on(2));
    const eventId = await world.publish({}, '2026-11-20T00:00:00.000Z');
    await world.logIn(player, on(3));
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).filter((line) => line.startsWith('completed'))).toEqual([
      'completed 1 at 2026-11-20',
    ]);
  });

  it('promises the terms that judged the login, not a later increase that was recorded before it was counted', async () => {
    const eventId = await world.publish();
    await world.logIn(player, on(2));
    await world.change(eventId, 'RewardChanged', { name: 'coin', milestone: 1, amount: 99 });
    const later = randomUUID();
    await world.logIn(later, on(2));
    await world.start();
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).slice(2)).toEqual(FIRST);
    expect((await world.storyOf(eventId, later)).slice(3)).toEqual(['auto:1:coin: 99 of 1 at 2026-11-02, 0 remain']);
  });

  it('counts a login for a participation that another counter started with later terms', async () => {
    const eventId = await world.publish();
    await world.logIn(player, on(2));
    await world.change(eventId, 'RewardChanged', { name: 'coin', milestone: 1, amount: 99 });
    const ids = { eventId, accountId: player };
    await world.record(
      streams.participation(eventId, player),
      { type: 'ParticipationStarted', data: { ...ids, termsVersion: 2, at: on(3) } },
      {
        type: 'LoginCounted',
        data: { ...ids, loginId: randomUUID(), at: on(3), day: '2026-11-03', progress: 1, reached: [1], conditionMet: false },
      },
    );
    await world.start();
    await world.untilCounted([eventId]);
    expect((await world.storyOf(eventId, player)).slice(2)).toEqual([
      'counted 2 on 2026-11-02',
      'completed 1 at 2026-11-02',
      'auto:1:coin: 99 of 1 at 2026-11-02, 0 remain',
    ]);
  });

  describe('of an account that is erased', () => {
    const counted = ['started with 1', 'counted 1 on 2026-11-02'];

    it('does nothing for a login that the log has after the erasure, and everything for one before it', async () => {
      const eventId = await world.publish();
      const early = randomUUID();
      await world.logIn(early, on(2));
      for (const account of [early, player]) await world.erase(account);
      await world.logIn(player, on(2));
      await world.start();
      await world.untilCounted([eventId]);
      expect(await world.storyOf(eventId, player)).toEqual(counted);
      expect(await world.storyOf(eventId, early)).toEqual([...counted, ...FIRST]);
    });

    it('does nothing in a backfill, if the log has the erasure before the publication', async () => {
      const early = randomUUID();
      await world.logIn(player, on(2));
      await world.logIn(early, on(2));
      await world.erase(player);
      const eventId = await world.publish({}, '2026-11-20T00:00:00.000Z');
      await world.erase(early);
      await world.start();
      await world.untilCounted([eventId]);
      await until('the backfill', async () => (await world.store.readStream(streams.backfill(eventId))).length > 0);
      expect(await world.storyOf(eventId, player)).toEqual(counted);
      expect((await world.storyOf(eventId, early))[2]).toBe('completed 1 at 2026-11-20');
    });
  });

  it('has the same result for logins that could not be counted at first, because the zone of their cycles was unknown', async () => {
    const unknownZone = '+09:00';
    const [deferred, known] = [await world.publish({ cycle: 'DAY', timeZone: unknownZone }), await world.publish()];
    await world.logIn(player, on(2));
    await world.erase(player);
    await world.logIn(player, on(3));
    const counter = await world.start();
    await world.untilCounted([known]);
    await until('an uncounted login', () => counter.uncounted().length > 0);
    expect(counter.uncounted()).toEqual([{ scope: { eventId: deferred }, reason: expect.stringContaining(unknownZone) }]);

    const isValid = IANAZone.isValidZone.bind(IANAZone);
    jest.spyOn(IANAZone, 'isValidZone').mockImplementation((zone) => zone === unknownZone || isValid(zone));
    jest.spyOn(IANAZone.prototype, 'offset').mockReturnValue(540);
    jest.spyOn(IANAZone.prototype, 'isValid', 'get').mockReturnValue(true);
    IANAZone.resetCache();
    await world.stop();
    await world.start();
    await until('both cycles', async () => (await world.storyOf(deferred, player, '-20261103')).length > 0);
    expect(await world.storyOf(deferred, player, '-20261102')).toEqual(['started with 1', 'counted 1 on 2026-11-02', ...FIRST]);
    expect(await world.storyOf(deferred, player, '-20261103')).toEqual(['started with 1', 'counted 1 on 2026-11-03']);
  });

  /** A log of logins and of what changes their outcome, in random order. */
  const STEP = fc.oneof(
    { weight: 12, arbitrary: fc.record({ account: fc.nat(2), day: fc.integer({ min: 1, max: 12 }), isRepeated: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'pause',
        'resume',
        'delete',
        'restore',
        'hold',
        'release',
        'increase',
        'reduce',
        'erase',
        'publish',
      ),
    },
  );

  it('has the same result for any number of counters, restarts and full counts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 15, maxLength: 40 }), async (steps) => {
        const accounts = [randomUUID(), randomUUID(), randomUUID()];
        const [calendar, weekly, late] = [randomUUID(), randomUUID(), randomUUID()];
        const worlds = [new World(), new World()] as const;
        try {
          const [one, other] = worlds;
          for (const [index, current] of worlds.entries()) {
            if (index === 0) await current.start();
            await current.publish({}, PUBLISHED_AT, calendar);
            await current.publish({ cycle: 'WEEK', condition: { type: 'LOGIN_STREAK', count: 5 } }, PUBLISHED_AT, weekly);
            let isPublished = false;
            let last = '';
            for (const [number, step] of steps.entries()) {
              if (typeof step === 'object') {
                last = step.isRepeated && last !== '' ? last : `login-${number}`;
                await current.logIn(accounts[step.account] ?? '', on(step.day), last);
              } else if (step === 'erase') await current.erase(accounts[2] ?? '');
              else if (step === 'publish') {
                if (!isPublished) await current.publish({}, '2026-11-08T00:00:00.000Z', late);
                isPublished = true;
              } else
                for (const eventId of [calendar, weekly]) await current.change(eventId, CHANGES[step].type, CHANGES[step].data);
              if (index === 0 && number % 10 === 9) {
                await current.stop();
                await current.start();
              }
            }
            if (!isPublished) await current.publish({}, '2026-11-08T00:00:00.000Z', late);
          }
          // The other log is complete before two counters with separate checkpoints race over it.
          const documents = openEmbeddedDocumentStore({ file: join(other.directory, 'second.db') });
          await Promise.all([other.start(), other.start(documents)]);
          const final = randomUUID();
          for (const current of worlds) {
            for (const eventId of [calendar, weekly])
              for (const { type } of [CHANGES.resume, CHANGES.restore]) await current.change(eventId, type);
            await current.logIn(final, on(2));
            for (const eventId of [calendar, weekly, late])
              await until('the last login', () => current.isCounted(eventId, final));
            await until('the backfill', async () => (await current.store.readStream(streams.backfill(late))).length > 0);
          }
          const storiesIn = async (current: World) =>
            Object.fromEntries(
              await Promise.all(
                [calendar, weekly, late].map(async (eventId) => [eventId, sorted(await current.storiesOf(eventId))] as const),
              ),
            );
          const expected = await storiesIn(one);
          const { [late]: lateStories, ...others } = await storiesIn(other);
          // In the late event, logins before and after its publication are counted side by side, so their order may differ.
          const { [late]: _expectedLate, ...expectedOthers } = expected;
          expect(others).toEqual(expectedOthers);
          await one.stop();
          await one.rebuild();
          await one.start();
          await one.untilCounted([calendar]);
          const again = await storiesIn(one);
          for (const [eventId, stories] of Object.entries(expected))
            for (const [key, story] of Object.entries(stories)) expect(again[eventId]?.[key]).toEqual(story);
          for (const story of Object.values(lateStories ?? {})) {
            const claims = story.filter((line) => line.startsWith('auto:')).map((line) => line.split(': ')[0]);
            expect(new Set(claims).size).toBe(claims.length);
          }
          await other.stop();
          await documents.close();
        } finally {
          for (const current of worlds) await current.close();
        }
      }),
      { numRuns: 10 },
    );
  }, 180_000);
});

const sorted = (stories: ReadonlyMap<string, readonly string[]>) => Object.fromEntries([...stories].sort());

const CHANGES = {
  pause: { type: 'RewardEventPaused', data: { counting: 'CONTINUE' } },
  resume: { type: 'RewardEventResumed', data: {} },
  delete: { type: 'RewardEventDeleted', data: {} },
  restore: { type: 'RewardEventRestored', data: {} },
  hold: { type: 'RewardHeld', data: { name: 'coin', milestone: 1 } },
  release: { type: 'RewardReleased', data: { name: 'coin', milestone: 1 } },
  increase: { type: 'RewardChanged', data: { name: 'gem', milestone: 3, amount: 50 } },
  reduce: { type: 'RewardChanged', data: { name: 'coin', milestone: 1, amount: 1 } },
} as const;
