import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('a process', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'process-'));
  let child: ChildProcess;
  let printed: string;

  const start = (env: NodeJS.ProcessEnv = {}): void => {
    const runner = require.resolve('../../event-store/src/testing/run-typescript.cjs');
    child = fork(runner, [join(__dirname, 'testing/closing.process.ts')], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...env },
      silent: true,
    });
    printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  };
  const says = async (what: string): Promise<void> => expect(await once(child, 'message')).toEqual([what, undefined]);
  const exitCode = async (): Promise<unknown> => (await once(child, 'close'))[0];

  const startAndStop = async (): Promise<void> => {
    start();
    await says('started');
    child.kill('SIGTERM');
    await says('closing');
  };

  afterEach(() => void child.kill('SIGKILL'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('finishes on SIGTERM what is in hand, and ends well', async () => {
    await startAndStop();
    child.send('finish');
    expect(await exitCode()).toBe(0);
  });

  it('is ended by a later second signal, not by the same Ctrl-C that arrives twice', async () => {
    await startAndStop();
    const since = performance.now();
    const again = setInterval(() => child.kill('SIGTERM'), 50);
    expect(await exitCode()).toBe(1);
    clearInterval(again);
    const took = performance.now() - since;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(9_000);
  });

  it('is ended after ten seconds', async () => {
    await startAndStop();
    const since = performance.now();
    expect(await exitCode()).toBe(1);
    expect(performance.now() - since).toBeGreaterThan(9_000);
  });

  it('does not start with a wrong setting, and names it in one sentence', async () => {
    start({ AUTH_PORT: 'no-port' });
    expect(await exitCode()).toBe(1);
    expect(printed).toBe('AUTH_PORT must be a port number from 0 to 65535.\n');
  });
});
