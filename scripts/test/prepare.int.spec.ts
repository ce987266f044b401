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

  describe('the console', () => {
    const script = (text: string) => checkout.write('console/build.mjs', `import fs from 'node:fs';\n${text}`);
    const WORKING = "fs.mkdirSync('console/dist', { recursive: true });\nfs.appendFileSync('builds', 'console\\n');";
    const buildsOfConsole = () => builds().filter((line) => line === 'console').length;

    beforeEach(() => script(WORKING));

    it('is built after the services if it is not up to date', async () => {
      const first = prepare();
      expect(await first.exited).toBe(0);
      expect(builds()).toEqual(['tsc -b', 'console']);
      expect(first.output()).toMatch(/Built in .* s\.\nBuilt the console in \d+\.\d s\./);
      const second = prepare();
      expect(await second.exited).toBe(0);
      expect(buildsOfConsole()).toBe(1);
      expect(second.output()).not.toContain('console');
    });

    it.each([
      'console/src/app/main.tsx',
      'console/vite.config.mts',
      'console/package.json',
      'packages/domain/src/conditions/index.ts',
      'packages/contracts/src/routes.ts',
      'package-lock.json',
    ])('is built again when %s has changed', async (path) => {
      checkout.write(path, '{}');
      await prepare().exited;
      checkout.write(path, '{ "packages": {} }');
      await prepare().exited;
      await prepare().exited;
      expect(buildsOfConsole()).toBe(2);
    });

    it('is built again after a build that failed, whose errors are printed', async () => {
      await prepare().exited;
      script("process.stdout.write('no such import'); process.exit(1);");
      const failed = prepare();
      expect(await failed.exited).toBe(1);
      expect(failed.output()).toContain('no such import\nThe build of the console (node console/build.mjs) failed.');
      script(WORKING);
      expect(await prepare().exited).toBe(0);
      expect(buildsOfConsole()).toBe(2);
    });
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
