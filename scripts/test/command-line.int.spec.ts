import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checkout } from './checkout';

const { scripts } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const RUN_BY_ONE = Object.entries(scripts).flatMap(([name, script]) => (script === `node scripts/run.mjs ${name}` ? [name] : []));
const TOOLS =
  /^(start|demo|rebuild|verify|move|keys:rotate|admin:reset|test:(engines|faults|mutations)|check|bench.*|engines:.*)$/;
const OWN = ['start', 'demo', 'check', 'test:engines'];

describe('the command line', () => {
  let checkout: Checkout;
  beforeEach(() => (checkout = new Checkout()));
  afterEach(() => checkout.remove());

  const call = async (name: string, ...args: string[]) => {
    const [, file = '', ...given] = (scripts[name] ?? '').replace(/^exec /, '').split(' ');
    const running = checkout.run(process.execPath, [join(checkout.root, file), ...given, ...args]);
    return { code: await running.ended, output: running.output() };
  };

  it('has every tool', () =>
    expect([...RUN_BY_ONE, ...OWN, 'engines:up', 'engines:down'].sort()).toEqual(
      Object.keys(scripts)
        .filter((name) => TOOLS.test(name))
        .sort(),
    ));

  it.each([...RUN_BY_ONE, ...OWN])(
    'of %s prints the usage, and rejects what it does not know, before anything is installed',
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

  it('names an argument that is missing, and one too many', async () => {
    expect(await call('admin:reset')).toMatchObject({ code: 2, output: expect.stringContaining('<email> is missing.') });
    expect(await call('verify', 'claims')).toMatchObject({
      code: 2,
      output: expect.stringContaining("Unexpected argument 'claims'."),
    });
  });

  it('of the demo says to start the system first', async () => {
    const { code, output } = await call('demo', '--url', 'http://127.0.0.1:1');
    expect([code, output]).toEqual([1, 'Nothing answers at http://127.0.0.1:1: run npm start first.\n']);
  });
});
