/** auth-service on engines that fail when they are told to. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { openDocumentStore, openMessageBus } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { breakCommits, brokenBus, brokenDocuments } from './break-engines';

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, {
    documents: brokenDocuments(openDocumentStore(settings, 'accounts', 'write', breakCommits)),
    bus: brokenBus(openMessageBus(settings, breakCommits)),
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
