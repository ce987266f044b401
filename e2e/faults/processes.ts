import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@rewards/async';
import { until } from '@rewards/testing/until';
import { freePorts } from '@rewards/testing/free-ports';
import { ROOT, System, type Service } from '../testing/system';
import { armedFile, outageFile, RESUMED, triggeredFile } from './failpoints';
import { PROCESSES, RECEIVER_FAULTS, type Fault, type ProcessName } from './schedule';

/** Time limit for a process to trigger an armed failpoint. After it, the failpoint is disarmed. */
const TRIGGER_TIMEOUT_MS = 4_000;
const CRASH_TIMEOUT_MS = 2_000;
const SECOND_INSTANCES: readonly ProcessName[] = ['second command-service', 'second projections', 'second delivery'];
const INVENTORY = join(ROOT, 'testing/inventory/inventory.mjs');
const HEALTHY = { full: [], delayMs: 0, status: null, headers: {}, loseAnswers: false };

/** The processes that faults are injected into: six services, three of them with two instances, and the receiver. */
export class Processes {
  private isStopping = false;
  /** The secret of the endpoint; null until the receiver is started. */
  private receiverSecret: string | null = null;

  private constructor(
    readonly system: System,
    private readonly ports: Readonly<Record<string, string>>,
    readonly receiverUrl: string,
  ) {}

  /** @param engines settings that select the engines */
  static async start(seed: number, engines: NodeJS.ProcessEnv): Promise<Processes> {
    const [command, projections, delivery, receiver] = await freePorts(4);
    const root = (service: string): string => require.resolve(`./testing/${service}`);
    const services = ['auth-service', 'command-service', 'projections', 'delivery'] as const;
    const system = await System.start(
      { ...engines, LOG_LEVEL: 'warn', DELIVERY_ALLOW_PRIVATE: 'on', FAULT_SEED: String(seed) },
      Object.fromEntries(services.map((service) => [service, root(service)])),
      (name) => ({ FAULT_PROCESS: name }),
    );
    const ports = { COMMAND_PORT: String(command), PROJECTIONS_PORT: String(projections), DELIVERY_PORT: String(delivery) };
    const processes = new Processes(system, ports, `http://127.0.0.1:${receiver}`);
    for (const name of SECOND_INSTANCES) processes.launch(name);
    return processes;
  }

  /** URLs of both command services, which bypass the gateway. */
  get commandUrls(): readonly string[] {
    return [this.system.urlOf('command-service'), `http://127.0.0.1:${this.ports.COMMAND_PORT}`];
  }

  /** Starts the inventory of the game, which receives what an endpoint with this secret is sent. */
  async startReceiver(secret: string): Promise<void> {
    this.receiverSecret = secret;
    this.launch('receiver');
    await this.controlReceiver({});
  }

  /** Ends all faults of the receiver. */
  async healReceiver(): Promise<void> {
    await this.controlReceiver(HEALTHY);
  }

  /** Returns what the receiver holds, as NDJSON. */
  async ledger(): Promise<string> {
    return (await fetch(`${this.receiverUrl}/ledger`)).text();
  }

  /** Injects a fault and returns when its process runs again. */
  async inject(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        await this.system.kill(fault.process);
        await sleep(fault.downMs);
        return this.launch(fault.process);
      case 'freeze':
        return this.freeze(fault.process, fault.forMs);
      case 'outage': {
        const flag = join(this.system.dataDir, outageFile(fault.process, fault.outage));
        writeFileSync(flag, '');
        await sleep(fault.forMs);
        if (fault.killed) await this.system.kill(fault.process);
        rmSync(flag);
        if (fault.killed) this.launch(fault.process);
        return;
      }
      case 'receiver':
        await this.controlReceiver(RECEIVER_FAULTS[fault.fault]);
        await sleep(fault.forMs);
        return this.healReceiver();
      case 'failpoint':
        return this.armFailpoint(fault);
      default:
        fault satisfies never;
    }
  }

  /** Stops all processes, including frozen ones. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const name of PROCESSES) if (this.runs(name)) this.signal(name, 'SIGCONT');
    await this.system.stop();
  }

  /** Waits until all processes are ready. @throws Error if one has exited */
  async ready(): Promise<void> {
    const exited = PROCESSES.filter((name) => !this.runs(name));
    if (exited.length > 0) throw new Error(`exited unexpectedly: ${exited.join(', ')}`);
    await this.system.ready();
    const { COMMAND_PORT, PROJECTIONS_PORT, DELIVERY_PORT } = this.ports;
    const secondUrls = [COMMAND_PORT, PROJECTIONS_PORT, DELIVERY_PORT].map((port) => `http://127.0.0.1:${port}`);
    await until(
      'the second instances to be ready',
      async () => {
        const answers = await Promise.all(secondUrls.map((url) => fetch(`${url}/health/ready`).catch(() => null)));
        return answers.every((answer) => answer?.status === 200);
      },
      Boolean,
      { withinMs: 30_000 },
    );
  }

  private async armFailpoint({ service, armed, forMs }: Extract<Fault, { kind: 'failpoint' }>): Promise<void> {
    const { dataDir } = this.system;
    const [file, triggered] = [join(dataDir, armedFile(service)), join(dataDir, triggeredFile(service))];
    // The rename is atomic, so that no process reads a partly written file.
    writeFileSync(`${file}.new`, JSON.stringify({ ...armed, id: randomUUID() }));
    renameSync(`${file}.new`, file);
    const triggeredBy = () => (existsSync(triggered) ? readFileSync(triggered, 'utf8') : '') as ProcessName;
    const isTriggered = () => PROCESSES.includes(triggeredBy());
    await until('a failpoint to be triggered', isTriggered, Boolean, { withinMs: TRIGGER_TIMEOUT_MS }).catch(() => undefined);
    if (disarm(file)) return;
    await until('the name of the process that triggered a failpoint', isTriggered, Boolean, { withinMs: 30_000 });
    const name = triggeredBy();
    if (armed.kind === 'freeze') return this.resume(name, triggered, forMs);
    rmSync(triggered);
    if (armed.kind === 'end thread') return;
    await until(`${name} to crash`, () => !this.runs(name), Boolean, { withinMs: armed.lingerMs + CRASH_TIMEOUT_MS });
    this.launch(name);
  }

  private async freeze(name: ProcessName, forMs: number): Promise<void> {
    this.signal(name, 'SIGSTOP');
    await sleep(forMs);
    this.signal(name, 'SIGCONT');
  }

  /** Resumes a process that freezes itself. Repeats the signal until it takes effect: the first may precede the freeze. */
  private async resume(name: ProcessName, triggered: string, forMs: number): Promise<void> {
    await sleep(forMs);
    writeFileSync(triggered, RESUMED);
    await until(
      `${name} to resume`,
      () => {
        this.signal(name, 'SIGCONT');
        return !existsSync(triggered) || !this.runs(name);
      },
      Boolean,
      { withinMs: 30_000 },
    );
  }

  private launch(name: ProcessName): void {
    if (this.isStopping) return;
    if (name === 'receiver') return this.launchReceiver();
    const service = name.replace('second ', '') as Service;
    this.system.launch(service, name, name === service ? {} : this.ports);
  }

  private launchReceiver(): void {
    const file = join(this.system.dataDir, 'receiver', 'inventory.db');
    const args = ['--port', new URL(this.receiverUrl).port, '--secret', this.receiverSecret ?? '', '--file', file];
    this.system.launchProgram('receiver', [INVENTORY, ...args]);
  }

  /** Changes how the receiver behaves, as soon as it answers. */
  private async controlReceiver(change: object): Promise<void> {
    const request = { method: 'POST', body: JSON.stringify(change), headers: { 'content-type': 'application/json' } };
    const isChanged = async () => (await fetch(`${this.receiverUrl}/control`, request).catch(() => null))?.status === 200;
    await until('the receiver to answer', isChanged, Boolean, { withinMs: 30_000 });
  }

  private signal(name: ProcessName, signal: NodeJS.Signals): void {
    if (this.runs(name)) process.kill(this.system.pidOf(name), signal);
  }

  private runs(name: ProcessName): boolean {
    return this.system.runs(name);
  }
}

/** Disarms a failpoint. @returns false if a process has already triggered it */
const disarm = (file: string): boolean => {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};
