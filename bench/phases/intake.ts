import { randomUUID } from 'node:crypto';
import { PREFIXES } from '@rewards/contracts';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { cpuMsOf } from '../load/processes';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import type { Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { writeLog } from '../world/write-log';
import { COMMAND_SERVICE } from './claims';

const ACTIVE_EVENTS = [1, 20] as const;
/** Logins of a repetition with one active event, as a share of `--logins`; with more, accordingly fewer. */
const LOGINS_SHARE = 0.25;
const PLAYERS = 1_000;
const PUBLISHED_AT_ONCE = 500;
/** So many that no condition is met during the measurement. */
const UNREACHED = 1_000;

/** Publishes logins on the bus, as auth-service does, and waits until all of them are counted. */
const countLogins = async (data: DataSet, active: number, logins: number): Promise<number> => {
  const store = openEventStore(data.settings, 'read');
  const bus = openMessageBus(data.settings);
  const ended = new AbortController();
  try {
    const after = await store.head();
    const startedAt = performance.now();
    for (let from = 0; from < logins; from += PUBLISHED_AT_ONCE) {
      const numbers = Array.from({ length: Math.min(PUBLISHED_AT_ONCE, logins - from) }, (_, index) => from + index);
      await bus.publish(
        'logins',
        numbers.map((number) => messageOf(data.ids.account(number % PLAYERS))),
      );
    }
    let counted = 0;
    for await (const batch of store.subscribe({ after, prefixes: [PREFIXES.participation], signal: ended.signal })) {
      for (const { type } of batch.events) if (type === 'LoginCounted') counted += 1;
      if (counted >= logins * active) break;
    }
    return (performance.now() - startedAt) / 1_000;
  } finally {
    ended.abort();
    await Promise.all([store.close(), bus.close()]);
  }
};

const messageOf = (accountId: string) => {
  const loginId = randomUUID();
  const event = { type: 'LoggedIn', data: { loginId, accountId, at: new Date().toISOString() } };
  const message = { messageId: loginId, event, actor: { accountId, roles: ['USER'] }, correlationId: 'bench' };
  return { key: accountId, value: JSON.stringify(message) };
};

export const intake: Phase = {
  name: 'intake',
  purpose: 'from login messages on the bus to counted progress, by command-service alone',
  weight: 1.5,
  async run(bench) {
    for (const active of ACTIVE_EVENTS) {
      const data = new DataSet(await bench.folder());
      const events = Array.from({ length: active }, () => ({ type: 'LOGIN_COUNT', count: UNREACHED }) as const);
      const plan = { players: 1, events, loginDays: () => 0, completed: 0, claims: 0, rejected: 0, now: Date.now() };
      await writeLog(data, plan, bench.progress);
      const tokens = await TokenIssuer.start();
      const service = await ServiceProcess.start(COMMAND_SERVICE, { ...data.environment, AUTH_URL: tokens.url });
      try {
        const logins = Math.ceil((bench.options.logins * LOGINS_SHARE) / Math.sqrt(active));
        const row = `${active} active event${active === 1 ? '' : 's'}`;
        await countLogins(data, active, Math.ceil(logins / 10));
        await bench.repeat(async () => {
          const cpu = cpuMsOf(service.pid);
          const seconds = await countLogins(data, active, logins);
          bench.sample(`${row}: logins`, 'logins/s', logins / seconds);
          bench.sample(`${row}: counted`, 'progress events/s', (logins * active) / seconds);
          bench.sample(`${row}: CPU`, 'ms/login', (cpuMsOf(service.pid) - cpu) / logins);
        });
      } finally {
        await service.stop();
        await tokens.stop();
      }
    }
  },
};
