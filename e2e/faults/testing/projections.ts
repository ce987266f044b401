/** projections on engines into which the fault suite injects faults. */
import { createProjections } from '@rewards/projections/dist/projections';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { faultyCommits, faultyDocuments, faultyEventStore } from './faulty-engines';

void runProcess('projections', async (settings, logger) => {
  const service = await createProjections(settings, logger, {
    store: faultyEventStore(openEventStore(settings, 'read')),
    views: faultyDocuments(openDocumentStore(settings, 'views', 'write', faultyCommits)),
  });
  await service.app.listen(settings.ports.projections, settings.host);
  return service;
});
