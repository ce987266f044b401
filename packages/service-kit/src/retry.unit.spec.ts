import { spawnSync } from 'node:child_process';

it('lets any number of tasks wait on one signal without a warning of a leak', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [require.resolve('../../event-store/src/testing/run-typescript.cjs'), require.resolve('./testing/many-retries.process.ts')],
    { encoding: 'utf8', timeout: 20_000 },
  );
  expect([status, stderr]).toEqual([0, '']);
});
