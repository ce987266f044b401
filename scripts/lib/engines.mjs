import { join } from 'node:path';

/** Returns hosts and ports of a connection string. Its password may contain an @. */
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

/** Describes the engine of each port in one line, without credentials. */
export const describeEngines = (env, dataDir) =>
  ENGINES.map(({ port, setting, engine, folder }) => {
    const value = env[setting]?.trim();
    return `  ${port}: ${value ? `${engine} at ${hostsOf(value)}` : `embedded, in ${join(dataDir, folder)}`}`;
  }).join('\n');

/** Returns whether an engine is embedded, with its files in the data directory. */
export const usesEmbeddedEngine = (env) => ENGINES.some(({ setting }) => !env[setting]?.trim());
