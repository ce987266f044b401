import { spawnSync } from 'node:child_process';
import { hasEnded, thisProcess } from './process-identity';

const endedPid = (): number => spawnSync(process.execPath, ['--version']).pid;

it.each([
  ['false for this process', thisProcess, false],
  ['true for an earlier process with the same pid', { ...thisProcess, run: 'an earlier one' }, true],
  ['true for an ended process on this machine', { ...thisProcess, pid: endedPid() }, true],
  ['false for a running process on this machine', { ...thisProcess, pid: process.ppid }, false],
  ['false for a process on another machine', { ...thisProcess, host: 'elsewhere', pid: endedPid() }, false],
])('hasEnded is %s', (_, identity, expected) => {
  expect(hasEnded(identity)).toBe(expected);
});
