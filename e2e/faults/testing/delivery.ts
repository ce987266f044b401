/** The delivery process on engines into which the fault suite injects faults. */
import { createDeliveryService } from '@rewards/command-service/dist/delivery/delivery-service';
import { openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { faultyBus, faultyCommits, faultyDocuments, faultyEventStore } from './faulty-engines';

void runProcess('delivery', async (settings, logger) => {
  const service = await createDeliveryService(settings, logger, {
    store: faultyEventStore(openEventStore(settings, 'write', faultyCommits)),
    documents: faultyDocuments(openDocumentStore(settings, 'command', 'write', faultyCommits)),
    secrets: faultyDocuments(openDocumentStore(settings, 'delivery', 'write', faultyCommits)),
    bus: faultyBus(openMessageBus(settings, faultyCommits)),
  });
  await service.app.listen(settings.ports.delivery, settings.host);
  return service;
});
