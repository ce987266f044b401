/** command-service on engines that fail when they are told to. */
import { createCommandService } from '@rewards/command-service/dist/command-service';
import { openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { runProcess } from '@rewards/service-kit/process';
import { breakCommits, brokenBus, brokenDocuments, brokenLog } from './break-engines';

void runProcess('command-service', async (settings, logger) => {
  const service = await createCommandService(settings, logger, {
    store: brokenLog(openEventStore(settings, 'write', breakCommits)),
    documents: brokenDocuments(openDocumentStore(settings, 'command', 'write', breakCommits)),
    bus: brokenBus(openMessageBus(settings, breakCommits)),
  });
  await service.app.listen(settings.ports.command, settings.host);
  return service;
});
