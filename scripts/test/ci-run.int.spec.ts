import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rewards/testing/until';
import { Checkout } from './checkout';

const SPECS = { numPassedTests: 7, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] };
const CHECKS = [
  { name: 'lint', ok: true },
  { name: 'types', ok: true },
];

describe('.ci/run', () => {
  let checkout: Checkout;

  beforeEach(() => {
    checkout = new Checkout();
    checkout.program('chromium', '');
  });
  afterEach(() => checkout.remove());

  /** Runs `.ci/run` with a fake npm, whose `test` and `run check` write these results. The steps between them pass by default. */
  const run = async (
    test: { results?: unknown; code: number },
    check: { results?: unknown; code: number } = { results: CHECKS, code: 0 },
    between: unknown = [{ name: 'one', ok: true }],
  ) => {
    const write = ({ results, code }: { results?: unknown; code: number }, file: string) =>
      `${results === undefined ? '' : `echo '${JSON.stringify(results)}' > "${file}"; `}exit ${code}`;
    checkout.program(
      'npm',
      `last="\${@: -1}"
       file="\${last#--outputFile=}"
       case "$1 $2" in
         test*) ${write(test, '$file')} ;;
         'run check') ${write(check, '$file')} ;;
         run*) ${write({ results: between, code: 0 }, '$file')} ;;
       esac`,
    );
    const running = checkout.run('bash', ['.ci/run']);
    const code = await running.exited;
    const lines = running.output().trimEnd().split('\n');
    return { code, lastLine: lines.at(-1), output: running.output() };
  };

  it('adds up the specs, the coverage, the other steps and the checks', async () => {
    expect(await run({ results: SPECS, code: 0 })).toMatchObject({ code: 0, lastLine: '13 passed, 0 failed' });
  });

  it('fails if a spec fails', async () => {
    const results = { ...SPECS, numFailedTests: 2 };
    expect(await run({ results, code: 1 })).toMatchObject({ code: 1, lastLine: '13 passed, 2 failed' });
  });

  it('counts a suite that could not run as a failure', async () => {
    const results = { ...SPECS, numRuntimeErrorTestSuites: 1 };
    expect(await run({ results, code: 1 })).toMatchObject({ code: 1, lastLine: '13 passed, 1 failed' });
  });

  it('counts a failed check', async () => {
    const results = [{ name: 'lint', ok: false }, ...CHECKS];
    expect(await run({ results: SPECS, code: 0 }, { results, code: 1 })).toMatchObject({
      code: 1,
      lastLine: '13 passed, 1 failed',
    });
  });

  it('counts a step without a result as a failure and continues', async () => {
    expect(await run({ code: 0 })).toMatchObject({ code: 1, lastLine: '6 passed, 1 failed' });
    expect(await run({ results: 'cut off', code: 1 }, { code: 134 })).toMatchObject({ code: 1, lastLine: '4 passed, 2 failed' });
  });

  it('counts a failure for a command that fails with a good result', async () => {
    expect(await run({ results: SPECS, code: 137 })).toMatchObject({ code: 1, lastLine: '13 passed, 1 failed' });
  });

  it('fails if nothing ran', async () => {
    const results = { ...SPECS, numPassedTests: 0 };
    expect(await run({ results, code: 0 }, { results: [], code: 0 }, [])).toMatchObject({
      code: 1,
      lastLine: '0 passed, 0 failed',
    });
  });

  it('installs Chromium if there is none', async () => {
    const withoutBrowser = checkout
      .read('.ci/browser')
      .replaceAll(/chromium-browser|google-chrome|chromium(?= chromium)/g, 'missing-$&');
    checkout.write('.ci/browser', withoutBrowser);
    checkout.program('apt-get', 'echo "apt-get $*"');
    const { output, lastLine } = await run({ results: SPECS, code: 0 });
    expect(output).toMatch(/apt-get update\napt-get install .* chromium fonts-noto-cjk\n/);
    expect(lastLine).toBe('13 passed, 0 failed');
    checkout.program('apt-get', 'exit 100');
    expect(await run({ results: SPECS, code: 0 })).toMatchObject({ code: 1, lastLine: '13 passed, 1 failed' });
  });

  it('names skipped specs', async () => {
    const testResults = [{ assertionResults: [{ fullName: 'claims on MongoDB', status: 'pending' }] }];
    const { output } = await run({ results: { ...SPECS, testResults }, code: 0 });
    expect(output).toContain('Skipped: claims on MongoDB\n');
  });

  it('leaves no process running, even when it is interrupted', async () => {
    checkout.program('npm', 'sleep 1000 & echo "left one running"; if [ "$1" = run ]; then wait; fi');
    const running = checkout.run('bash', ['.ci/run']);
    await until('both lines of the step', running.output, (output) => output.split('left one running').length === 3);
    running.child.kill('SIGTERM');
    // The output closes only when no process has it open.
    expect(await running.exited).toBe(1);
    expect(running.output().trimEnd().split('\n').at(-1)).toBe('0 passed, 2 failed');
  });

  it('ends within an hour even if every step hangs', async () => {
    const script = checkout.read('.ci/run');
    expect(Number(/^ALL_TIME=(\d+)m$/m.exec(script)?.[1])).toBeLessThan(60);
    checkout.write('.ci/run', script.replace(/^ALL_TIME=.*$/m, 'ALL_TIME=0m'));
    checkout.program('npm', 'exec sleep 1000');
    const running = checkout.run('bash', ['.ci/run']);
    expect(await running.exited).toBe(1);
    expect(running.output().trimEnd().split('\n').at(-1)).toBe('0 passed, 6 failed');
  });
});

/** Adds up the time limits of a script, in minutes. */
const minutesOf = (script: string, limit: RegExp): number => {
  const limits = [...script.matchAll(limit)].map(([, minutes]) => Number(minutes));
  expect(limits.length).toBeGreaterThan(3);
  return limits.reduce((sum, minutes) => sum + minutes, 0);
};

describe('npm run nightly', () => {
  let checkout: Checkout;
  beforeEach(() => {
    checkout = new Checkout();
    checkout.program(
      'npm',
      `echo "npm $*" >> calls
       for argument in "$@"; do
         case "$previous" in --results) file="$argument" ;; esac
         case "$argument" in --outputFile=*) file="\${argument#--outputFile=}" ;; esac
         previous="$argument"
       done
       case "$1 $2" in
         'run test:mutations') exit 1 ;;
         test*) echo '${JSON.stringify(SPECS)}' > "$file" ;;
         *) echo '[{"name":"one","ok":true}]' > "$file" ;;
       esac`,
    );
  });
  afterEach(() => checkout.remove());

  const nightly = async (...args: string[]) => {
    const running = checkout.run(process.execPath, ['scripts/nightly.mjs', ...args]);
    const code = await running.exited;
    return { code, output: running.output(), lastLine: running.output().trimEnd().split('\n').at(-1) };
  };

  it('runs and adds up the selected steps, with the same seed', async () => {
    const steps = ['--only', 'faults', '--only', 'fuzz'];
    expect(await nightly(...steps, '--seed', '7', '--seeds', '2')).toMatchObject({ code: 0, lastLine: '8 passed, 0 failed' });
    expect(checkout.read('calls').trim().split('\n')).toEqual([
      expect.stringMatching(/^npm run test:faults -- --seeds 2 --seed 7 --resets 900 --results /),
      expect.stringMatching(/^npm test -- e2e\/security\/fuzz /),
    ]);
  });

  it('counts a step without a result as a failure', async () => {
    expect(await nightly('--only', 'mutations')).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
  });

  it('rejects an unknown step and an invalid number before it runs anything', async () => {
    expect(await nightly('--only', 'nothing')).toMatchObject({
      code: 2,
      lastLine: 'There is no step nothing. The steps are faults, fuzz, bench, mutations, node-22, node-24.',
    });
    expect(await nightly('--minutes', 'many')).toMatchObject({ code: 2, lastLine: '--minutes must be a whole number.' });
    expect(() => checkout.read('calls')).toThrow();
  });

  it('ends within the time limit of its workflow', () => {
    const workflow = readFileSync(join(__dirname, '../../.github/workflows/nightly.yml'), 'utf8');
    const [, limit] = /timeout-minutes: (\d+)/.exec(workflow) ?? [];
    const script = checkout.read('.ci/nightly');
    const [, nodeTime] = /^NODE_TIME=(\d+)$/m.exec(script) ?? [];
    // NODE_TIME applies to both versions.
    expect(minutesOf(script, /^\w+_TIME=(\d+)$/gm) + Number(nodeTime)).toBeLessThan(Number(limit) - 10);
  });
});
