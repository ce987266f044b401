import { upcast } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createLogger, type Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { progressBar } from './progress-bar';
import { rebuildReadModel } from './rebuild-read-model';

const BAR_WIDTH = 40;

const print = (text: string): void => void process.stderr.write(text);

/** Runs `rebuild <name>`: fills a new version of a read model and waits until it is live. */
const main = async (settings: Settings, [name]: readonly string[]): Promise<number> => {
  const names = PROJECTIONS.map(({ name }) => name);
  if (name === undefined || !names.includes(name)) {
    print(`Name one read model, or the counter: ${[...names, 'counter'].join(', ')}.\n`);
    return 2;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());

  const store = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'write');
  // Only a terminal shows the bar, which is redrawn in place.
  const draw = (share: number): void => print(process.stderr.isTTY ? `\r${name} ${progressBar(share, BAR_WIDTH)}` : '');
  try {
    const isDone = await rebuildReadModel(
      name,
      { store, views, checkpoints: new Checkpoints(views), upcast },
      { projections: PROJECTIONS, logger: createLogger('rebuild', 'error'), onProgress: draw, signal: interrupted.signal },
    );
    const lineBreak = process.stderr.isTTY ? '\n' : '';
    print(isDone ? `${lineBreak}${name} is rebuilt.\n` : '\nInterrupted. The projections service continues the rebuild.\n');
    return isDone ? 0 : 130;
  } finally {
    await Promise.all([store.close(), views.close()]);
  }
};

runCommand(main, { maxArguments: 1, reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []) });
