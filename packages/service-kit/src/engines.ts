import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import type { EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore, type EmbeddedEventStoreOptions } from '@rewards/event-store/adapters/embedded';
import type { MessageBus } from '@rewards/message-bus';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { isDamaged, reasonOf, type Engine } from './failures';
import { InvalidSettings, type Settings } from './settings';

/** Whether the caller writes the data, or reads the data of another service. */
export type Access = 'write' | 'read';

/** Databases of the document store. Those of accounts and deliveries hold what nothing can rebuild: passwords and secrets. */
export type DatabaseName = 'accounts' | 'views' | 'command' | 'delivery';

/** Options that a composition root may pass to an embedded engine. */
export type EmbeddedOptions = Pick<EmbeddedEventStoreOptions, 'runCommit'>;

export interface EventStoreOptions extends EmbeddedOptions {
  /** How long an append without a response is retried; by default, as long as the adapter chooses. */
  readonly retryForMs?: number;
}

/**
 * Opens the log, which command-service writes.
 * @throws InvalidSettings
 */
export const openEventStore = (
  { eventStoreUrl, dataDir }: Settings,
  access: Access,
  { retryForMs, ...embedded }: EventStoreOptions = {},
): EventStore =>
  eventStoreUrl === null
    ? openEmbeddedEventStore({ file: join(dataDir, 'events.db'), queryOnly: access === 'read', ...embedded })
    : openOrReject('EVENTSTORE_URL', () =>
        eventStoreDb().openEventStoreDb({ url: eventStoreUrl, ...(retryForMs !== undefined && { retryForMs }) }),
      );

/** Read models and checkpoints can be rebuilt from the log. */
const REMEDY_OF_DERIVED = 'delete it with its -wal and -shm files; it is rebuilt from the log';

const isPrecious = (database: DatabaseName): boolean => database === 'accounts' || database === 'delivery';

/**
 * Opens a database of documents.
 * @throws InvalidSettings
 */
export const openDocumentStore = (
  { mongodbUrl, mongodbDatabase, dataDir }: Settings,
  database: DatabaseName,
  access: Access,
  embedded: EmbeddedOptions = {},
): DocumentStore => {
  const queryOnly = access === 'read';
  return mongodbUrl === null
    ? openEmbeddedDocumentStore({
        file: join(dataDir, `${database}.db`),
        queryOnly,
        secureDelete: isPrecious(database),
        ...(!isPrecious(database) && { remedy: REMEDY_OF_DERIVED }),
        ...embedded,
      })
    : openOrReject('MONGODB_URL', () =>
        mongoDb().openMongoDocumentStore({ url: mongodbUrl, database: `${mongodbDatabase}_${database}`, queryOnly }),
      );
};

/** Checks the connection strings without connecting. @returns a sentence for each string that its driver rejects */
export const connectionProblems = (settings: Settings): string[] =>
  [
    () => settings.eventStoreUrl !== null && openEventStore(settings, 'read'),
    () => settings.mongodbUrl !== null && openDocumentStore(settings, 'accounts', 'read'),
  ].flatMap((open) => {
    try {
      const engine = open();
      if (engine) void engine.close().catch(() => undefined);
      return [];
    } catch (error) {
      return [reasonOf(error)];
    }
  });

/** Opens the message bus. */
export const openMessageBus = (
  { kafkaBrokers, kafkaPartitions, kafkaPrefix, dataDir }: Settings,
  embedded: EmbeddedOptions = {},
): MessageBus =>
  kafkaBrokers === null
    ? openEmbeddedMessageBus({ directory: join(dataDir, 'bus'), ...embedded })
    : kafka().openKafkaMessageBus({
        brokers: kafkaBrokers,
        clientId: 'login-rewards',
        partitions: kafkaPartitions,
        prefix: kafkaPrefix,
      });

// A driver takes a tenth of a second and 20 MB to load, so it is loaded only when it is used.
const eventStoreDb = () =>
  require('@rewards/event-store/adapters/eventstoredb') as typeof import('@rewards/event-store/adapters/eventstoredb');
const mongoDb = () =>
  require('@rewards/document-store/adapters/mongodb') as typeof import('@rewards/document-store/adapters/mongodb');
const kafka = () => require('@rewards/message-bus/adapters/kafka') as typeof import('@rewards/message-bus/adapters/kafka');

/**
 * Lists files that `npm run move` copies from `DATA_DIR`, and that every `DATA_DIR` contains: of the embedded engines that the
 * settings replace. `delivery.db` is missing before the first start of a release with deliveries; it is copied if it exists.
 * @throws InvalidSettings if the settings replace none
 */
export const filesToMove = ({ eventStoreUrl, mongodbUrl, kafkaBrokers }: Settings): readonly string[] => {
  const files = [
    ...(eventStoreUrl === null ? [] : ['events.db']),
    ...(mongodbUrl === null ? [] : ['accounts.db']),
    ...(kafkaBrokers === null ? [] : ['bus']),
  ];
  if (files.length > 0) return files;
  throw new InvalidSettings(
    'There is nothing to move to. Set EVENTSTORE_URL, MONGODB_URL or KAFKA_BROKERS to the engines to move to.',
  );
};

/** Describes each engine and its address for people, without credentials. */
export const describeEngines = ({
  eventStoreUrl,
  mongodbUrl,
  kafkaBrokers,
  dataDir,
}: Pick<Settings, 'eventStoreUrl' | 'mongodbUrl' | 'kafkaBrokers' | 'dataDir'>): Readonly<Record<Engine, string>> => ({
  eventStore: eventStoreUrl === null ? `the embedded event store in ${dataDir}` : `EventStoreDB at ${hostsOf(eventStoreUrl)}`,
  documentStore: mongodbUrl === null ? `the embedded document store in ${dataDir}` : `MongoDB at ${hostsOf(mongodbUrl)}`,
  messageBus:
    kafkaBrokers === null ? `the embedded message bus in ${join(dataDir, 'bus')}` : `Kafka at ${kafkaBrokers.join(',')}`,
});

/**
 * Checks that an engine is available before a command starts, because the command would wait for it silently.
 * @param place the engine as `describeEngines` describes it
 * @throws Error that names the engine and its address; the engine's own error if a file is damaged
 */
export const requireAvailable = async (place: string, engine: { readonly ping: () => Promise<void> }): Promise<void> => {
  try {
    await engine.ping();
  } catch (error) {
    throw isDamaged(error) ? error : new Error(`${place} is unavailable: ${reasonOf(error)}`, { cause: error });
  }
};

/** Returns the hosts and ports of a connection string. Its password may contain an @. */
const hostsOf = (url: string): string =>
  url
    .replace(/^[^:]*:\/\//, '')
    .replace(/[/?].*$/, '')
    .replace(/^.*@/, '');

/** Opens an engine. A driver's error may contain the password, so the thrown error names only the setting. */
const openOrReject = <Engine>(setting: string, open: () => Engine): Engine => {
  try {
    return open();
  } catch {
    throw new InvalidSettings(`${setting} must be a connection string that its driver accepts.`);
  }
};
