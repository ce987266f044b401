import { randomUUID } from 'node:crypto';
import { formatPosition, streams, upcast, type Position } from '@rewards/contracts';
import { recorded } from '@rewards/contracts/testing/sample-events';
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
