import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePorts } from '@rewards/testing/free-ports';
import { sleep } from '@rewards/async';
import { NODE_FLAGS } from '../../e2e/testing/system';

const READY_POLL_MS = 5;
const READY_WITHIN_MS = 600_000;
const MAX_OUTPUT = 5_000;

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** A service in its own process. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** Milliseconds from its launch until it was ready. */
    readonly startedInMs: number,
  ) {}

  /**
   * Starts a program, and waits until it is ready.
   * @param environment settings of the data folder and the engines
   * @param portSetting the setting of the port on which the program listens
   */
  static async start(program: string, environment: NodeJS.ProcessEnv, portSetting = 'COMMAND_PORT'): Promise<ServiceProcess> {
    const [port] = await freePorts(1);
    const launchedAt = performance.now();
    const child = fork(program, [], {
      execArgv: [...NODE_FLAGS],
      env: { PATH: process.env.PATH, LOG_LEVEL: 'error', [portSetting]: String(port), ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output = `${output}${text}`.slice(-MAX_OUTPUT)));
    const service = new ServiceProcess(child, `http://127.0.0.1:${port}`, 0);
    while ((await fetch(`${service.url}/health/ready`).catch(() => null))?.status !== 200) {
      const hasFailed = child.exitCode !== null || performance.now() - launchedAt > READY_WITHIN_MS;
      if (hasFailed) {
        await service.stop();
        throw new Error(`${program} did not become ready. ${output}`);
      }
      await sleep(READY_POLL_MS);
    }
    return new ServiceProcess(child, service.url, performance.now() - launchedAt);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

/** Runs a function of this suite in its own process, so that its memory and processor time are its own. @returns what it sends */
export const runInProcess = async <Result>(program: string, args: readonly string[]): Promise<Result> => {
  const child = fork(program, [...args], { execArgv: [...NODE_FLAGS] });
  alive.add(child);
  let result: { readonly value: Result } | null = null;
  child.once('message', (value) => (result = { value: value as Result }));
  const [code] = (await once(child, 'exit')) as [number | null];
  alive.delete(child);
  if (code !== 0 || result === null) throw new Error(`${program} ${args.join(' ')} failed with code ${code}`);
  return (result as { readonly value: Result }).value;
};
