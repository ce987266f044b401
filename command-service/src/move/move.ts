import { START } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import {
  describeEngines,
  filesToMove,
  openDocumentStore,
  openEventStore,
  openMessageBus,
  requireAvailable,
} from '@rewards/service-kit/engines';
import { createProgressPrinter } from '@rewards/service-kit/progress';
import { CHECKPOINTS } from '../counter/checkpoint';
import { moveLog } from './move-log';
import { moveMessages } from './move-messages';
import { moveSecrets } from './move-secrets';

const PAGE = 100;

const print = (text: string): void => void process.stdout.write(text);

/** The second half of `npm run move`: copies log, secrets and messages from `DATA_DIR` to the configured engines. */
const main = async (settings: Settings): Promise<void> => {
  if (settings.eventStoreUrl !== null) await toEventStoreDb(settings);
  if (settings.mongodbUrl !== null) await toMongoDb(settings);
  if (settings.kafkaBrokers !== null) await toKafka(settings);
};

const toEventStoreDb = async (settings: Settings): Promise<void> => {
  const from = openEventStore({ ...settings, eventStoreUrl: null }, 'read');
  // The adapter must not retry, because that would change the order of the appends in flight.
  const to = openEventStore(settings, 'write', { retryForMs: 0 });
  try {
    await requireAvailable(describeEngines(settings).eventStore, to);
    const total = from.eventsBetween(START, await from.head());
    const moved = await moveLog(
      from,
      to,
      createProgressPrinter((line) => print(`${line}\n`), total, 'events'),
    );
    await removeCheckpoints(settings);
    print(`${moved} events are in EventStoreDB.\n`);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

/** Removes the checkpoints of the old log. The counter counts again from the start of the new log, and counts nothing twice. */
const removeCheckpoints = async (settings: Settings): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'write');
  try {
    const checkpoints = await documents.collection(CHECKPOINTS);
    for (let page = await checkpoints.scan(null, PAGE); page.length > 0; page = await checkpoints.scan(null, PAGE))
      for (const { id, version } of page) await checkpoints.delete(id, version);
  } finally {
    await documents.close();
  }
};

/** The other documents of this service are rebuilt from the log. */
const toMongoDb = async (settings: Settings): Promise<void> => {
  const from = openDocumentStore({ ...settings, mongodbUrl: null }, 'delivery', 'read');
  const to = openDocumentStore(settings, 'delivery', 'write');
  try {
    await requireAvailable(describeEngines(settings).documentStore, to);
    print(`${await moveSecrets(from, to)} secrets of endpoints are in MongoDB.\n`);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

const toKafka = async (settings: Settings): Promise<void> => {
  const from = openMessageBus({ ...settings, kafkaBrokers: null });
  const to = openMessageBus(settings);
  try {
    await requireAvailable(describeEngines(settings).messageBus, to);
    const moved = await moveMessages(from, to, (error) => print(`Moving a message failed, retrying: ${String(error)}\n`));
    print(`${moved} pending messages are in Kafka.\n`);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

runCommand(main, { reads: filesToMove });
