import { upcast } from '@rewards/contracts';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { keepReadModels } from '../runner/keep-read-models';

/** Keeps all read models of a folder until its parent disconnects. Arguments: the folder. */
const main = async ([dataDir = '']: readonly string[]): Promise<void> => {
  const settings = readSettings({ DATA_DIR: dataDir });
  const store = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'write');
  const ended = new AbortController();
  process.once('disconnect', () => ended.abort());
  process.send?.('started');
  const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
  await keepReadModels(PROJECTIONS, engines, { logger: createLogger('projections', 'silent') }, ended.signal);
  await Promise.all([store.close(), views.close()]);
};

void main(process.argv.slice(3));
