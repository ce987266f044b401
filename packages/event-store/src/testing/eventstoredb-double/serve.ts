import { EventStoreDbDouble } from './double';

/**
 * Runs the double as a server until SIGINT or SIGTERM, and prints its connection string for EVENTSTORE_URL.
 * Usage: node packages/testing/src/run-typescript.cjs packages/event-store/src/testing/eventstoredb-double/serve.ts [port]
 */
const main = async (): Promise<void> => {
  const [, , , port] = process.argv;
  const double = await EventStoreDbDouble.start(port === undefined ? undefined : Number(port));
  process.stdout.write(`${double.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void double.stop().then(() => process.exit(0)));
};

void main();
