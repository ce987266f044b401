import { execFile } from 'node:child_process';
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Inventory } from '@rewards/testing/inventory';
import { RUN_TYPESCRIPT } from '@rewards/testing/processes';
import { newSecret } from '../webhook/signature';
import { checkReceiver, type CheckResult } from './checks';

const { secret } = newSecret();

/** A receiver that is right, except for one fault. */
interface Fault {
  /** Whether a signature counts. */
  readonly isSigned?: (entries: readonly string[], expected: string) => boolean;
  readonly signedContent?: (id: string, timestamp: string, body: string) => string;
  readonly toleratesMs?: readonly [past: number, future: number];
  readonly statusOfRefusal?: number;
  /** Answers instead of the rest. Returns a status, or a status and body. */
  readonly answer?: (message: Received, seen: Received[]) => number | readonly [number, object] | Promise<number> | null;
}

interface Received {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
}

const equals = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const answerOf = async (request: IncomingMessage, seen: Received[], fault: Fault): Promise<readonly [number, object]> => {
  const {
    isSigned = (entries, expected) => entries.some((entry) => equals(entry, expected)),
    signedContent = (id, timestamp, body) => `${id}.${timestamp}.${body}`,
    toleratesMs: [past, future] = [300_000, 300_000],
    statusOfRefusal = 401,
    answer = () => null,
  } = fault;
  const body = await text(request);
  const {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures = '',
  } = request.headers as Record<string, string>;
  const age = Date.now() - Number(timestamp) * 1_000;
  const content = signedContent(id ?? '', timestamp ?? '', body);
  const expected = `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(content)
    .digest('base64')}`;
  if (age > past || age < -future || !isSigned(signatures.split(' '), expected)) return [statusOfRefusal, {}];
  const message = { id: id ?? '', ...(JSON.parse(body) as Omit<Received, 'id'>) };
  const answered = await answer(message, seen);
  if (!seen.some((other) => other.id === message.id)) seen.push(message);
  if (answered !== null) return typeof answered === 'number' ? [answered, {}] : answered;
  return [200, { reference: `r-${message.id}` }];
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const startReceiver = async (fault: Fault): Promise<string> => {
  const seen: Received[] = [];
  const server = createServer((request, response) => {
    void answerOf(request, seen, fault).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const resultsOf = async (url: string, timeoutMs = 5_000): Promise<readonly CheckResult[]> => {
  const results: CheckResult[] = [];
  for await (const result of checkReceiver(url, { secret, accountId: randomUUID(), timeoutMs })) results.push(result);
  return results;
};

const isRepetition = ({ id }: Received, seen: readonly Received[]): boolean => seen.some((other) => other.id === id);
let references = 0;

const FAULTS: readonly (readonly [fault: string, Fault, finds: readonly string[]])[] = [
  ['nothing', {}, []],
  [
    'no signature check',
    { isSigned: () => true },
    ['bad signature', 'no signature', 'body changed after signing', 'id changed after signing'],
  ],
  ['an accepted missing signature', { isSigned: (all, expected) => all[0] === '' || all.includes(expected) }, ['no signature']],
  [
    'a wrong signature that is accepted if the scheme is right',
    { isSigned: (all, expected) => all.includes(expected) || (all.length === 1 && /^v1,/.test(all[0] ?? '')) },
    ['bad signature', 'body changed after signing', 'id changed after signing'],
  ],
  ['old messages that are accepted', { toleratesMs: [Infinity, 300_000] }, ['old timestamp']],
  ['messages of the future that are accepted', { toleratesMs: [300_000, Infinity] }, ['timestamp in the future']],
  [
    'only the first signature that is read',
    { isSigned: ([first = ''], expected) => equals(first, expected) },
    ['unknown signature scheme first', 'two signatures (rotation)'],
  ],
  [
    'an error for an unknown scheme',
    { isSigned: (all, expected) => all.every((entry) => entry.startsWith('v1,')) && all.includes(expected) },
    ['unknown signature scheme first'],
  ],
  [
    'a refusal that is retried',
    { statusOfRefusal: 500 },
    [
      'bad signature',
      'no signature',
      'body changed after signing',
      'id changed after signing',
      'old timestamp',
      'timestamp in the future',
    ],
  ],
  [
    '409 for a duplicate',
    { answer: (message, seen) => (isRepetition(message, seen) ? 409 : null) },
    ['duplicate (same id)', 'same id 5 times at once'],
  ],
  [
    'a grant for each duplicate',
    { answer: () => [200, { reference: `r-${(references += 1)}` }] },
    ['duplicate (same id)', 'same id 5 times at once'],
  ],
  [
    'a race between messages with the same id',
    {
      answer: async (message, seen) => {
        const isNew = !isRepetition(message, seen);
        await delay(20);
        return isNew && isRepetition(message, seen) ? 500 : 200;
      },
    },
    ['same id 5 times at once'],
  ],
  [
    'earlier grants that are refused',
    {
      answer: ({ timestamp }, seen) =>
        seen.some((other) => Date.parse(other.timestamp) - Date.parse(timestamp) > 60_000) ? 422 : null,
    },
    ['out of order'],
  ],
  ['no support for tests', { answer: ({ type }) => (type === 'delivery.test' ? 404 : null) }, ['test message']],
  [
    'an account that the game does not have',
    { answer: ({ type }) => (type === 'delivery.test' ? null : 404) },
    [
      'valid message',
      'unknown signature scheme first',
      'two signatures (rotation)',
      'duplicate (same id)',
      'same id 5 times at once',
      'out of order',
    ],
  ],
];

describe('check:receiver', () => {
  it.each(FAULTS)('finds in a receiver: %s', async (_, fault, finds) => {
    const results = await resultsOf(await startReceiver(fault));
    expect(results.filter(({ fix }) => fix !== null).map(({ name }) => name)).toEqual(finds);
    expect(results).toHaveLength(14);
  });

  it('finds that an answer takes too long, and reports the time of the slowest', async () => {
    let isSlow = true;
    const slowOnce = async (): Promise<number> => {
      if (isSlow) await delay(600);
      isSlow = false;
      return 200;
    };
    const results = await resultsOf(await startReceiver({ answer: slowOnce }), 500);
    expect(results).toEqual([expect.objectContaining({ name: 'test message', answer: 'no answer in time' })]);
    isSlow = true;
    const inTime = await resultsOf(await startReceiver({ answer: slowOnce }), 5_000);
    const [, slowestMs] = /^slowest (\d+) ms of 5000 ms$/.exec(inTime.at(-1)?.answer ?? '') ?? [];
    expect(Number(slowestMs)).toBeGreaterThanOrEqual(599);
    expect(inTime.at(-1)?.fix).toBeNull();
  });

  it('finds that only some messages take too long', async () => {
    const slow = async ({ timestamp }: Received): Promise<number> => {
      if (Date.now() - Date.parse(timestamp) > 60_000) await delay(1_500);
      return 200;
    };
    const results = await resultsOf(await startReceiver({ answer: slow }), 1_000);
    expect(results.filter(({ fix }) => fix !== null).map(({ name }) => name)).toEqual(['out of order', 'answers in time']);
  });

  it('says what a status means', async () => {
    const fixOf = async (status: number, body = {}) =>
      (await resultsOf(await startReceiver({ answer: () => [status, body] })))[1]?.fix;
    expect(await fixOf(410)).toContain('410 disables the endpoint.');
    expect(await fixOf(307)).toContain('307 is a redirect, which is not followed');
    expect(await fixOf(409, { code: 'INVENTORY_FULL' })).toContain('The inventory of the account is full');
    expect(await fixOf(503)).toContain('503 means that the delivery is retried.');
    expect(await fixOf(403)).toContain('check that the secret is that of this endpoint');
  });
});

describe('the program', () => {
  const program = join(__dirname, 'check-receiver.ts');
  const run = (...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> =>
    new Promise((resolve) =>
      execFile(process.execPath, [RUN_TYPESCRIPT, program, ...args], (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      ),
    );
  let directory: string;
  let inventory: Inventory;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'check-receiver-'));
    inventory = await Inventory.start({ secrets: [secret], file: join(directory, 'inventory.db') });
  });
  afterAll(async () => {
    await inventory.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('passes the inventory with 0, which grants each message once to the named account', async () => {
    const { code, stdout } = await run(inventory.url, '--secret', secret, '--account', 'player-1');
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, '14 passed, 0 failed']);
    expect(stdout).toMatch(/^ok {4}duplicate \(same id\) +200 in \d+ ms, 200 in \d+ ms$/m);
    const times = (await inventory.ledger()).map(({ accountId, messages }) => [accountId, messages]);
    expect(times).toEqual([2, 1, 1, 6, 1, 1].map((count) => ['player-1', count]));
  });

  it('fails with 1, and prints the fix', async () => {
    const { code, stdout } = await run(await startReceiver({ toleratesMs: [Infinity, 300_000] }), '--secret', secret);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}old timestamp +200 in \d+ ms\n {6}The receiver accepted it\. Refuse messages whose/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('13 passed, 1 failed');
  });

  it('ends at once with 1 if nothing listens', async () => {
    const { code, stdout } = await run('http://127.0.0.1:9/', '--secret', secret);
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([1, '0 passed, 1 failed']);
    expect(stdout).toMatch(/^FAIL {2}test message +ECONNREFUSED/m);
  });

  it('names invalid arguments with 2, without the secret', async () => {
    const { code, stderr } = await run('ftp://game.test', '--secret', 'whsec_short', '--timeout', '0');
    expect([code, stderr]).toEqual([
      2,
      '<url> must begin with https:// or http://.\n--secret must be the whsec_… of the endpoint, which is shown when it is added or rotated.\n--timeout must be from 1 to 60000.\n',
    ]);
  });
});
