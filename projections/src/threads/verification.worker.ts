import { upcast } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { verify } from '../verification/verification';
import { toPlainError } from './plain-error';
import { ThreadPort } from './thread-port';

/** Verifies the log and the read models once. */
const main = async (): Promise<void> => {
  const port = new ThreadPort();
  const { settings, stopped } = port;
  const store = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'read');
  try {
    const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
    port.post({ kind: 'verified', report: await verify(PROJECTIONS, engines, { signal: stopped.signal }) });
  } catch (error) {
    port.post({ kind: 'failed', error: toPlainError(error) });
  }
  await Promise.all([store.close(), views.close()]);
  port.close();
};

void main();
