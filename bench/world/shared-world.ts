import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInProcess } from '../load/service-process';
import { DataSet } from './data-set';
import { REALISTIC } from './generate-log';
import { writeAccounts } from './write-accounts';
import { writeLog, type WrittenLog } from './write-log';

/** The outcome of filling read models. */
export interface Filled {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

/** The realistic log of a run. It is written when the first phase needs it. */
export class SharedWorld {
  private opened: Promise<{ readonly data: DataSet; readonly log: WrittenLog }> | null = null;
  private filled = false;

  constructor(private readonly players: number) {}

  /** Returns the log with its players' accounts, written before the first call returns. */
  open(progress: (text: string) => void): Promise<{ readonly data: DataSet; readonly log: WrittenLog }> {
    this.opened ??= this.create(progress);
    return this.opened;
  }

  /** Returns it after all read models have caught up. */
  async openFilled(progress: (text: string) => void): ReturnType<SharedWorld['open']> {
    const opened = await this.open(progress);
    if (!this.filled) {
      progress('filling the read models');
      await fillReadModels(opened.data, []);
      this.filled = true;
    }
    return opened;
  }

  /** Notes that a phase has filled the read models. */
  markFilled(): void {
    this.filled = true;
  }

  async remove(): Promise<void> {
    const opened = await this.opened?.catch(() => null);
    if (opened) await rm(opened.data.folder, { recursive: true, force: true });
  }

  private async create(progress: (text: string) => void) {
    const data = new DataSet(await mkdtemp(join(tmpdir(), 'bench-world-')));
    progress(`writing the log of ${this.players} players`);
    const log = await writeLog(data, { players: this.players, ...REALISTIC, now: Date.now() }, progress);
    await writeAccounts(data, this.players);
    progress(`the log has ${log.events} events; a login counts for ${log.openCounts.toFixed(1)} events on average`);
    return { data, log };
  }
}

/** Lets read models catch up with the log in a separate process. @param names of the read models; all if it is empty */
export const fillReadModels = ({ environment }: DataSet, names: readonly string[]): Promise<Filled> =>
  runInProcess<Filled>(require.resolve('./fill-read-models'), [JSON.stringify(environment), ...names]);
