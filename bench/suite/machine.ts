import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { readSettings } from '@rewards/service-kit';
import { describeEngines } from '@rewards/service-kit/engines';

/** The machine and the engines of a run, without which its figures mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Load average over a minute before the run. If it is not far below the number of cores, other programs were running. */
  readonly loadBefore: number;
  readonly engines: Readonly<Record<string, string>>;
}

const MIB = 2 ** 20;

export const describeMachine = (): Machine => {
  // The data folder of a run is temporary, so the description of an embedded engine leaves it out.
  const engines = Object.entries(describeEngines(readSettings())).map(([part, engine]) => [part, engine.replace(/ in .*$/, '')]);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / MIB / 102.4) / 10,
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    engines: Object.fromEntries(engines) as Record<string, string>,
  };
};

/** @returns the description in one line */
export const machineLine = ({ cpu, cores, memoryGiB, system, node, loadBefore, engines }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node.js ${node}, load ${loadBefore}; ${Object.values(engines).join(', ')}`;
