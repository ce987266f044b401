import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { System, until, type Service } from '../testing/system';
import { PROCESSES, type Fault, type ProcessName } from './schedule';

/** How long a process that was told to die somewhere may take to get there. */
const CRASH_PATIENCE_MS = 4_000;

/** The five services as processes, two of them twice, that faults are done to. */
export class Processes {
  private constructor(
    readonly system: System,
    private readonly seed: number,
    private readonly ports: Readonly<Record<string, string>>,
  ) {}

  static async start(seed: number, secondPorts: readonly [command: number, projections: number]): Promise<Processes> {
    const root = (service: string): string => require.resolve(`./testing/${service}`);
    const system = await System.start(
      { LOG_LEVEL: 'warn', FAULT_SEED: String(seed) },
      {
        'auth-service': root('auth-service'),
        'command-service': root('command-service'),
        projections: root('projections'),
      },
    );
    const processes = new Processes(system, seed, {
      COMMAND_PORT: String(secondPorts[0]),
      PROJECTIONS_PORT: String(secondPorts[1]),
    });
    for (const name of ['second command-service', 'second projections'] as const) processes.launch(name);
    return processes;
  }

  async do(fault: Fault): Promise<void> {
    const { process: name } = fault;
    switch (fault.kind) {
      case 'kill':
        await this.system.kill(name);
        await delay(fault.downMs);
        this.launch(name);
        return;
      case 'freeze':
        this.signal(name, 'SIGSTOP');
        await delay(fault.forMs);
        this.signal(name, 'SIGCONT');
        return;
      case 'disk-full': {
        const flag = join(this.system.dataDir, `disk-full ${name}`);
        writeFileSync(flag, '');
        await delay(fault.forMs);
        rmSync(flag);
        return;
      }
      case 'crash':
        await this.system.kill(name);
        this.launch(name, { FAULT_CRASH: `${fault.point}:${fault.hit}` });
        await until(() => !this.runs(name), `${name} to die at ${fault.point}`, CRASH_PATIENCE_MS).catch(() => undefined);
        await this.system.kill(name);
        this.launch(name);
        return;
      default:
        fault satisfies never;
    }
  }

  /** Ends them all, the frozen ones too. */
  async stop(): Promise<void> {
    for (const name of PROCESSES) if (this.runs(name)) this.signal(name, 'SIGCONT');
    await this.system.stop();
  }

  private launch(name: ProcessName, environment: NodeJS.ProcessEnv = {}): void {
    const service = name.replace('second ', '') as Service;
    const ports = name === service ? {} : this.ports;
    this.system.launch(service, name, { ...ports, FAULT_PROCESS: name, FAULT_SEED: String(this.seed), ...environment });
  }

  private signal(name: ProcessName, signal: NodeJS.Signals): void {
    process.kill(this.system.pidOf(name), signal);
  }

  private runs(name: ProcessName): boolean {
    try {
      return process.kill(this.system.pidOf(name), 0);
    } catch {
      return false;
    }
  }
}
