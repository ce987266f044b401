import { join } from 'node:path';

/** Host and port of each server that a connection string names. A password may hold an @. */
const hostsOf = (url) =>
  url
    .replace(/^[^:]*:\/\//, '')
    .replace(/[/?].*$/, '')
    .replace(/^.*@/, '');

const ENGINES = [
  { port: 'event store', setting: 'EVENTSTORE_URL', engine: 'EventStoreDB', folder: '.' },
  { port: 'document store', setting: 'MONGODB_URL', engine: 'MongoDB', folder: '.' },
  { port: 'message bus', setting: 'KAFKA_BROKERS', engine: 'Kafka', folder: 'bus' },
];

/** Where each engine of the settings is, one line each, without credentials. */
export const describeEngines = (env, dataDir) =>
  ENGINES.map(({ port, setting, engine, folder }) => {
    const value = env[setting]?.trim();
    return `  ${port}: ${value ? `${engine} at ${hostsOf(value)}` : `embedded, in ${join(dataDir, folder)}`}`;
  }).join('\n');

/** Whether an engine of the settings keeps its files in the data directory. */
export const usesEmbeddedEngine = (env) => ENGINES.some(({ setting }) => !env[setting]?.trim());
