/** auth-service on engines into which the fault suite injects faults. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { openDocumentStore, openMessageBus } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { faultyCommits, faultyBus, faultyDocuments } from './faulty-engines';

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, {
    documents: faultyDocuments(openDocumentStore(settings, 'accounts', 'write', faultyCommits)),
    bus: faultyBus(openMessageBus(settings, faultyCommits)),
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
