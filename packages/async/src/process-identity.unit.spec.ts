import { spawnSync } from 'node:child_process';
import { hasEnded, thisProcess } from './process-identity';

const endedPid = (): number => spawnSync(process.execPath, ['--version']).pid;

it.each([
  ['this process', thisProcess, false],
  ['an earlier process with our pid', { ...thisProcess, run: 'an earlier one' }, true],
  ['an ended process of this machine', { ...thisProcess, pid: endedPid() }, true],
  ['a running process of this machine', { ...thisProcess, pid: process.ppid }, false],
  ['a process of another machine', { ...thisProcess, host: 'elsewhere', pid: endedPid() }, false],
])('tells whether %s has ended for certain', (_, identity, expected) => {
  expect(hasEnded(identity)).toBe(expected);
});
