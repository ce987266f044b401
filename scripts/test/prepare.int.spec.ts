import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { Checkout } from './checkout';

describe('prepare', () => {
  let checkout: Checkout;

  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.remove());

  const prepare = (options?: { cwd?: string; env?: Record<string, string> }) => checkout.node('scripts/prepare.mjs', options);
  const installations = () => checkout.read('installations').trim().split('\n');
  const builds = () => checkout.read('builds').trim().split('\n');

  it('installs the dependencies of the lock file and builds', async () => {
    expect(await prepare().exited).toBe(0);
    expect(installations()).toEqual(['npm ci --include=dev']);
    expect(builds()).toEqual(['tsc -b']);
  });

  it('installs once and builds each time', async () => {
    await prepare().exited;
    await prepare().exited;
    expect(installations()).toHaveLength(1);
    expect(builds()).toHaveLength(2);
  });

  it('installs again when the lock file has changed', async () => {
    await prepare().exited;
    checkout.write('package-lock.json', '{ "lockfileVersion": 3, "packages": {} }');
    await prepare().exited;
    expect(installations()).toHaveLength(2);
  });

  it('installs again after an installation that failed', async () => {
    checkout.npm("process.stdout.write('no such version'); process.exit(1);");
    const failed = prepare();
    expect(await failed.exited).toBe(1);
    expect(failed.output()).toContain('no such version\nnpm ci failed.');
    checkout.npm('');
    expect(await prepare().exited).toBe(0);
    expect(installations()).toHaveLength(2);
  });

  it('prints the errors of the compiler', async () => {
    checkout.compiler("process.stdout.write('TS2322: wrong type'); process.exit(2);");
    const failed = prepare();
    expect(await failed.exited).toBe(1);
    expect(failed.output()).toContain('TS2322: wrong type\nThe build (tsc -b) failed.');
  });

  it('works in the folder of a workspace and in production, and ignores the options of the calling npm', async () => {
    checkout.npm("fs.writeFileSync('environment', Object.keys(process.env).join());");
    checkout.write('auth-service/package.json', '{}');
    const env = { NODE_ENV: 'production', npm_config_workspace: 'auth-service', npm_config_omit: 'dev' };
    expect(await prepare({ cwd: 'auth-service', env }).exited).toBe(0);
    expect(installations()).toEqual(['npm ci --include=dev']);
    expect(checkout.read('environment')).not.toMatch(/npm_config/);
  });

  it('installs once for concurrent processes', async () => {
    const codes = await Promise.all([prepare(), prepare(), prepare()].map(({ exited }) => exited));
    expect(codes).toEqual([0, 0, 0]);
    expect(installations()).toHaveLength(1);
    expect(builds()).toHaveLength(3);
  });

  it('removes the lock of a dead process', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    checkout.write('.prepare.lock/owner', JSON.stringify({ host: hostname(), pid }));
    expect(await prepare().exited).toBe(0);
  });
});
