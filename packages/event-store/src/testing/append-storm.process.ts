/**
 * Appends to the double of EventStoreDB while connections break and reads fail. Runs in a separate process, because an uncaught
 * error of the client crashes the process.
 */
import { openEventStoreDb } from '../adapters/eventstoredb';
import { NO_STREAM } from '../event-store';
import { EventStoreDbDouble } from './eventstoredb-double';
import { newEvent } from './new-event';

const ROUNDS = 2;
const APPENDERS = 48;
/** Large enough to fill the connection while the server is frozen. */
const LARGE = 'x'.repeat(200_000);

const storm = async (): Promise<void> => {
  const double = await EventStoreDbDouble.start();
  const store = openEventStoreDb({ url: double.url, timeoutMs: 20_000, retryForMs: 20_000 });
  for (let round = 0; round < ROUNDS; round += 1) {
    double.refuseReads(1);
    await store.readStream('any').catch(() => undefined);
    double.freeze();
    const appending = Array.from({ length: APPENDERS }, (_, index) =>
      store.append(`round-${round}-${index}`, NO_STREAM, [newEvent({ text: LARGE })]),
    );
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    double.dropConnections();
    double.thaw();
    double.failAppends('unavailable after writing', 'unavailable before writing');
    await Promise.all(appending);
    double.dropAppends();
  }
  const written = double.log.all.filter(({ stream }) => stream.startsWith('round-')).length;
  await store.close();
  await double.stop();
  process.exitCode = written === ROUNDS * APPENDERS ? 0 : 2;
};

void storm();
