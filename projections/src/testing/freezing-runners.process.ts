import { upcast } from '@rewards/contracts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { createLogger } from '@rewards/service-kit';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { ProjectionRunner } from '../runner/runner';

/** A message to the parent process: about to freeze, resumed, or has written the documents that it loaded before. */
export type FreezeMessage = 'loaded' | 'woken' | 'written';

const report = (message: FreezeMessage): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

/**
 * Wraps a store so that the first write of each collection waits until all `writers` are about to write. The process then stops
 * itself with SIGSTOP. After a SIGCONT it continues as if no time had passed.
 */
const withFreeze = (store: DocumentStore, writers: number): DocumentStore => {
  let waiting = writers;
  let written = 0;
  let resume = () => {};
  const frozen = new Promise<void>((resolve) => (resume = resolve));
  const freeze = async (): Promise<void> => {
    await report('loaded');
    process.kill(process.pid, 'SIGSTOP');
    await nextTurn();
    await report('woken');
    resume();
  };
  return {
    collection: async (spec) => {
      const collection = await store.collection(spec);
      let isFirst = true;
      const writeNewer: typeof collection.writeNewer = async (documents) => {
        if (!isFirst) return collection.writeNewer(documents);
        isFirst = false;
        if ((waiting -= 1) === 0) void freeze();
        await frozen;
        await collection.writeNewer(documents);
        if ((written += 1) === writers) await report('written');
      };
      return Object.assign(Object.create(collection) as typeof collection, { writeNewer });
    },
    scrub: () => store.scrub(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
};

/** Keeps all read models, and freezes once. Arguments: file of the log, file of the views, number of read models that the log changes. */
const main = async ([log = '', file = '', writers = '']: readonly string[]): Promise<void> => {
  const store = openEmbeddedEventStore({ file: log, queryOnly: true });
  const views = withFreeze(openEmbeddedDocumentStore({ file }), Number(writers));
  const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
  const ended = new AbortController();
  process.once('disconnect', () => ended.abort());
  const logger = createLogger('projections', 'silent');
  await Promise.all(PROJECTIONS.map((projection) => new ProjectionRunner(projection, engines, { logger }).run(ended.signal)));
  await Promise.all([store.close(), views.close()]);
};

void main(process.argv.slice(3));
