/**
 * Measures the backfill of an event whose window began a month before its publication, under continuous logins.
 * Usage: npm run bench:backfill -- [recorded logins, default 100000]
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@rewards/async';
import { createCommandService } from '@rewards/command-service/dist/command-service';
import { START, streams } from '@rewards/contracts';
import { NO_STREAM, type EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';

const DAY = 86_400_000;
const CONCURRENT = 256;
const LIVE_LOGINS_PER_SECOND = 100;
const operator = {
  accountId: randomUUID(),
  email: 'operator@example.com',
  roles: ['OPERATOR'] as const,
  expiresAt: Infinity,
  tokenId: 'token',
};

const recordLogins = async (store: EventStore, count: number): Promise<string[]> => {
  const accounts = Array.from({ length: count }, () => randomUUID());
  for (let first = 0; first < count; first += CONCURRENT) {
    await Promise.all(
      accounts.slice(first, first + CONCURRENT).map((accountId, index) => {
        const at = new Date(Date.now() - 29 * DAY * ((first + index + 1) / count)).toISOString();
        const metadata = { schemaVersion: 1, correlationId: 'bench', causationId: null, actor: { service: 'bench' }, at };
        const data = { loginId: randomUUID(), accountId, at };
        return store.append(streams.login(accountId, at), NO_STREAM, [{ id: randomUUID(), type: 'LoggedIn', data, metadata }]);
      }),
    );
  }
  return accounts;
};

const publishLogin = (bus: MessageBus, accountId: string): Promise<void> => {
  const loginId = randomUUID();
  const event = { type: 'LoggedIn', data: { loginId, accountId, at: new Date().toISOString() } };
  const message = { messageId: loginId, event, actor: { accountId, roles: ['USER'] }, correlationId: 'bench' };
  return bus.publish('logins', [{ key: accountId, value: JSON.stringify(message) }]);
};

const countLogins = async (store: EventStore, eventId: string): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for await (const { events, caughtUp } of store.subscribe({ after: START, prefixes: [`participation-${eventId}`] })) {
    for (const { type, stream } of events) if (type === 'LoginCounted') counts.set(stream, (counts.get(stream) ?? 0) + 1);
    if (caughtUp) return counts;
  }
  return counts;
};

const main = async (): Promise<void> => {
  const recorded = Number(process.argv[2] ?? 100_000);
  const dataDir = await mkdtemp(join(tmpdir(), 'backfill-'));
  const settings = readSettings({ DATA_DIR: dataDir });
  const service = await createCommandService(settings, createLogger('bench', 'error'), { identify: async () => operator });
  const store = openEventStore(settings, 'write');
  const bus = openMessageBus(settings);
  const accounts = await recordLogins(store, recorded);
  while ((await service.app.inject('/health/ready')).statusCode !== 200) await sleep(20);

  const started = performance.now();
  const answer = await service.app.inject({
    method: 'POST',
    url: '/events',
    headers: { authorization: 'Bearer x' },
    payload: {
      name: 'a month ago',
      startsAt: new Date(Date.now() - 30 * DAY).toISOString(),
      endsAt: new Date(Date.now() + DAY).toISOString(),
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [{ name: 'potion', type: 'ITEM', amount: 1 }],
      publish: true,
    },
  });
  const { eventId } = answer.json<{ data: { eventId: string } }>().data;
  let live = 0;
  while ((await store.readStream(streams.backfill(eventId))).length === 0) {
    await publishLogin(bus, accounts[live % accounts.length] ?? '');
    live += 1;
    await sleep(1_000 / LIVE_LOGINS_PER_SECOND);
  }
  const seconds = (performance.now() - started) / 1_000;
  const total = () => countLogins(store, eventId).then((counts) => [...counts.values()].reduce((sum, count) => sum + count, 0));
  while ((await total()) < recorded + live) await sleep(100);
  process.stdout.write(
    `${recorded} recorded logins and ${live} live logins: backfilled in ${seconds.toFixed(1)} s, ${await total()} counted\n`,
  );
  await service.close();
  await Promise.all([store.close(), bus.close()]);
  await rm(dataDir, { recursive: true });
};

void main();
