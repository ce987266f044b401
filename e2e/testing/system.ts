import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '@rewards/testing/free-ports';
import { until } from '@rewards/testing/until';

export const SERVICES = ['auth-service', 'command-service', 'projections', 'query-service', 'gateway'] as const;
export type Service = (typeof SERVICES)[number];
export type EntryPoints = Partial<Readonly<Record<Service, string>>>;

const rootAbove = (folder: string): string =>
  existsSync(join(folder, 'package-lock.json')) ? folder : rootAbove(dirname(folder));
/** Of the repository. */
export const ROOT = rootAbove(__dirname);
const PORT_SETTINGS: Readonly<Record<Service, string>> = {
  'auth-service': 'AUTH_PORT',
  'command-service': 'COMMAND_PORT',
  projections: 'PROJECTIONS_PORT',
  'query-service': 'QUERY_PORT',
  gateway: 'GATEWAY_PORT',
};
/** As `npm start` runs them. */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=50'];
const SHOWN_OUTPUT = 20_000;

/** The engines that this process's environment selects, with names of its own for each system that shares them. */
export const engineSettings = (): NodeJS.ProcessEnv => {
  const { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS } = process.env;
  const name = `e2e-${randomUUID().slice(0, 8)}`;
  return { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS, MONGODB_DATABASE: name, KAFKA_PREFIX: `${name}.` };
};

/** No process outlives this one, however it ends. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The five services as processes of their own, on free ports and a folder of their own. */
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
   * @param entryPoints programs to run in place of services' own
   * @param environmentOf what is added to the environment of the process of this name
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

  /** Starts each service once more, on ports of its own, over the same engines. @returns the URL of the second gateway */
  async launchSecond(): Promise<string> {
    const free = await freePorts(SERVICES.length);
    const ports = Object.fromEntries(SERVICES.map((service, index) => [PORT_SETTINGS[service], String(free[index])]));
    for (const service of SERVICES) this.launch(service, `second ${service}`, ports);
    const url = `http://127.0.0.1:${ports.GATEWAY_PORT}`;
    await this.ready(url);
    return url;
  }

  /** @param name of the process; another than the service's own for a second instance @param environment added to the system's */
  launch(service: Service, name: string = service, environment: NodeJS.ProcessEnv = {}): void {
    const child = spawn(process.execPath, [...NODE_FLAGS, this.entryPoints[service] ?? join(ROOT, service, 'dist/main.js')], {
      env: { PATH: process.env.PATH, ...this.environment, ...this.environmentOf(name), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.chunks.push(text));
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    this.processes.set(name, child);
  }

  /** Waits until the gateway says that all services are ready. */
  async ready(url: string = this.url): Promise<void> {
    let health = 'nothing';
    const isReady = async () => {
      const answer = await fetch(`${url}/health`).catch(() => null);
      health = (await answer?.text().catch(() => null)) ?? 'nothing';
      return answer?.status === 200;
    };
    await until('all services to be ready', isReady, Boolean, { withinMs: 30_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}, was told ${health}\n${this.output.slice(-SHOWN_OUTPUT)}`);
    });
  }

  /** All that the processes have printed. */
  get output(): string {
    return this.chunks.join('');
  }

  pidOf(name: string): number {
    const pid = this.processes.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  }

  runs(name: string): boolean {
    const child = this.processes.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Null for one that runs, or that a signal has ended. */
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

  /** Ends all services, lets `between` do its work with what they would have in their environment, and starts them on other settings. */
  async restartOn(settings: NodeJS.ProcessEnv, between: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
    await this.end();
    this.environment = { ...this.environment, ...settings };
    await between(this.environment);
    this.launchAll();
    await this.ready();
  }

  /** What a script needs in its environment to work on this system. */
  get scriptEnvironment(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, ...this.environment };
  }

  launchAll(): void {
    for (const service of SERVICES) this.launch(service);
  }

  async adminPassword(): Promise<string> {
    return (await readFile(join(this.dataDir, 'initial-admin-password'), 'utf8')).trim();
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Stops all services and keeps their data. */
  async end(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((name) => this.kill(name, 'SIGTERM')));
  }
}
