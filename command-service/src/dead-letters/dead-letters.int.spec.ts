import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streams } from '@rewards/contracts';
import { deadLetter, recordDeadLetter } from '@rewards/domain';
import { StreamHandler, type CommandMetadata, type EventStore } from '@rewards/event-store';
import { MessageBusUnavailable, type MessageBus } from '@rewards/message-bus';
import { readSettings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { Metrics } from '@rewards/service-kit/metrics';
import { CommandMetrics } from '../command-metrics';
import { StreamCommandHandler } from '../stream-command.handler';
import { Streams } from '../streams';
import { redriveMessageCommand } from './dead-letters.commands';

const deadLetterId = '00000000-0000-4000-8000-000000000001';
const by = '00000000-0000-4000-8000-00000000000a';
const at = '2026-11-01T00:00:00.000Z';
const stream = streams.deadLetter(deadLetterId);
const metadata: CommandMetadata = { correlationId: 'c', causationId: null, actor: { service: 'test' }, at };

describe('redriving a dead letter', () => {
  let dataDir: string;
  let store: EventStore;
  const typesRecorded = async () => (await store.readStream(stream)).map(({ type }) => type);

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'dead-letters-'));
    store = openEventStore(readSettings({ DATA_DIR: dataDir }), 'write');
    const letter = {
      deadLetterId,
      topic: 'logins',
      partition: 0,
      offset: '7',
      key: 'k',
      payload: '{',
      headers: { ce_id: '극한', Upper: '' },
      error: 'e',
      attempts: 1,
      at,
    };
    await new StreamHandler(store, deadLetter).handle(stream, recordDeadLetter(letter), metadata);
  });

  afterEach(async () => {
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  const redriveOver = (publish: MessageBus['publish']) =>
    new StreamCommandHandler(new Streams(store), store, new CommandMetrics(new Metrics('command-service'))).execute(
      redriveMessageCommand({ deadLetterId, by, metadata }, { publish }),
    );

  it('publishes the message before it records the redrive', async () => {
    const published: unknown[] = [];
    const message = { key: Buffer.from('k'), value: Buffer.from('{'), headers: { ce_id: '극한', Upper: '' } };
    await redriveOver(async (topic, messages) => {
      published.push(topic, ...messages, await typesRecorded());
    });
    expect(published).toEqual(['logins', message, ['MessageDeadLettered']]);
    expect(await typesRecorded()).toEqual(['MessageDeadLettered', 'MessageRedriven']);
  });

  it('records nothing while the bus is unavailable, so that the redrive can be repeated', async () => {
    await expect(redriveOver(() => Promise.reject(new MessageBusUnavailable('unavailable')))).rejects.toThrow(
      MessageBusUnavailable,
    );
    expect(await typesRecorded()).toEqual(['MessageDeadLettered']);
    expect((await redriveOver(async () => undefined)).recorded).toBe(true);
  });
});
