import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('a process', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'process-'));
  let child: ChildProcess;
  let printed: string;

  const start = (env: NodeJS.ProcessEnv = {}, user: ForkOptions = {}): void => {
    const runner = require.resolve('../../testing/src/run-typescript.cjs');
    child = fork(runner, [join(__dirname, 'testing/closing.process.ts')], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, AUTH_PORT: '0', LOG_LEVEL: 'silent', ...env },
      silent: true,
      ...user,
    });
    printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  };
  const reports = async (what: string): Promise<void> => expect(await once(child, 'message')).toEqual([what, undefined]);
  const exitCode = async (): Promise<unknown> => (await once(child, 'close'))[0];

  const startAndStop = async (): Promise<void> => {
    start();
    await reports('started');
    child.kill('SIGTERM');
    await reports('closing');
  };

  afterEach(() => void child.kill('SIGKILL'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('finishes the work in flight on SIGTERM, and exits with code 0', async () => {
    await startAndStop();
    child.send('finish');
    expect(await exitCode()).toBe(0);
  });

  it('exits on a later second signal, not on the duplicate signal of one Ctrl-C', async () => {
    await startAndStop();
    const since = performance.now();
    const again = setInterval(() => child.kill('SIGTERM'), 50);
    expect(await exitCode()).toBe(1);
    clearInterval(again);
    const took = performance.now() - since;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(9_000);
  });

  it('exits ten seconds after a signal', async () => {
    await startAndStop();
    const since = performance.now();
    expect(await exitCode()).toBe(1);
    expect(performance.now() - since).toBeGreaterThan(9_000);
  });

  it('does not start with invalid settings, and reports all of them', async () => {
    start({ AUTH_PORT: 'no-port', HOST: '192.0.2.1', DATA_DIR: '/proc/self/data' });
    expect(await exitCode()).toBe(1);
    expect(printed.split('\n')).toEqual([
      'AUTH_PORT must be a port number from 0 to 65535, not "no-port".',
      expect.stringMatching(/^DATA_DIR \(\/proc\/self\/data\) cannot be used: .*\.$/),
      'HOST must be an address of this machine, or a name that resolves to one, not "192.0.2.1" (EADDRNOTAVAIL).',
      '',
    ]);
  });

  it('names the setting of a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    start({ AUTH_PORT: String(port) });
    expect(await exitCode()).toBe(1);
    expect(printed).toBe(`Port ${port} (auth-service, AUTH_PORT) is already in use.\n`);
    server.close();
  });

  describe('with a DATA_DIR', () => {
    let folder: string;
    beforeEach(() => {
      folder = join(mkdtempSync(join(dataDir, 'case-')), 'data');
      chmodSync(dataDir, 0o755);
      chmodSync(join(folder, '..'), 0o755);
      mkdirSync(folder, { mode: 0o700 });
    });
    /** An unprivileged user if the spec runs as root, which may use every file. */
    const isRoot = process.getuid?.() === 0;
    const user: ForkOptions = isRoot ? { uid: 65_534, gid: 65_534 } : {};
    const uid = isRoot ? 65_534 : process.getuid?.();

    it('reports a folder of another user, with the remedy', async () => {
      chmodSync(folder, isRoot ? 0o755 : 0o500);
      start({ DATA_DIR: folder }, user);
      expect(await exitCode()).toBe(1);
      expect(printed).toBe(
        `DATA_DIR (${folder}) cannot be used: this process runs as uid ${uid} and may not read and write ${folder}, ` +
          `which belongs to uid ${process.getuid?.()}. Run chown -R ${uid} ${folder}, or set DATA_DIR to another folder.\n`,
      );
    });

    it('reports a file of another user', async () => {
      chmodSync(folder, isRoot ? 0o777 : 0o700);
      writeFileSync(join(folder, 'accounts.db'), '', { mode: isRoot ? 0o600 : 0o400 });
      start({ DATA_DIR: folder }, user);
      expect(await exitCode()).toBe(1);
      expect(printed).toContain(`DATA_DIR (${folder}) cannot be used`);
      expect(printed).toContain(`${folder}/accounts.db`);
      expect(printed.trim().split('\n')).toHaveLength(1);
    });

    it('reports a path that is not a folder', async () => {
      writeFileSync(join(folder, 'file'), '');
      start({ DATA_DIR: join(folder, 'file', 'data') });
      expect(await exitCode()).toBe(1);
      expect(printed).toBe(
        `DATA_DIR (${folder}/file/data) cannot be used: a part of ${folder}/file/data is a file, not a folder. ` +
          'Set DATA_DIR to a folder that this process may write to.\n',
      );
    });

    it.each([
      ['0755', 0o755, true],
      ['0700', 0o700, false],
    ])('warns only about a folder that others can enter: %s', async (_, mode, isWarned) => {
      chmodSync(folder, mode);
      start({ DATA_DIR: folder, LOG_LEVEL: 'warn' });
      await reports('started');
      // Log lines are written in the background. A process that is killed, not stopped, may lose the last ones.
      child.kill('SIGTERM');
      await reports('closing');
      child.send('finish');
      await exitCode();
      expect(printed.includes('other users of this machine can enter DATA_DIR')).toBe(isWarned);
    });

    it('creates private files', async () => {
      start({ DATA_DIR: folder, WRITES: join(folder, 'note') });
      await reports('started');
      expect(statSync(join(folder, 'note')).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual(['note']);
    });
  });
});
