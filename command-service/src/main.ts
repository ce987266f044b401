import { runProcess } from '@rewards/service-kit/process';
import { createCommandService } from './command-service';

void runProcess('command-service', async (settings, logger) => {
  const service = await createCommandService(settings, logger);
  await service.app.listen(settings.ports.command, settings.host);
  return service;
});
