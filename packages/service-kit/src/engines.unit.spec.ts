import { tmpdir } from 'node:os';
import { describeEngines, openDocumentStore, openEventStore, openMessageBus, requireAvailable } from './engines';
import { readSettings, InvalidSettings } from './settings';

describe('engines', () => {
  it('open without an error if they are unavailable, and report that when pinged', async () => {
    const settings = readSettings({
      DATA_DIR: tmpdir(),
      EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false',
      MONGODB_URL: 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100',
      KAFKA_BROKERS: '127.0.0.1:9',
    });
    const { eventStore, documentStore, messageBus } = describeEngines(settings);
    const opened = [
      [eventStore, openEventStore(settings, 'write')],
      [documentStore, openDocumentStore(settings, 'views', 'read')],
      [messageBus, openMessageBus(settings)],
    ] as const;
    for (const [place, engine] of opened) {
      await expect(requireAvailable(place, engine)).rejects.toThrow(
        /^(EventStoreDB|MongoDB|Kafka) at 127\.0\.0\.1:9 is unavailable: /,
      );
      await expect(engine.ping()).rejects.toThrow(expect.objectContaining({ name: expect.stringMatching(/Unavailable$/) }));
      await engine.close();
    }
  });

  it.each([
    [
      'EVENTSTORE_URL',
      'esdb://admin:secret@one?tls=perhaps',
      () => openEventStore(readSettings({ EVENTSTORE_URL: 'esdb://admin:secret@one?tls=perhaps' }), 'read'),
    ],
    [
      'MONGODB_URL',
      'mongodb://admin:secret@one/?maxPoolSize=secret',
      () => openDocumentStore(readSettings({ MONGODB_URL: 'mongodb://admin:secret@one/?maxPoolSize=secret' }), 'views', 'read'),
    ],
  ])('report %s by name, without its value, if its driver rejects it', (name, value, open) => {
    expect(open).toThrow(InvalidSettings);
    expect(open).toThrow(name);
    expect(open).not.toThrow(value);
  });
});
