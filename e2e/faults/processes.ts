import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@rewards/async';
import { until } from '@rewards/testing/until';
import { freePorts } from '@rewards/testing/free-ports';
import { System, type Service } from '../testing/system';
import { orderFile, refusalFile, takenFile } from './points';
import { PROCESSES, type Fault, type ProcessName } from './schedule';

/** How long the processes of a service may take to get where one of them is to die. */
const ORDER_PATIENCE_MS = 4_000;
const DEATH_PATIENCE_MS = 2_000;
const SECONDS: readonly ProcessName[] = ['second command-service', 'second projections'];

/** The five services as processes, two of them twice, that faults are done to. */
export class Processes {
  private isStopping = false;

  private constructor(
    readonly system: System,
    private readonly ports: Readonly<Record<string, string>>,
  ) {}

  /** @param engines settings that choose them */
  static async start(seed: number, engines: NodeJS.ProcessEnv): Promise<Processes> {
    const [command, projections] = await freePorts(2);
    const root = (service: string): string => require.resolve(`./testing/${service}`);
    const services = ['auth-service', 'command-service', 'projections'] as const;
    const system = await System.start(
      { ...engines, LOG_LEVEL: 'warn', FAULT_SEED: String(seed) },
      Object.fromEntries(services.map((service) => [service, root(service)])),
      (name) => ({ FAULT_PROCESS: name }),
    );
    const processes = new Processes(system, { COMMAND_PORT: String(command), PROJECTIONS_PORT: String(projections) });
    for (const name of SECONDS) processes.launch(name);
    return processes;
  }

  /** Both command services, gone around the gateway. */
  get commandUrls(): readonly string[] {
    return [this.system.urlOf('command-service'), `http://127.0.0.1:${this.ports.COMMAND_PORT}`];
  }

  async do(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        await this.system.kill(fault.process);
        await sleep(fault.downMs);
        return this.launch(fault.process);
      case 'freeze':
        return this.sleep(fault.process, fault.forMs);
      case 'refuse': {
        const flag = join(this.system.dataDir, refusalFile(fault.process, fault.refusal));
        writeFileSync(flag, '');
        await sleep(fault.forMs);
        if (fault.dies) await this.system.kill(fault.process);
        rmSync(flag);
        if (fault.dies) this.launch(fault.process);
        return;
      }
      case 'order':
        return this.order(fault);
      default:
        fault satisfies never;
    }
  }

  /** Ends them all, the frozen ones too. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const name of PROCESSES) if (this.runs(name)) this.signal(name, 'SIGCONT');
    await this.system.stop();
  }

  /** All of them run and are ready. */
  async ready(): Promise<void> {
    const ended = PROCESSES.filter((name) => !this.runs(name));
    if (ended.length > 0) throw new Error(`ended by itself: ${ended.join(', ')}`);
    await this.system.ready();
    const seconds = [`${this.commandUrls[1]}`, `http://127.0.0.1:${this.ports.PROJECTIONS_PORT}`];
    await until(
      'the second processes to be ready',
      async () => {
        const answers = await Promise.all(seconds.map((url) => fetch(`${url}/health/ready`).catch(() => null)));
        return answers.every((answer) => answer?.status === 200);
      },
      Boolean,
      { withinMs: 30_000 },
    );
  }

  private async order({ service, order, forMs }: Extract<Fault, { kind: 'order' }>): Promise<void> {
    const { dataDir } = this.system;
    const [file, taken] = [join(dataDir, orderFile(service)), join(dataDir, takenFile(service))];
    // Written elsewhere first: nobody reads half of it.
    writeFileSync(`${file}.new`, JSON.stringify({ ...order, id: randomUUID() }));
    renameSync(`${file}.new`, file);
    const takenBy = () => (existsSync(taken) ? readFileSync(taken, 'utf8') : '') as ProcessName;
    const isTaken = () => PROCESSES.includes(takenBy());
    await until('an order to be taken', isTaken, Boolean, { withinMs: ORDER_PATIENCE_MS }).catch(() => undefined);
    if (isWithdrawn(file)) return;
    await until('a process to say that it took the order', isTaken, Boolean, { withinMs: 30_000 });
    const name = takenBy();
    if (order.kind === 'freeze') return this.wake(name, taken, forMs);
    rmSync(taken);
    await until(`${name} to die`, () => !this.runs(name), Boolean, { withinMs: order.lingerMs + DEATH_PATIENCE_MS });
    this.launch(name);
  }

  private async sleep(name: ProcessName, forMs: number): Promise<void> {
    this.signal(name, 'SIGSTOP');
    await sleep(forMs);
    this.signal(name, 'SIGCONT');
  }

  /** Wakes a process that sent itself to sleep: until it says so, since it may not have slept yet. */
  private async wake(name: ProcessName, taken: string, forMs: number): Promise<void> {
    await sleep(forMs);
    await until(
      `${name} to wake`,
      () => {
        this.signal(name, 'SIGCONT');
        return !existsSync(taken) || !this.runs(name);
      },
      Boolean,
      { withinMs: 30_000 },
    );
  }

  private launch(name: ProcessName): void {
    if (this.isStopping) return;
    const service = name.replace('second ', '') as Service;
    this.system.launch(service, name, name === service ? {} : this.ports);
  }

  private signal(name: ProcessName, signal: NodeJS.Signals): void {
    if (this.runs(name)) process.kill(this.system.pidOf(name), signal);
  }

  private runs(name: ProcessName): boolean {
    return this.system.runs(name);
  }
}

/** @returns false for an order that somebody has taken */
const isWithdrawn = (file: string): boolean => {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};
