import { DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreUnavailable } from '@rewards/event-store';
import { MessageBusUnavailable } from '@rewards/message-bus';
import { describeEngines } from './engines';
import { Failures } from './failures';
import type { Logger } from './logger';
import { Metrics } from './metrics';
import { readSettings } from './settings';

describe('repeated failures', () => {
  let now = 0;
  let lines: string[];
  let failures: Failures;
  let metrics: Metrics;

  beforeEach(() => {
    now = 0;
    lines = [];
    metrics = new Metrics('auth-service');
    const log = (level: string) => (fields: { reason?: string }, message: string) =>
      void lines.push(`${level} ${message}${fields.reason === undefined ? '' : `: ${fields.reason}`}`);
    const logger = { info: log('info'), warn: log('warn'), error: log('error') } as unknown as Logger;
    failures = new Failures(logger, { places: { eventStore: 'EventStoreDB at one:2113' }, metrics, now: () => now });
  });

  const unreachable = () => new EventStoreUnavailable('connection refused');

  it('are logged once for an engine and all its tasks, and once when it recovers', async () => {
    for (let time = 0; time < 500; time += 1) {
      now += 50;
      for (const task of ['counter', 'intake', 'requests']) failures.reportFailure(task, unreachable());
    }
    failures.reportSuccess('relay');
    expect(lines).toEqual(['warn EventStoreDB at one:2113 is unavailable, retrying: connection refused']);
    failures.reportSuccess('intake');
    failures.reportSuccess('counter');
    expect(lines.slice(1)).toEqual(['info EventStoreDB at one:2113 recovered']);
    expect(await metrics.registry.metrics()).toMatch(/repeated_failures_total\{what="eventStore".*\} 1500/);
  });

  it('are logged again once a minute while they last', () => {
    for (; now <= 120_000; now += 100) failures.reportFailure('counter', unreachable());
    expect(lines).toHaveLength(3);
  });

  it('are logged at most once in ten seconds if they are intermittent', () => {
    for (; now < 10_000; now += 100) {
      failures.reportFailure('intake', new DocumentStoreUnavailable('full'));
      failures.reportSuccess('intake');
    }
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('are logged as damage for a damaged engine, and by task for any other error', () => {
    failures.reportFailure('counter', unreachable());
    failures.reportFailure('counter', new EventStoreDamaged('events.db is damaged. Restore it'));
    failures.reportFailure('catalogue', new RangeError('a defect'));
    expect(lines.slice(1)).toEqual([
      'error EventStoreDB at one:2113 is damaged, so the tasks that depend on it have stopped: events.db is damaged. Restore it',
      'warn catalogue failed, retrying',
    ]);
  });

  it('are described with the address of the engine exactly once', () => {
    expect(failures.describe('eventStore', unreachable())).toBe('EventStoreDB at one:2113: connection refused');
    expect(failures.describe('eventStore', new Error('no answer'))).toBe('EventStoreDB at one:2113: no answer');
    expect(failures.describe('eventStore', new EventStoreUnavailable('one:2113 refused'))).toBe('one:2113 refused');
    expect(failures.describe('counter', new Error('stopped'))).toBe('stopped');
  });

  it('are logged separately for each engine', () => {
    failures.reportFailure('intake', unreachable());
    failures.reportFailure('intake', new MessageBusUnavailable('no broker'));
    expect(lines).toHaveLength(2);
  });
});

describe('the engines of the settings', () => {
  it('are described by their addresses, without credentials', () => {
    const settings = readSettings({
      DATA_DIR: '/srv/data',
      EVENTSTORE_URL: 'esdb://admin:changeit@one:2113,two:2113?tls=false',
      MONGODB_URL: 'mongodb+srv://user:p%40ss@cluster.example.com/db?w=1',
      KAFKA_BROKERS: 'one:9092, two:9092',
    });
    expect(describeEngines(settings)).toEqual({
      eventStore: 'EventStoreDB at one:2113,two:2113',
      documentStore: 'MongoDB at cluster.example.com',
      messageBus: 'Kafka at one:9092,two:9092',
    });
    expect(describeEngines(readSettings({ DATA_DIR: '/srv/data' }))).toEqual({
      eventStore: 'the embedded event store in /srv/data',
      documentStore: 'the embedded document store in /srv/data',
      messageBus: 'the embedded message bus in /srv/data/bus',
    });
  });
});
