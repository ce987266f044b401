import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '@rewards/testing/until';
import { Client } from './testing/client';
import { ROOT, System } from './testing/system';

let system: System;
beforeAll(async () => {
  system = await System.start({ DELIVERY_ALLOW_PRIVATE: 'on' });
}, 60_000);
afterAll(() => system.stop());

const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  spawn(process.execPath, [join(ROOT, 'scripts/demo.mjs'), ...args], {
    env: { ...system.scriptEnvironment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const play = async (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
  const child = start(args, environment);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
};

const endpoints = async () => {
  const operator = await Client.withRoles(system, await Client.admin(system), 'OPERATOR');
  return (await operator.get('/delivery-endpoints')).body.data as { readonly url: string }[];
};

it.each([
  ['English', [], ['Core gem', 'Growth potion', 'Sauna ticket', 'auto:1:Gold', 'Day 7'], /\p{Script=Hangul}/u],
  [
    'Korean',
    ['--lang', 'ko'],
    ['코어 잼스톤', '극한성장의 비약', '사우나 이용권', 'auto:1:골드', '7일째'],
    /\bgem|potion|ticket|Gold|Day\b/,
  ],
] as const)(
  'npm run demo fills the calendar and verifies the log, in %s',
  async (_language, args, names, foreign) => {
    const { code, stdout, stderr } = await play(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(names.filter((name) => !stdout.includes(name))).toEqual([]);
    expect(stdout).not.toMatch(foreign);
    // Not on a terminal: no control codes, and one line for each login.
    expect(stdout).not.toContain('\u001b');
    const strips = [...stdout.matchAll(/([■□]{7}) /g)].map(([, strip]) => strip);
    expect(strips).toEqual(['■□□□□□□', '■■□□□□□', '■■□□□□□', '■■■□□□□', '■■■□□□□', '■■■□■□□', '■■■□■■□', '■■■■■■□', '■■■■■■■']);
    for (const code of [
      'CONFIRM_PAST',
      'INSUFFICIENT_REMAINING',
      'CONDITION_NOT_MET',
      'Idempotent-Replayed',
      'SAME_DAY',
      'PAUSED',
      'INVENTORY_FULL',
    ])
      expect(stdout).toContain(code);
    // In the game: four rewards, and one that a login resent.
    expect(stdout.match(/ DELIVERED\b/g)).toHaveLength(5);
    expect(await endpoints()).toEqual([]);
  },
  60_000,
);

it('npm run demo removes its endpoint and ends its inventory if it is interrupted', async () => {
  const child = start([]);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // The endpoint was tested. It stays until the demo continues.
    if (!output.includes('/test') && (output + text).includes('/test')) child.kill('SIGSTOP');
    output += text;
  });
  const [endpoint] = await until('the endpoint', endpoints, (found) => found.length > 0 && output.includes('/test'));
  child.kill('SIGINT');
  child.kill('SIGCONT');
  const [code] = await exited;
  expect(code).toBe(130);
  expect(await endpoints()).toEqual([]);
  const { port } = new URL(String(endpoint?.url));
  await expect(once(connect(Number(port), '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
}, 60_000);

it('npm run demo leaves out the game if rewards are delivered already', async () => {
  const admin = await Client.admin(system);
  const added = await admin.post('/delivery-endpoints', { name: 'Bus', kind: 'BUS' });
  const { code, stdout, stderr } = await play([]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('This system already delivers rewards of these types');
  expect(stdout).not.toContain('DELIVERED');
  await admin.post(`/delivery-endpoints/${added.body.data.id}/remove`, {});
}, 60_000);

it('npm run demo leaves out the game if the system sends to public addresses only', async () => {
  const allowed = system;
  system = await System.start();
  try {
    const { code, stdout, stderr } = await play([]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ADDRESS_REFUSED');
    expect(stdout).toContain('DELIVERY_ALLOW_PRIVATE=on npm start');
  } finally {
    await system.stop();
    system = allowed;
  }
}, 120_000);

it('npm run demo fails if it cannot publish logins to the system', async () => {
  const { code, stderr } = await play([], { DATA_DIR: join(system.dataDir, 'elsewhere') });
  expect([code, stderr]).toEqual([1, expect.stringContaining('The demo publishes logins to the message bus')]);
});

it('npm run demo -- --fill fills the system with events in each state, rejections and dead letters', async () => {
  const { code, stdout, stderr } = await play(['--fill', '--players', '15']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Console  ${system.url}/console`);

  const auditor = new Client(system, 'auditor@example.com', 'a-long-password');
  await auditor.logIn();
  const rows = async (path: string) => (await auditor.get(path)).body.data as Record<string, unknown>[];
  const reasons = new Set((await rows('/claims?status=FAILURE&limit=100')).map(({ reason }) => reason));
  expect([...reasons].sort()).toEqual(
    expect.arrayContaining(['CLAIMS_CLOSED', 'EVENT_NOT_OPEN', 'NO_SUCH_CYCLE', 'NO_SUCH_REWARD', 'NOT_COMPLETED']),
  );
  const errors = new Set((await rows('/dead-letters?limit=100')).map(({ topic, error }) => `${topic}: ${error}`));
  expect(errors.size).toBe(3);
  const types = new Set((await rows('/audit?limit=100&type=RewardEventDeleted')).map(({ type }) => type));
  expect([...types]).toEqual(['RewardEventDeleted']);
}, 150_000);

it('npm run demo -- --fill rejects a number of players that the limits do not allow', async () => {
  const { code, stderr } = await play(['--fill', '--players', '4000']);
  expect([code, stderr]).toEqual([1, '--players must be a number from 10 to 400: registrations are limited.\n']);
});
