import { streams } from '@rewards/contracts';
import { BusLogins, type BusLogin } from '../load/bus-logins';
import { cpuMsOf } from '../load/processes';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import { percentileOf } from '../suite/figures';
import type { Measurements, Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import type { PlannedEvent } from '../world/generate-log';
import { writeLog } from '../world/write-log';
import { COMMAND_SERVICE } from './claims';

const DAY = 86_400_000;
const DAYS = 28;
/** Players of a repetition, of whom one more logs in alone, so that the latency of each login is known. */
const PLAYERS_SHARE = 0.005;
const CONDITION = { type: 'LOGIN_DAYS', count: DAYS } as const;
const CALENDAR = { ...CONDITION, milestones: [1, 3, 7, 14] } as const;
const VARIANTS: Readonly<Record<string, PlannedEvent>> = {
  'plain event': CONDITION,
  calendar: CALENDAR,
  'calendar with automatic claims': { ...CALENDAR, autoClaim: true },
};

/** One event on an engine of its own, and the service that counts its logins. */
class Variant {
  private players = 0;

  private constructor(
    private readonly name: string,
    private readonly data: DataSet,
    private readonly bus: BusLogins,
    private readonly service: ServiceProcess,
    private readonly begin: number,
  ) {}

  static async start(bench: Measurements, name: string, event: PlannedEvent, authUrl: string): Promise<Variant> {
    const data = new DataSet(await bench.folder());
    // The window of a log begins ten days before its end: here early enough for all days of the calendar.
    const now = Date.now() - 20 * DAY;
    await writeLog(
      data,
      { players: 1, events: [event], loginDays: () => 0, completed: 0, claims: 0, rejected: 0, now },
      bench.progress,
    );
    const service = await ServiceProcess.start(COMMAND_SERVICE, { ...data.environment, AUTH_URL: authUrl });
    return new Variant(name, data, new BusLogins(data), service, now - 9 * DAY);
  }

  /** New players log in on every day; the first day is not measured. */
  async measure(bench: Measurements): Promise<void> {
    const first = this.players + 1;
    const count = Math.max(1, Math.ceil(bench.options.logins * PLAYERS_SHARE));
    this.players += count + 1;
    const together = Array.from({ length: count }, (_, index) => first + index);
    await this.bus.count(this.on(0, together), count);
    const cpu = cpuMsOf(this.service.pid);
    const later = Array.from({ length: DAYS - 1 }, (_, day) => this.on(day + 1, together)).flat();
    const seconds = await this.bus.count(later, later.length);
    bench.sample(`${this.name}: CPU of a login after the first`, 'ms/login', (cpuMsOf(this.service.pid) - cpu) / later.length);
    bench.sample(`${this.name}: logins after the first`, 'logins/s', later.length / seconds);

    const alone = [first + count];
    await this.bus.count(this.on(0, alone), 1);
    bench.sample(`${this.name}: first login in the log`, 'bytes', await this.bytesOf(first + count));
    const latencies: number[] = [];
    for (let day = 1; day < DAYS; day += 1) latencies.push((await this.bus.count(this.on(day, alone), 1)) * 1_000);
    latencies.sort((a, b) => a - b);
    bench.sample(`${this.name}: a login alone until it is counted, p50`, 'ms', percentileOf(latencies, 0.5));
  }

  async stop(): Promise<void> {
    await this.bus.close();
    await this.service.stop();
  }

  private on(day: number, players: readonly number[]): readonly BusLogin[] {
    return players.map((player) => ({ player, at: this.begin + day * DAY }));
  }

  /** The data of all domain events of a participation. */
  private async bytesOf(player: number): Promise<number> {
    const recorded = await this.bus.store.readStream(
      streams.participation(this.data.ids.event(0), this.data.ids.account(player)),
    );
    return recorded.reduce((bytes, { data }) => bytes + Buffer.byteLength(JSON.stringify(data)), 0);
  }
}

export const calendar: Phase = {
  name: 'calendar',
  purpose: 'logins on 28 days in a plain event, in a calendar with five milestones, and in one that grants automatically',
  weight: 1,
  async run(bench) {
    const tokens = await TokenIssuer.start();
    const variants: Variant[] = [];
    try {
      for (const [name, event] of Object.entries(VARIANTS)) variants.push(await Variant.start(bench, name, event, tokens.url));
      await bench.repeat(async () => {
        for (const variant of variants) await variant.measure(bench);
      });
    } finally {
      for (const variant of variants) await variant.stop();
      await tokens.stop();
    }
  },
};
