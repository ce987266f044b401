import { randomUUID } from 'node:crypto';
import { formatPosition, streams, upcast, type Position } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, recorded, type Fact } from '@rewards/contracts/testing/sample-events';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { Clock } from '@rewards/service-kit/clock';
import { CountedLogins } from './counted-logins';

const AT = '2026-11-15T00:00:00.000Z';

describe('queries that wait for logins', () => {
  it('share the reads of the checkpoint, and read their own streams only when it moves', async () => {
    const logins = Array.from({ length: 100 }, () => ({ accountId: randomUUID(), loginId: randomUUID() }));
    const byStream = new Map(
      logins.map(({ accountId, loginId }) => {
        const stream = streams.login(accountId, AT);
        return [stream, recorded([{ stream, event: { type: 'LoggedIn', data: { loginId, accountId, at: AT } } }])];
      }),
    );
    const [before, after] = [formatPosition(0), formatPosition(1_000)];
    let position: Position = before;
    const reads = { checkpoint: 0, stream: 0 };
    const checkpoints = {
      get: async () => {
        reads.checkpoint += 1;
        // The counter passes the logins while the queries wait.
        if (reads.checkpoint === 10) position = after;
        return { document: { logId: 'log', position, eventId: 'event' } };
      },
    };
    const log = {
      logId: async () => 'log',
      eventIdAt: async () => 'event',
      head: async () => after,
      readStream: async (stream: string) => {
        reads.stream += 1;
        return position === before ? [] : (byStream.get(stream) ?? []);
      },
    };
    const documents = { collection: async () => checkpoints };
    const counted = new CountedLogins(
      documents as unknown as DocumentStore,
      log as unknown as EventStore,
      new Clock(() => Date.parse(AT)),
      upcast,
    );
    const deadline = performance.now() + 10_000;
    expect(await Promise.all(logins.map((login) => counted.waitFor(login, deadline)))).toEqual(logins.map(() => after));
    expect(reads.checkpoint).toBe(10);
    // Before they wait, the current month and the account; after the move, the current month.
    expect(reads.stream).toBe(logins.length * 3);
  });
});

describe('progress after a login', () => {
  const [accountId, loginId, eventId] = [randomUUID(), randomUUID(), randomUUID()];
  const event = factsOfEvent(eventId);
  const login = { stream: streams.login(accountId, AT), event: { type: 'LoggedIn', data: { loginId, accountId, at: AT } } };

  /** Waits for the login a number of times, and returns how often the streams of the event were read. */
  const readsOf = async (times: number, facts: readonly Fact[]) => {
    const reads: string[] = [];
    const all = recorded([login, ...facts]);
    const position = formatPosition(1_000);
    const log = {
      logId: async () => 'log',
      eventIdAt: async () => 'event',
      head: async () => position,
      readStream: async (stream: string) => {
        if (stream !== login.stream) reads.push(stream);
        return all.filter((one) => one.stream === stream);
      },
    };
    const checkpoints = { get: async () => ({ document: { logId: 'log', position, eventId: 'event' } }) };
    const counted = new CountedLogins(
      { collection: async () => checkpoints } as unknown as DocumentStore,
      log as unknown as EventStore,
      new Clock(() => Date.parse(AT)),
      upcast,
    );
    for (let time = 0; time < times; time += 1)
      await counted.waitFor({ accountId, loginId, eventId }, performance.now() + 100).catch(() => undefined);
    return reads;
  };
  const [ofEvent, ofBackfill] = [streams.rewardEvent(eventId), streams.backfill(eventId)];
  const backfilled = { stream: ofBackfill, event: { type: 'LoginsBackfilled', data: { eventId } } } as unknown as Fact;

  it('reads the event and its backfill once after the backfill has finished', async () => {
    const published = event.published('2026-11-10T00:00:00.000Z');
    expect(await readsOf(3, [event.created(), event.added(ELIXIR), published, backfilled])).toEqual([ofEvent, ofBackfill]);
  });

  it('reads an event once that has begun after its publication', async () => {
    const published = event.published('2026-10-01T00:00:00.000Z');
    expect(await readsOf(3, [event.created(), event.added(ELIXIR), published])).toEqual([ofEvent]);
  });

  it('reads an event each time while that can change', async () => {
    expect(await readsOf(2, [event.created(), event.added(ELIXIR)])).toEqual([ofEvent, ofEvent]);
    const later = event.created({ startsAt: '2026-11-20T00:00:00.000Z' });
    const published = event.published('2026-11-10T00:00:00.000Z');
    expect(await readsOf(2, [later, event.added(ELIXIR), published])).toEqual([ofEvent, ofEvent]);
  });
});
