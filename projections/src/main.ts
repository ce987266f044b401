import { runProcess } from '@rewards/service-kit/process';
import { createProjections } from './projections';

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger);
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
