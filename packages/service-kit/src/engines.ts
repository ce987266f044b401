import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import type { MessageBus } from '@rewards/message-bus';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { WrongSetting, type Settings } from './settings';

/** Whether the caller owns the data or reads what another service writes. */
export type Access = 'write' | 'read';

/** Databases of the document store, each written by one service. */
export type DatabaseName = 'accounts' | 'views' | 'command';

/** The log: command-service writes it. */
export const openEventStore = (settings: Settings, access: Access): EventStore => {
  return openEmbeddedEventStore({ file: join(settings.dataDir, 'events.db'), queryOnly: access === 'read' });
};

/** One database of documents. */
export const openDocumentStore = (settings: Settings, database: DatabaseName, access: Access): DocumentStore => {
  return openEmbeddedDocumentStore({
    file: join(settings.dataDir, `${database}.db`),
    queryOnly: access === 'read',
    secureDelete: database === 'accounts',
  });
};

/** The broker. */
export const openMessageBus = (settings: Settings): MessageBus => {
  return openEmbeddedMessageBus({ directory: join(settings.dataDir, 'bus') });
};

/** Refuses the settings that select engines which this version does not run. @throws WrongSetting */
export const checkEngineSettings = ({ eventStoreUrl, mongodbUrl, kafkaBrokers }: Settings): void => {
  for (const [setting, value] of Object.entries({
    EVENTSTORE_URL: eventStoreUrl,
    MONGODB_URL: mongodbUrl,
    KAFKA_BROKERS: kafkaBrokers,
  })) {
    if (value !== null)
      throw new WrongSetting(`${setting} is set, but this version runs on the embedded engines alone: unset it to start.`);
  }
};
