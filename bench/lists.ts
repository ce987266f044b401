/**
 * Measures lists of large read models, through query-service in its own process: claims with each filter and with event and
 * status, the audit, and the participations of an event. Each list is read at its first page, in its middle and near its end.
 * Usage: npm run bench:lists -- [claims, default 1000000] [reads of each list and depth, default 200]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ACCOUNT_DIRECTORY,
  formatPosition,
  parsePosition,
  readModelCollection,
  START,
  type AccountDirectoryEntry,
  sortKey,
  type Position,
  upcast,
} from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { Checkpoints } from '@rewards/projections/dist/runner/checkpoints';
import { address, foldInto } from '@rewards/projections/dist/runner/fold';
import { createQueryService } from '@rewards/query-service/dist/query-service';
import { toCursor } from '@rewards/query-service/dist/read-models/order';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { NODE_FLAGS } from '../e2e/testing/system';
import { accountIdOf, eventIdOf, LOG_SPAN, recordedLog, REWARD_NAMES } from './realistic-log';

/** See `realistic-log.ts`. */
const FACTS_PER_PLAYER = 19;
const CLAIMS_PER_FACT = 9 / FACTS_PER_PLAYER;
const BATCH_SIZE = 1_000;
const READ_MODELS = ['events', 'participations', 'claims', 'audit'];
const LOG_ID = 'bench';
const DAY = 86_400_000;
const auditor = {
  accountId: accountIdOf(0),
  email: 'auditor@example.com',
  roles: ['AUDITOR'] as const,
  expiresAt: Infinity,
  tokenId: 'token',
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const emailOf = (accountId: string): string => `${accountId}@example.com`;

/** Fills the read models as projections does, but from a generated log that is not stored. @returns position of its last event */
const fill = async (views: DocumentStore, facts: number): Promise<Position> => {
  const checkpoints = new Checkpoints(views);
  const readModels = await Promise.all(
    PROJECTIONS.filter(({ name }) => READ_MODELS.includes(name)).map(async (projection) => {
      const { live } = await checkpoints.begin(projection.name, { table: projection.tableVersion, logId: LOG_ID });
      const name = readModelCollection(projection.name, live.version);
      const indexes = projection.indexes as readonly never[];
      return { projection, version: live.version, documents: await views.collection<object>({ name, indexes }) };
    }),
  );
  let position = START;
  for (const page of recordedLog(facts, BATCH_SIZE)) {
    position = page.at(-1)?.position ?? position;
    await Promise.all(
      readModels.map(async ({ projection, documents }) => {
        const own = page.filter(({ stream }) => projection.prefixes?.some((prefix) => stream.startsWith(prefix)) ?? true);
        const { addressed } = address(projection, own, upcast);
        const loaded = await documents.getMany([...new Set(addressed.map(({ id }) => id))]);
        await documents.writeNewer(foldInto(projection, loaded, addressed).changed);
      }),
    );
  }
  for (const { projection, version } of readModels)
    await checkpoints.advance(projection.name, version, {
      checkpoint: { logId: LOG_ID, position, eventId: null },
      failure: null,
    });
  return position;
};

const fillDirectory = async (accounts: DocumentStore, facts: number): Promise<void> => {
  const directory = await accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  const players = Array.from({ length: Math.ceil(facts / FACTS_PER_PLAYER) + 1_000 }, (_, player) => accountIdOf(player));
  for (let from = 0; from < players.length; from += BATCH_SIZE) {
    await Promise.all(
      players
        .slice(from, from + BATCH_SIZE)
        .map((accountId) => directory.insert(accountId, { accountId, email: emailOf(accountId) })),
    );
  }
};

const serve = async (dataDir: string): Promise<void> => {
  const settings = readSettings({ DATA_DIR: dataDir });
  const service = await createQueryService(settings, createLogger('bench', 'error'), {
    identify: async () => auditor,
    now: () => LOG_SPAN.from + DAY,
  });
  await service.app.listen({ port: 0, host: '127.0.0.1' });
  process.once('message', () => void service.close().then(() => process.disconnect()));
  process.send?.(await service.app.getUrl());
};

const DEPTHS = [
  ['first page', 1],
  ['middle', 0.5],
  ['deep', 0.02],
] as const;

const listsOf = (
  facts: number,
): readonly { readonly name: string; readonly url: string; readonly by: 'order' | 'position' }[] => {
  // A player in the middle of the log, and the event of this player.
  const player = Math.floor(facts / FACTS_PER_PLAYER / 2);
  const [accountId, eventId] = [accountIdOf(player), eventIdOf(player)];
  const at = (share: number) => new Date(LOG_SPAN.from + share * LOG_SPAN.days * DAY).toISOString();
  const claims: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    all: {},
    eventId: { eventId },
    email: { email: emailOf(accountId) },
    accountId: { accountId },
    rewardName: { rewardName: REWARD_NAMES[0] ?? '' },
    'rewardName nobody claimed': { rewardName: REWARD_NAMES[1] ?? '' },
    'status SUCCESS': { status: 'SUCCESS' },
    'status FAILURE': { status: 'FAILURE' },
    reason: { reason: 'INSUFFICIENT_REMAINING' },
    'from and to': { from: at(0.01), to: at(0.99) },
    'eventId and status SUCCESS': { eventId, status: 'SUCCESS' },
    'eventId and status FAILURE': { eventId, status: 'FAILURE' },
  };
  const audit: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    all: {},
    type: { type: 'EventCompleted' },
    accountId: { accountId },
    eventId: { eventId },
    actor: { actor: 'command-service' },
    'from and to': { from: at(0.01), to: at(0.99) },
  };
  const participations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    all: {},
    'status COMPLETED': { status: 'COMPLETED' },
    'status IN_PROGRESS': { status: 'IN_PROGRESS' },
    email: { email: emailOf(accountId) },
  };
  const lists = (path: string, filters: typeof claims, by: 'order' | 'position') =>
    Object.entries(filters).map(([name, filter]) => ({
      name: `${path.replace(eventId, '{eventId}')} ${name}`,
      url: `${path}?${new URLSearchParams(filter).toString()}`,
      by,
    }));
  return [
    ...lists('/claims', claims, 'order'),
    ...lists('/audit', audit, 'order'),
    ...lists(`/events/${eventId}/participations`, participations, 'position'),
  ];
};

/** Returns a cursor after a share of the log. Lists accept any cursor in the right format. */
const cursorAt = (share: number, end: Position, by: 'order' | 'position'): string => {
  const position = formatPosition(BigInt(Math.floor(Number(parsePosition(end).commit) * share)));
  const at = new Date(LOG_SPAN.from + Math.floor(share * LOG_SPAN.days * DAY)).toISOString();
  return by === 'order' ? toCursor(sortKey(at, position)) : position;
};

const measure = async (base: string, facts: number, end: Position, reads: number): Promise<void> => {
  let worst = 0;
  for (const { name, url, by } of listsOf(facts)) {
    const figures: string[] = [];
    for (const [depth, share] of DEPTHS) {
      const times: number[] = [];
      let rows = 0;
      for (let read = 0; read < reads; read += 1) {
        // Each read uses a different cursor, so that it does not profit from pages cached by the last one.
        const cursor = share === 1 ? '' : `&cursor=${cursorAt(share * (1 - read / reads / 2), end, by)}`;
        const started = performance.now();
        const answer = await fetch(`${base}${url}&limit=100${cursor}`, { headers: { authorization: 'Bearer x' } });
        const { data } = (await answer.json()) as { readonly data?: readonly unknown[] };
        if (answer.status !== 200 || !data) throw new Error(`${url}: ${answer.status}`);
        times.push(performance.now() - started);
        rows = Math.max(rows, data.length);
      }
      times.sort((a, b) => a - b);
      const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0;
      worst = Math.max(worst, p99);
      figures.push(`${depth} ${(times[Math.floor(times.length / 2)] ?? 0).toFixed(1)}/${p99.toFixed(1)} (${rows} rows)`);
    }
    print(`${name}: p50/p99 in ms: ${figures.join(', ')}`);
  }
  print(`worst p99: ${worst.toFixed(1)} ms`);
};

const main = async (): Promise<void> => {
  const [first = '1000000', second = '200'] = process.argv.slice(2);
  if (first === 'serve') return serve(second);
  const facts = Math.ceil(Number(first) / CLAIMS_PER_FACT);
  const directory = await mkdtemp(join(tmpdir(), 'lists-'));
  try {
    const settings = readSettings({ DATA_DIR: directory });
    const [views, accounts] = [openDocumentStore(settings, 'views', 'write'), openDocumentStore(settings, 'accounts', 'write')];
    const end = await fill(views, facts);
    await fillDirectory(accounts, facts);
    await Promise.all([views.close(), accounts.close()]);
    const child = fork(__filename, ['serve', directory], { execArgv: [...NODE_FLAGS] });
    try {
      const [base] = (await once(child, 'message')) as [string];
      await measure(base, facts, end, Number(second));
    } finally {
      const exited = once(child, 'exit');
      child.send('stop');
      await exited;
    }
  } finally {
    await rm(directory, { recursive: true });
  }
};

void main();
