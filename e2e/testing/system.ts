import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '@rewards/testing/free-ports';
import { until } from '@rewards/testing/until';

export const SERVICES = ['auth-service', 'command-service', 'delivery', 'projections', 'query-service', 'gateway'] as const;
export type Service = (typeof SERVICES)[number];
export type EntryPoints = Partial<Readonly<Record<Service, string>>>;

const rootAbove = (folder: string): string =>
  existsSync(join(folder, 'package-lock.json')) ? folder : rootAbove(dirname(folder));
/** Root folder of the repository. */
export const ROOT = rootAbove(__dirname);
const PORT_SETTINGS: Readonly<Record<Service, string>> = {
  'auth-service': 'AUTH_PORT',
  'command-service': 'COMMAND_PORT',
  delivery: 'DELIVERY_PORT',
  projections: 'PROJECTIONS_PORT',
  'query-service': 'QUERY_PORT',
  gateway: 'GATEWAY_PORT',
};
/** Returns the built program of a service, relative to the root. */
export const programOf = (service: Service): string =>
  service === 'delivery' ? 'command-service/dist/delivery.js' : `${service}/dist/main.js`;
/** The flags that `npm start` uses. */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=50'];
const MAX_OUTPUT = 20_000;

/** Returns settings that select the engines of this process, with a unique database name and topic prefix. */
export const engineSettings = (): NodeJS.ProcessEnv => {
  const { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS } = process.env;
  const name = `e2e-${randomUUID().slice(0, 8)}`;
  return { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS, MONGODB_DATABASE: name, KAFKA_PREFIX: `${name}.` };
};

/** Running processes, which are killed when this process exits. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The six services, each in its own process, on free ports and with a temporary data directory. */
export class System {
  private readonly processes = new Map<string, ChildProcess>();
  private readonly chunks: string[] = [];

  private constructor(
    readonly dataDir: string,
    private environment: NodeJS.ProcessEnv,
    readonly ports: Readonly<Record<Service, number>>,
    private readonly entryPoints: EntryPoints,
    private readonly environmentOf: (name: string) => NodeJS.ProcessEnv,
  ) {}

  /**
   * Starts all services and waits until they are ready.
   * @param entryPoints programs that replace those of services
   * @param environmentOf returns additional environment variables for a process
   */
  static async start(
    environment: NodeJS.ProcessEnv = {},
    entryPoints: EntryPoints = {},
    environmentOf: (name: string) => NodeJS.ProcessEnv = () => ({}),
  ): Promise<System> {
    const dataDir = await mkdtemp(join(tmpdir(), 'login-rewards-'));
    const free = await freePorts(SERVICES.length);
    const ports = Object.fromEntries(SERVICES.map((service, index) => [service, free[index]])) as Record<Service, number>;
    const settings = Object.fromEntries(SERVICES.map((service) => [PORT_SETTINGS[service], String(ports[service])]));
    const system = new System(
      dataDir,
      {
        ...settings,
        GATEWAY_METRICS_PORT: '0',
        DATA_DIR: dataDir,
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'warn',
        ...engineSettings(),
        ...environment,
      },
      ports,
      entryPoints,
      environmentOf,
    );
    system.launchAll();
    await system.ready().catch(async (error: unknown) => {
      await system.stop();
      throw error;
    });
    return system;
  }

  get url(): string {
    return this.urlOf('gateway');
  }

  urlOf(service: Service): string {
    return `http://127.0.0.1:${this.ports[service]}`;
  }

  /** Starts a second instance of each service on the same engines. @returns the URL of the second gateway */
  async launchSecond(): Promise<string> {
    const free = await freePorts(SERVICES.length);
    const ports = Object.fromEntries(SERVICES.map((service, index) => [PORT_SETTINGS[service], String(free[index])]));
    for (const service of SERVICES) this.launch(service, `second ${service}`, ports);
    const url = `http://127.0.0.1:${ports.GATEWAY_PORT}`;
    await this.ready(url);
    return url;
  }

  /**
   * Starts a process of a service.
   * @param name of the process; a second instance needs its own name
   * @param environment variables added to those of the system
   */
  launch(service: Service, name: string = service, environment: NodeJS.ProcessEnv = {}): void {
    const program = this.entryPoints[service] ?? join(ROOT, programOf(service));
    this.launchProgram(name, [...NODE_FLAGS, program], { ...this.environment, ...this.environmentOf(name), ...environment });
  }

  /** Starts another program in a process of this system. @param args its path, and what else Node.js gets */
  launchProgram(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.chunks.push(text));
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    this.processes.set(name, child);
  }

  /** Waits until the gateway reports that all services are ready. */
  async ready(url: string = this.url): Promise<void> {
    let health = 'no answer';
    const isReady = async () => {
      const answer = await fetch(`${url}/health`).catch(() => null);
      health = (await answer?.text().catch(() => null)) ?? 'no answer';
      return answer?.status === 200;
    };
    await until('all services to be ready', isReady, Boolean, { withinMs: 30_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}, /health: ${health}\n${this.output.slice(-MAX_OUTPUT)}`);
    });
  }

  /** The output of all processes. */
  get output(): string {
    return this.chunks.join('');
  }

  pidOf(name: string): number {
    const pid = this.processes.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} is not running`);
    return pid;
  }

  runs(name: string): boolean {
    const child = this.processes.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Returns null for a process that is running or was killed by a signal. */
  exitCodeOf(name: string): number | null {
    return this.processes.get(name)?.exitCode ?? null;
  }

  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.processes.get(name);
    if (!child || !this.runs(name)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async restart(service: Service): Promise<void> {
    await this.kill(service);
    this.launch(service);
    await this.ready();
  }

  /** Stops all services, changes settings, runs `between` with the new environment, and starts the services. */
  async restartOn(settings: NodeJS.ProcessEnv, between: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
    await this.stopServices();
    this.environment = { ...this.environment, ...settings };
    await between(this.environment);
    this.launchAll();
    await this.ready();
  }

  /** The environment of a script that works on this system. */
  get scriptEnvironment(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, ...this.environment };
  }

  launchAll(): void {
    for (const service of SERVICES) this.launch(service);
  }

  async adminPassword(): Promise<string> {
    return (await readFile(join(this.dataDir, 'initial-admin-password'), 'utf8')).trim();
  }

  /** Stops all services and removes their data. */
  async stop(): Promise<void> {
    await this.stopServices();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Stops all services and keeps their data. */
  async stopServices(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((name) => this.kill(name, 'SIGTERM')));
  }
}
