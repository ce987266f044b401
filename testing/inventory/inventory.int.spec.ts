import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'libsql';
import { Webhook } from 'standardwebhooks';
import { firstLineOf, INVENTORY, Inventory, SHORT_RECEIVER } from '@rewards/testing/inventory';

const run = promisify(execFile);
const secret = `whsec_${randomBytes(32).toString('base64')}`;

let directory: string;
let file: string;
let inventory: Inventory;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'inventory-'));
  file = join(directory, 'inventory.db');
  inventory = await Inventory.start({ secrets: [secret], file });
});
afterEach(async () => {
  await inventory.stop();
  rmSync(directory, { recursive: true, force: true });
});

const bodyOf = (deliveryId: string, accountId: string, type = 'reward.claimed'): string =>
  JSON.stringify({
    type,
    timestamp: '2026-11-01T00:00:00.000Z',
    data: { deliveryId, accountId, rewardName: '극한성장의 비약', type: 'ITEM', itemCode: 'P-1', amount: 20, position: '00a' },
  });

/** Sends a message that is signed with the library, as the service does. */
const send = async (url: string, id = randomUUID(), { accountId = 'account-1', type = 'reward.claimed' } = {}) => {
  const body = bodyOf(id, accountId, type);
  const at = new Date();
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    body,
  });
  const text = await response.text();
  return { status: response.status, body: text && (JSON.parse(text) as unknown), headers: response.headers };
};
const held = async () => (await inventory.ledger()).map(({ deliveryId, messages }) => [deliveryId, messages]);

describe('the inventory', () => {
  it('grants a delivery once, and prints it with the number of its messages', async () => {
    const id = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => send(inventory.url, id)));
    for (const { status, body } of answers) expect([status, body]).toEqual([200, { reference: 'grant-1' }]);
    const line = {
      deliveryId: id,
      accountId: 'account-1',
      rewardName: '극한성장의 비약',
      type: 'ITEM',
      amount: 20,
      itemCode: 'P-1',
      at: '2026-11-01T00:00:00.000Z',
      position: '00a',
      times: 1,
      messages: 3,
    };
    expect(await inventory.ledger()).toEqual([line]);
    const { stdout } = await run(process.execPath, [INVENTORY, '--ledger', '--file', file]);
    expect(stdout).toBe(`${JSON.stringify(line)}\n`);
    const items = new Database(file).prepare('SELECT * FROM items').all();
    expect(items).toEqual([{ accountId: 'account-1', rewardName: '극한성장의 비약', amount: 20 }]);
  });

  it('keeps what it acknowledged when it is killed, and continues with the same file', async () => {
    const id = randomUUID();
    await send(inventory.url, id);
    await inventory.stop('SIGKILL');
    inventory = await Inventory.start({ secrets: [secret], file, port: inventory.port });
    expect((await send(inventory.url, id)).body).toEqual({ reference: 'grant-1' });
    expect(await held()).toEqual([[id, 2]]);
  });

  it('is full for one player, who keeps what they hold', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    await send(inventory.url, id);
    await inventory.control({ full: ['account-1'] });
    expect(await send(inventory.url, other)).toMatchObject({ status: 409, body: { code: 'INVENTORY_FULL' } });
    expect((await send(inventory.url, id)).status).toBe(200);
    expect((await send(inventory.url, randomUUID(), { accountId: 'account-2' })).status).toBe(200);
    await inventory.control({ full: [] });
    expect((await send(inventory.url, other)).status).toBe(200);
    await inventory.control({ full: ['*'] });
    expect((await send(inventory.url)).status).toBe(409);
  });

  it('fails with a status and its headers for a number of messages, without handling them', async () => {
    await inventory.control({ status: 503, headers: { 'retry-after': '60' }, times: 1 });
    const failed = await send(inventory.url);
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '60']);
    expect((await send(inventory.url)).status).toBe(200);
    await inventory.control({ status: 410, times: null });
    for (let n = 0; n < 2; n += 1) expect((await send(inventory.url)).status).toBe(410);
    expect(await held()).toHaveLength(1);
  });

  it('loses its answers, but not the grants', async () => {
    const id = randomUUID();
    await inventory.control({ loseAnswers: true });
    await expect(send(inventory.url, id)).rejects.toThrow('fetch failed');
    await inventory.control({ loseAnswers: false });
    expect((await send(inventory.url, id)).status).toBe(200);
    expect(await held()).toEqual([[id, 2]]);
  });

  it('is slow, and rejects a setting that it does not have', async () => {
    await inventory.control({ delayMs: 200 });
    const startedAt = performance.now();
    await send(inventory.url);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
    await expect(inventory.control({ slow: true } as object)).rejects.toThrow('There is no setting slow.');
  });

  it('answers a test without granting anything, and does not accept another type', async () => {
    expect(await send(inventory.url, randomUUID(), { type: 'delivery.test' })).toMatchObject({ status: 200, body: {} });
    expect((await send(inventory.url, randomUUID(), { type: 'reward.lost' })).status).toBe(422);
    expect(await held()).toEqual([]);
  });

  it.each([
    ['its parent closes the channel', (child: ChildProcess) => child.disconnect()],
    ['it is asked to', (child: ChildProcess) => child.kill()],
  ])('ends when %s', async (_cause, end) => {
    const args = ['--port', '0', '--file', join(directory, 'child.db'), '--secret', secret];
    const child = spawn(process.execPath, [INVENTORY, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const exited = once(child, 'exit');
    await firstLineOf(child);
    end(child);
    expect(await exited).toEqual([0, null]);
  });

  it('verifies with its own code, also the signatures v1a', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const publicText = `whpk_${publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;
    const asymmetric = await Inventory.start({ secrets: [publicText], file: join(directory, 'other.db') });
    try {
      const id = randomUUID();
      const body = bodyOf(id, 'account-1');
      const statusOf = async (url: string, signature: string, shiftSeconds = 0) => {
        const timestamp = String(Math.floor(Date.now() / 1_000) + shiftSeconds);
        const content = Buffer.from(`${id}.${timestamp}.${body}`);
        const hmac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
          .update(content)
          .digest('base64');
        const signatures = signature
          .replace('ED25519', `v1a,${sign(null, content, privateKey).toString('base64')}`)
          .replace('HMAC', `v1,${hmac}`);
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
        return (await fetch(url, { method: 'POST', headers, body })).status;
      };
      expect(await statusOf(asymmetric.url, 'HMAC ED25519')).toBe(200);
      expect(await statusOf(asymmetric.url, 'HMAC v1a,AAAA')).toBe(401);
      expect(await statusOf(inventory.url, 'v9,AAAA v1,AAAA HMAC')).toBe(200);
      expect(await statusOf(inventory.url, 'ED25519')).toBe(401);
      expect(await statusOf(inventory.url, 'HMAC', -301)).toBe(401);
      expect(await statusOf(inventory.url, 'HMAC', 302)).toBe(401);
    } finally {
      await asymmetric.stop();
    }
  });
});

describe('the receiver of docs/delivery.md', () => {
  let receiver: ChildProcess;
  afterEach(async () => {
    const exited = once(receiver, 'exit');
    receiver.kill();
    await exited;
  });

  it('has at most 60 lines, and grants a delivery once', async () => {
    expect(readFileSync(SHORT_RECEIVER, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    const gameFile = join(directory, 'game.db');
    const port = String(inventory.port);
    await inventory.stop();
    receiver = spawn(process.execPath, [SHORT_RECEIVER], {
      env: { ...process.env, SECRET: secret, PORT: port, FILE: gameFile },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await firstLineOf(receiver)).toBe(`Listening on port ${port}.`);
    const id = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => send(inventory.url, id)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await send(inventory.url, randomUUID(), { type: 'delivery.test' })).status).toBe(204);
    expect((await send(inventory.url, randomUUID(), { type: 'reward.lost' })).status).toBe(422);
    expect((await fetch(inventory.url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(new Database(gameFile).prepare('SELECT * FROM items').all()).toEqual([
      { player: 'account-1', item: 'P-1', amount: 20 },
    ]);
  });
});
