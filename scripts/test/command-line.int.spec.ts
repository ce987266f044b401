import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checkout } from './checkout';

const { scripts } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const RUN_BY_SCRIPT = Object.entries(scripts).flatMap(([name, script]) =>
  script === `node scripts/run.mjs ${name}` ? [name] : [],
);
const TOOLS =
  /^(start|demo|rebuild|verify|reconcile|move|keys:rotate|admin:reset|test:(engines|faults|mutations)|check|check:receiver|inventory|coverage:report|bench|engines:.*)$/;
const OWN_SCRIPTS = ['start', 'demo', 'check', 'coverage:report', 'test:engines'];

describe('the command line', () => {
  let checkout: Checkout;
  beforeEach(() => (checkout = new Checkout()));
  afterEach(() => checkout.remove());

  const call = async (name: string, ...args: string[]) => {
    const [, file = '', ...fixed] = (scripts[name] ?? '').replace(/^exec /, '').split(' ');
    const running = checkout.run(process.execPath, [join(checkout.root, file), ...fixed, ...args]);
    return { code: await running.exited, output: running.output() };
  };

  it('covers every command of package.json', () =>
    expect([...RUN_BY_SCRIPT, ...OWN_SCRIPTS, 'engines:up', 'engines:down'].sort()).toEqual(
      Object.keys(scripts)
        .filter((name) => TOOLS.test(name))
        .sort(),
    ));

  it.each([...RUN_BY_SCRIPT, ...OWN_SCRIPTS])(
    'of %s prints the usage and rejects unknown options before anything is installed',
    async (name) => {
      const command = name === 'start' ? 'npm start' : `npm run ${name}`;
      for (const help of ['--help', '-h']) {
        const { code, output } = await call(name, help);
        expect([code, output.split('\n')[0]]).toEqual([0, expect.stringContaining(`Usage: ${command}`)]);
      }
      const { code, output } = await call(name, '--no-such-option');
      expect(code).toBe(2);
      expect(output).toMatch(new RegExp(`^Unknown option '--no-such-option'\\nUsage: ${command}`));
      expect(existsSync(join(checkout.root, 'installations'))).toBe(false);
    },
  );

  it('names a missing and an unexpected argument', async () => {
    expect(await call('admin:reset')).toMatchObject({ code: 2, output: expect.stringContaining('<email> is missing.') });
    expect(await call('verify', 'claims')).toMatchObject({
      code: 2,
      output: expect.stringContaining("Unexpected argument 'claims'."),
    });
  });

  it('of demo asks you to start the system first if it does not answer', async () => {
    const { code, output } = await call('demo', '--url', 'http://127.0.0.1:1');
    expect([code, output]).toEqual([1, 'http://127.0.0.1:1 does not answer. Run npm start first.\n']);
  });
});
