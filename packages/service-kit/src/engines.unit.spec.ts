import { tmpdir } from 'node:os';
import { openDocumentStore, openEventStore, openMessageBus } from './engines';
import { readSettings, WrongSetting } from './settings';

describe('engines', () => {
  it('opens real ones that are away without an error: they are waited for', async () => {
    const settings = readSettings({
      DATA_DIR: tmpdir(),
      EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false',
      MONGODB_URL: 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100',
      KAFKA_BROKERS: '127.0.0.1:9',
    });
    const opened = [openEventStore(settings, 'write'), openDocumentStore(settings, 'views', 'read'), openMessageBus(settings)];
    for (const engine of opened) {
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
  ])('names %s when its driver does not take it, and never its value', (name, value, open) => {
    expect(open).toThrow(WrongSetting);
    expect(open).toThrow(name);
    expect(open).not.toThrow(value);
  });
});
