import { upcast } from '@rewards/contracts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { createLogger } from '@rewards/service-kit';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { ProjectionRunner } from '../runner/runner';

/** What the process tells: that it is about to freeze, that it goes on, and that it has written what it had loaded before. */
export type Told = 'loaded' | 'woken' | 'written';

const tell = (told: Told): Promise<void> => new Promise((resolve) => process.send?.(told, () => resolve()));

/**
 * The store, except that its first writes wait until all of the collections have been loaded and are about to be written;
 * there the process freezes itself. Whoever wakes it lets it go on as if no time had passed.
 */
const freezing = (store: DocumentStore, writers: number): DocumentStore => {
  let waiting = writers;
  let written = 0;
  let wake = () => {};
  const frozen = new Promise<void>((resolve) => (wake = resolve));
  const freeze = async (): Promise<void> => {
    await tell('loaded');
    process.kill(process.pid, 'SIGSTOP');
    await nextTurn();
    await tell('woken');
    wake();
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
        if ((written += 1) === writers) await tell('written');
      };
      return Object.assign(Object.create(collection) as typeof collection, { writeNewer });
    },
    scrub: () => store.scrub(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
};

/** Keeps all read models, and freezes once. Arguments: file of the log, file of the views, how many read models the log changes. */
const main = async ([log = '', file = '', writers = '']: readonly string[]): Promise<void> => {
  const events = openEmbeddedEventStore({ file: log, queryOnly: true });
  const views = freezing(openEmbeddedDocumentStore({ file }), Number(writers));
  const engines = { events, views, checkpoints: new Checkpoints(views), upcast };
  const ended = new AbortController();
  process.once('disconnect', () => ended.abort());
  const logger = createLogger('projections', 'silent');
  await Promise.all(PROJECTIONS.map((projection) => new ProjectionRunner(projection, engines, { logger }).run(ended.signal)));
  await Promise.all([events.close(), views.close()]);
};

void main(process.argv.slice(3));
