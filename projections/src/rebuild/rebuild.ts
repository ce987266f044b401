import { upcast } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createLogger, type Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { progressBar } from './progress-bar';
import { rebuildReadModel } from './rebuild-read-model';

const BAR_WIDTH = 40;

const say = (text: string): void => void process.stderr.write(text);

/** `rebuild <name>`: fills a read model anew, beside the live version, and waits for it. */
const main = async (settings: Settings, [name]: readonly string[]): Promise<number> => {
  const names = PROJECTIONS.map(({ name }) => name);
  if (name === undefined || !names.includes(name)) {
    say(`Name one read model, or the counter: ${[...names, 'counter'].join(', ')}.\n`);
    return 2;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());

  const events = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'write');
  // A bar on a terminal is drawn over itself; a file gets its last state alone.
  const draw = (share: number): void => say(process.stderr.isTTY ? `\r${name} ${progressBar(share, BAR_WIDTH)}` : '');
  try {
    const isDone = await rebuildReadModel(
      name,
      { events, views, checkpoints: new Checkpoints(views), upcast },
      { projections: PROJECTIONS, logger: createLogger('rebuild', 'error'), onProgress: draw, signal: interrupted.signal },
    );
    say(isDone ? `${process.stderr.isTTY ? '\n' : ''}${name} is rebuilt.\n` : '\nInterrupted: the service goes on with it.\n');
    return isDone ? 0 : 130;
  } finally {
    await Promise.all([events.close(), views.close()]);
  }
};

runCommand(main, { maxArguments: 1, reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []) });
