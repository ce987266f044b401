import { BusLogins } from '../load/bus-logins';
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
/** So many that no condition is met during the measurement. */
const UNREACHED = 1_000;

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
      const bus = new BusLogins(data);
      const count = (logins: number): Promise<number> =>
        bus.count(
          Array.from({ length: logins }, (_, number) => ({ player: number % PLAYERS, at: Date.now() })),
          logins * active,
        );
      try {
        const logins = Math.ceil((bench.options.logins * LOGINS_SHARE) / Math.sqrt(active));
        const row = `${active} active event${active === 1 ? '' : 's'}`;
        await count(Math.ceil(logins / 10));
        await bench.repeat(async () => {
          const cpu = cpuMsOf(service.pid);
          const seconds = await count(logins);
          bench.sample(`${row}: logins`, 'logins/s', logins / seconds);
          bench.sample(`${row}: counted`, 'progress events/s', (logins * active) / seconds);
          bench.sample(`${row}: CPU`, 'ms/login', (cpuMsOf(service.pid) - cpu) / logins);
        });
      } finally {
        await bus.close();
        await service.stop();
        await tokens.stop();
      }
    }
  },
};
