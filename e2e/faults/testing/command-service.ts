/** command-service on engines that fail when they are told to. */
import { createCommandService } from '@rewards/command-service/dist/command-service';
import { runProcess } from '@rewards/service-kit/process';
import { breakEngines } from './break-engines';

breakEngines();

void runProcess('command-service', async (settings, logger) => {
  const service = await createCommandService(settings, logger);
  await service.app.listen(settings.ports.command, settings.host);
  return service;
});
