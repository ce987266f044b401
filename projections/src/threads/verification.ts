import type { Upcast } from '@rewards/contracts';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { verify } from '../verification/verification';
import type { OpenEngines } from './open-engines';
import { toPlainError } from './plain-error';
import { ThreadPort } from './thread-port';

/** Does one part of a verification in a thread of its own. */
export const runVerification = async ({ openStore, openViews }: OpenEngines, upcast: Upcast): Promise<void> => {
  const port = new ThreadPort();
  const { settings, stopped, parts } = port;
  const store = openStore(settings, 'read');
  const views = openViews(settings, 'views', 'read');
  try {
    const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
    port.post({ kind: 'verified', report: await verify(PROJECTIONS, engines, { signal: stopped.signal, parts }) });
  } catch (error) {
    port.post({ kind: 'failed', error: toPlainError(error) });
  }
  await Promise.all([store.close(), views.close()]);
  port.close();
};
