/** projections as a process that may be told to die at a named place. */
import { createProjections } from '@rewards/projections/dist/projections';
import { runProcess } from '@rewards/service-kit/process';
import { breakCommits, breakDocuments } from './crash-points';

breakCommits();
breakDocuments();

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger);
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
