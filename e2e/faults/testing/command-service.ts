/** command-service on engines into which the fault suite injects faults. */
import { createCommandService } from '@rewards/command-service/dist/command-service';
import { openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { faultyCommits, faultyBus, faultyDocuments, faultyEventStore } from './faulty-engines';

void runProcess('command-service', async (settings, logger) => {
  const service = await createCommandService(settings, logger, {
    store: faultyEventStore(openEventStore(settings, 'write', faultyCommits)),
    documents: faultyDocuments(openDocumentStore(settings, 'command', 'write', faultyCommits)),
    bus: faultyBus(openMessageBus(settings, faultyCommits)),
  });
  await service.app.listen(settings.ports.command, settings.host);
  return service;
});
