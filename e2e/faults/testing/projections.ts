/** projections on engines that fail when they are told to. */
import { createProjections } from '@rewards/projections/dist/projections';
import { runProcess } from '@rewards/service-kit/process';
import { breakEngines } from './break-engines';

breakEngines();

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger);
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
