/** projections on engines that fail when they are told to. */
import { createProjections } from '@rewards/projections/dist/projections';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { breakCommits, brokenDocuments, brokenLog } from './break-engines';

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger, {
    events: brokenLog(openEventStore(settings, 'read')),
    views: brokenDocuments(openDocumentStore(settings, 'views', 'write', breakCommits)),
  });
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
