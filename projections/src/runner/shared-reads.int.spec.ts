import { PREFIXES, START, type Position } from '@rewards/contracts';
import type { Batch, EventStore } from '@rewards/event-store';
import { NO_STREAM } from '@rewards/event-store';
import { newEvents } from '@rewards/event-store/testing/new-event';
import type { Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import { sharingReads } from './shared-reads';

const BATCHES = 8;
const PER_BATCH = 2_000;

describe('shared reads of the log', () => {
  let settings: Settings;
  let store: EventStore;
  let shared: EventStore;
  let subscribe: jest.SpyInstance;
  let head: Position;

  beforeEach(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    for (let number = 0; number < BATCHES; number += 1) {
      const prefix = number % 2 === 0 ? PREFIXES.participation : PREFIXES.login;
      await store.append(`${prefix}${number}`, NO_STREAM, newEvents(PER_BATCH));
    }
    await store.append(`${PREFIXES.rewardEvent}last`, NO_STREAM, newEvents(1));
    head = await store.head();
    subscribe = jest.spyOn(store, 'subscribe');
    shared = sharingReads(store);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
    removeData(settings);
  });

  /** Reads to the end of the log. @param beforeEach awaited before each batch */
  const read = async (prefixes?: readonly string[], beforeEach: (number: number) => Promise<void> = async () => undefined) => {
    const batches: Batch[] = [];
    for await (const batch of shared.subscribe({ after: START, ...(prefixes && { prefixes }) })) {
      batches.push(batch);
      if (batch.caughtUp) break;
      await beforeEach(batches.length);
    }
    return {
      events: batches.reduce((sum, { events }) => sum + events.length, 0),
      position: batches.at(-1)?.checkpoint.position,
      positions: batches.flatMap(({ events }) => events.map(({ position }) => position)),
    };
  };
  const startedAtTheBeginning = () => subscribe.mock.calls.filter(([{ after }]) => after === START).length;

  it('deliver to each subscription its own events, in order, from one read', async () => {
    const [all, participations] = await Promise.all([read(), read([PREFIXES.participation])]);
    expect(all).toMatchObject({ events: BATCHES * PER_BATCH + 1, position: head });
    expect(participations).toMatchObject({ events: (BATCHES / 2) * PER_BATCH, position: head });
    for (const { positions } of [all, participations]) expect(positions).toEqual([...new Set(positions)].toSorted());
    expect(startedAtTheBeginning()).toBe(1);
  });

  it('let a slow subscription continue on its own', async () => {
    let release = (): void => undefined;
    const fastDone = new Promise<void>((resolve) => (release = resolve));
    const slow = read(undefined, (number) => (number === 1 ? fastDone : Promise.resolve()));
    expect(await read()).toMatchObject({ events: BATCHES * PER_BATCH + 1 });
    release();
    const { events, positions } = await slow;
    expect(subscribe.mock.calls.length).toBeGreaterThan(2);
    expect(events).toBe(BATCHES * PER_BATCH + 1);
    expect(positions).toEqual([...new Set(positions)].toSorted());
  });

  it('leave the filter to the engine for a subscription to few events', async () => {
    expect(await read([PREFIXES.rewardEvent])).toMatchObject({ events: 1, position: head });
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(subscribe).toHaveBeenCalledWith(expect.objectContaining({ prefixes: [PREFIXES.rewardEvent] }));
  });

  it('leave the filter to the engine for a subscription without others', async () => {
    expect(await read([PREFIXES.participation])).toMatchObject({ events: (BATCHES / 2) * PER_BATCH, position: head });
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(subscribe).toHaveBeenCalledWith(expect.objectContaining({ prefixes: [PREFIXES.participation] }));
  });

  it('end with the failure of the read for every subscription, and begin again after it', async () => {
    subscribe.mockImplementationOnce(() => {
      throw new Error('unavailable');
    });
    const outcomes = await Promise.allSettled([read(), read()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await read()).toMatchObject({ events: BATCHES * PER_BATCH + 1 });
  });
});
