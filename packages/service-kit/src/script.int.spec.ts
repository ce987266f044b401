import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const runner = require.resolve('../../testing/src/run-typescript.cjs');

it.each([
  ['succeeds', 0, ''],
  ['reports', 2, ''],
  ['fails', 1, 'no engine\n'],
  ['waits', 1, ''],
])('a script that %s exits with %i', (ending, code, printed) => {
  const { status, stderr } = spawnSync(process.execPath, [runner, join(__dirname, 'testing/ending.script.ts'), ending]);
  expect([status, stderr.toString()]).toEqual([code, printed]);
});
