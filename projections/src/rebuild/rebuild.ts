import { upcast } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createLogger, type Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { fillNext } from './fill-next';
import { progressBar } from './progress-bar';
import { rebuildReadModel } from './rebuild-read-model';

const BAR_WIDTH = 40;
/** The argument that fills the next version of every read model that this release changes. */
const NEXT = 'next';

const print = (text: string): void => void process.stderr.write(text);

/** Runs `rebuild <name>`, which fills a new version of a read model and waits until it is live, or `rebuild next`. */
const main = async (settings: Settings, [name]: readonly string[]): Promise<number> => {
  const names = PROJECTIONS.map(({ name }) => name);
  if (name === undefined || ![...names, NEXT].includes(name)) {
    print(`Name one read model, the counter, or ${NEXT}: ${[...names, 'counter', NEXT].join(', ')}.\n`);
    return 2;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());

  const store = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'write');
  // Only a terminal shows the bar, which is redrawn in place.
  const drawOf = (model: string, share: number): void =>
    print(process.stderr.isTTY ? `\r${model} ${progressBar(share, BAR_WIDTH)}` : '');
  const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
  const options = { projections: PROJECTIONS, logger: createLogger('rebuild', 'error'), signal: interrupted.signal };
  try {
    if (name === NEXT) {
      const filled = await fillNext(engines, { ...options, onProgress: drawOf });
      print(
        filled.length === 0
          ? 'This release changes no read model.\n'
          : `The next versions of ${filled.join(', ')} are filled. Start the services of this release now.\n`,
      );
      return 0;
    }
    const isDone = await rebuildReadModel(name, engines, { ...options, onProgress: (share) => drawOf(name, share) });
    const lineBreak = process.stderr.isTTY ? '\n' : '';
    print(isDone ? `${lineBreak}${name} is rebuilt.\n` : '\nInterrupted. The projections service continues the rebuild.\n');
    return isDone ? 0 : 130;
  } finally {
    await Promise.all([store.close(), views.close()]);
  }
};

runCommand(main, { maxArguments: 1, reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []) });
