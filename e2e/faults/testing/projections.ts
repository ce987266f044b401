/** projections with threads on engines into which the fault suite injects faults. */
import { Worker } from 'node:worker_threads';
import { createProjections } from '@rewards/projections/dist/projections';
import { runProcess } from '@rewards/service-kit/process';

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger, {
    startThread: (name, options) => new Worker(require.resolve(`./${name}.worker`), options),
  });
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
