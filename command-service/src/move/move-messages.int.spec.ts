import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeliveredMessage, MessageBus } from '@rewards/message-bus';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { until } from '@rewards/testing/until';
import { moveMessages } from './move-messages';

let directory: string;
let from: MessageBus;
let to: MessageBus;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'move-messages-'));
  from = openEmbeddedMessageBus({ directory: join(directory, 'from') });
  to = openEmbeddedMessageBus({ directory: join(directory, 'to') });
});
afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(directory, { recursive: true });
});

it('moving messages keeps key, value and headers', async () => {
  const headers = { ce_id: '극한', Upper_Case: '' };
  await from.publish('logins', [
    { key: 'k', value: Buffer.from([0xff, 0]), headers },
    { key: 'k', value: null },
  ]);
  expect(await moveMessages(from, to, () => undefined)).toBe(2);
  const received: DeliveredMessage[] = [];
  const handle = async (message: DeliveredMessage) => void received.push(message);
  const consumer = await to.consume({ group: 'spec', topics: ['logins'], handle });
  await until('two messages', () => received.length === 2);
  await consumer.stop();
  expect(received.map(({ key, value, headers: kept }) => [String(key), value, kept])).toEqual([
    ['k', Buffer.from([0xff, 0]), headers],
    ['k', null, {}],
  ]);
});
