import { randomUUID } from 'node:crypto';
import { sleep } from '@rewards/async';
import { START, streams, type Position } from '@rewards/contracts';
import { CHECKPOINTS } from '@rewards/command-service/dist/counter/checkpoint';
import { rebuildCounter } from '@rewards/command-service/dist/counter/rebuild-counter';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { cpuMsOf } from '../load/processes';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import type { Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { COMPLETED_PLAYERS } from '../world/generate-log';
import { writeLog } from '../world/write-log';
import { COMMAND_SERVICE } from './claims';

const POLL_MS = 25;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Logins of the last minutes, which an event that is published late counts. */
const RECENT_LOGINS = 200;

/** @returns the value of a metric of a service */
const metricOf = async ({ url }: ServiceProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
};

/** Waits until the counter has reached a position. It saves its checkpoint only at intervals, so it may first report no lag. */
const countedUpTo = async ({ settings }: DataSet, service: ServiceProcess, position: Position): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'read');
  const checkpoints = await documents.collection(CHECKPOINTS);
  for (let wasBehind = false; ;) {
    const saved = (await checkpoints.get('counter'))?.document.position ?? START;
    const isBehind = (await metricOf(service, 'counter_lag_seconds')) > 0;
    if (saved >= position || (wasBehind && !isBehind)) break;
    wasBehind ||= isBehind;
    await sleep(POLL_MS);
  }
  await documents.close();
};

const clearCounter = async ({ settings }: DataSet): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'write');
  await rebuildCounter(documents);
  await documents.close();
};

/** Records logins of other players in the last minutes, without the bus. */
const recordRecentLogins = async ({ settings, ids }: DataSet): Promise<void> => {
  const store = openEventStore(settings, 'write');
  for (let index = 0; index < RECENT_LOGINS; index += 1) {
    const accountId = ids.account(-1 - index);
    const at = new Date(Date.now() - MINUTE - index).toISOString();
    const metadata = { schemaVersion: 1, correlationId: 'bench', causationId: null, actor: { service: 'bench' }, at };
    const data = { loginId: randomUUID(), accountId, at };
    await store.append(streams.login(accountId, at), 'any', [{ id: randomUUID(), type: 'LoggedIn', data, metadata }]);
  }
  await store.close();
};

/** Publishes an event that began in the past. @returns seconds until its logins were counted */
const backfill = async (data: DataSet, service: ServiceProcess, tokens: TokenIssuer, startedAgoMs: number): Promise<number> => {
  const store = openEventStore(data.settings, 'read');
  const startedAt = performance.now();
  const answer = await fetch(`${service.url}/events`, {
    method: 'POST',
    headers: tokens.staffHeaders(data.ids.account(-1), 'OPERATOR'),
    body: JSON.stringify({
      name: 'published late',
      startsAt: new Date(Date.now() - startedAgoMs).toISOString(),
      endsAt: new Date(Date.now() + DAY).toISOString(),
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [{ name: 'potion', type: 'ITEM', amount: 1 }],
      publish: true,
    }),
  });
  const { data: event } = (await answer.json()) as { readonly data?: { readonly eventId: string } };
  if (!event) throw new Error(`POST /events: ${answer.status}`);
  while ((await store.readStream(streams.backfill(event.eventId))).length === 0) await sleep(POLL_MS);
  await store.close();
  return (performance.now() - startedAt) / 1_000;
};

export const recount: Phase = {
  name: 'recount',
  purpose: 'recount of all logins by a counter without a checkpoint, and backfills of events that are published late',
  weight: 1.5,
  async run(bench) {
    const data = new DataSet(await bench.folder());
    const players = bench.options.logins;
    const plan = { players, ...COMPLETED_PLAYERS, events: [{ type: 'LOGIN_COUNT', count: 2 }] as const, completed: 0 };
    const log = await writeLog(data, { ...plan, now: Date.now() }, bench.progress);
    await recordRecentLogins(data);
    const tokens = await TokenIssuer.start();
    const environment = { ...data.environment, AUTH_URL: tokens.url };
    bench.note(`The log has ${log.logins} logins of as many players, and ${RECENT_LOGINS} of the last minutes.`);
    try {
      await bench.repeat(async () => {
        await clearCounter(data);
        const startedAt = performance.now();
        const service = await ServiceProcess.start(COMMAND_SERVICE, environment);
        try {
          await countedUpTo(data, service, log.head);
          const seconds = (performance.now() - startedAt) / 1_000;
          bench.sample('recount, including the start', 'logins/s', log.logins / seconds);
          bench.sample('recount: CPU', 'ms/login', cpuMsOf(service.pid) / log.logins);
          bench.sample('event published ten minutes late', 's', await backfill(data, service, tokens, 10 * MINUTE));
          const cpu = cpuMsOf(service.pid);
          const all = await backfill(data, service, tokens, 30 * DAY);
          bench.sample('backfill of all logins', 'logins/s', log.logins / all);
          bench.sample('backfill of all logins: CPU', 'ms/login', (cpuMsOf(service.pid) - cpu) / log.logins);
        } finally {
          await service.stop();
        }
      });
    } finally {
      await tokens.stop();
    }
  },
};
