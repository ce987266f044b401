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
  });
  afterEach(() => checkout.remove());

  /** Runs it over an npm whose `test` and `run check` leave these results and exit codes, and the steps between a pass each. */
  const run = async (
    test: { results?: unknown; code: number },
    check: { results?: unknown; code: number } = { results: CHECKS, code: 0 },
    between: unknown = [{ name: 'one', ok: true }],
  ) => {
    const leave = ({ results, code }: { results?: unknown; code: number }, file: string) =>
      `${results === undefined ? '' : `echo '${JSON.stringify(results)}' > "${file}"; `}exit ${code}`;
    checkout.program(
      'npm',
      `last="\${@: -1}"
       file="\${last#--outputFile=}"
       case "$1 $2" in
         test*) ${leave(test, '$file')} ;;
         'run check') ${leave(check, '$file')} ;;
         run*) ${leave({ results: between, code: 0 }, '$file')} ;;
       esac`,
    );
    const running = checkout.run('bash', ['.ci/run']);
    const code = await running.ended;
    const lines = running.output().trimEnd().split('\n');
    return { code, lastLine: lines.at(-1), output: running.output() };
  };

  it('adds the specs and the checks up', async () => {
    expect(await run({ results: SPECS, code: 0 })).toMatchObject({ code: 0, lastLine: '11 passed, 0 failed' });
  });

  it('fails with a failed spec', async () => {
    const results = { ...SPECS, numFailedTests: 2 };
    expect(await run({ results, code: 1 })).toMatchObject({ code: 1, lastLine: '11 passed, 2 failed' });
  });

  it('counts a suite that could not run', async () => {
    const results = { ...SPECS, numRuntimeErrorTestSuites: 1 };
    expect(await run({ results, code: 1 })).toMatchObject({ code: 1, lastLine: '11 passed, 1 failed' });
  });

  it('counts a failed check, after the specs', async () => {
    const results = [{ name: 'lint', ok: false }, ...CHECKS];
    expect(await run({ results: SPECS, code: 0 }, { results, code: 1 })).toMatchObject({
      code: 1,
      lastLine: '11 passed, 1 failed',
    });
  });

  it('counts a step without a result as a failure and goes on', async () => {
    expect(await run({ code: 0 })).toMatchObject({ code: 1, lastLine: '4 passed, 1 failed' });
    expect(await run({ results: 'cut off', code: 1 }, { code: 134 })).toMatchObject({ code: 1, lastLine: '2 passed, 2 failed' });
  });

  it('does not believe a good result of a command that failed', async () => {
    expect(await run({ results: SPECS, code: 137 })).toMatchObject({ code: 1, lastLine: '11 passed, 1 failed' });
  });

  it('fails when nothing ran', async () => {
    const results = { ...SPECS, numPassedTests: 0 };
    expect(await run({ results, code: 0 }, { results: [], code: 0 }, [])).toMatchObject({
      code: 1,
      lastLine: '0 passed, 0 failed',
    });
  });

  it('names what was skipped', async () => {
    const testResults = [{ assertionResults: [{ fullName: 'claims on MongoDB', status: 'pending' }] }];
    const { output } = await run({ results: { ...SPECS, testResults }, code: 0 });
    expect(output).toContain('Skipped: claims on MongoDB\n');
  });

  it('leaves nothing running, also when it is ended early', async () => {
    checkout.program('npm', 'sleep 1000 & echo "left one running"; if [ "$1" = run ]; then wait; fi');
    const running = checkout.run('bash', ['.ci/run']);
    await until('both lines of the step', running.output, (output) => output.split('left one running').length === 3);
    running.child.kill('SIGTERM');
    // Its output ends when nobody has it open any more.
    expect(await running.ended).toBe(1);
    expect(running.output().trimEnd().split('\n').at(-1)).toBe('0 passed, 2 failed');
  });
});
