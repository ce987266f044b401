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

/**
 * The log: command-service writes it.
 * @param retryForMs how long an append whose answer was lost is retried; the adapter's default when it is left out
 * @throws WrongSetting
 */
export const openEventStore = ({ eventStoreUrl, dataDir }: Settings, access: Access, retryForMs?: number): EventStore =>
  eventStoreUrl === null
    ? openEmbeddedEventStore({ file: join(dataDir, 'events.db'), queryOnly: access === 'read' })
    : opened('EVENTSTORE_URL', () =>
        eventStoreDb().openEventStoreDb({ url: eventStoreUrl, ...(retryForMs !== undefined && { retryForMs }) }),
      );

/**
 * One database of documents.
 * @throws WrongSetting
 */
export const openDocumentStore = (
  { mongodbUrl, mongodbDatabase, dataDir }: Settings,
  database: DatabaseName,
  access: Access,
): DocumentStore => {
  const queryOnly = access === 'read';
  return mongodbUrl === null
    ? openEmbeddedDocumentStore({ file: join(dataDir, `${database}.db`), queryOnly, secureDelete: database === 'accounts' })
    : opened('MONGODB_URL', () =>
        mongoDb().openMongoDocumentStore({ url: mongodbUrl, database: `${mongodbDatabase}_${database}`, queryOnly }),
      );
};

/** The broker. */
export const openMessageBus = ({ kafkaBrokers, kafkaPartitions, kafkaPrefix, dataDir }: Settings): MessageBus =>
  kafkaBrokers === null
    ? openEmbeddedMessageBus({ directory: join(dataDir, 'bus') })
    : kafka().openKafkaMessageBus({
        brokers: kafkaBrokers,
        clientId: 'login-rewards',
        partitions: kafkaPartitions,
        prefix: kafkaPrefix,
      });

// A driver takes a tenth of a second and 20 MB to load: only who uses it pays for it.
const eventStoreDb = () =>
  require('@rewards/event-store/adapters/eventstoredb') as typeof import('@rewards/event-store/adapters/eventstoredb');
const mongoDb = () =>
  require('@rewards/document-store/adapters/mongodb') as typeof import('@rewards/document-store/adapters/mongodb');
const kafka = () => require('@rewards/message-bus/adapters/kafka') as typeof import('@rewards/message-bus/adapters/kafka');

/** What a driver says of a connection string may hold a password: only the setting is named. */
const opened = <Engine>(setting: string, open: () => Engine): Engine => {
  try {
    return open();
  } catch {
    throw new WrongSetting(`${setting} is no connection string that its driver takes.`);
  }
};
