/** command-service as a process that may be told to die at a named place. */
import { createCommandService } from '@rewards/command-service/dist/command-service';
import { runProcess } from '@rewards/service-kit/process';
import { breakBus, breakCommits } from './crash-points';

breakCommits();
breakBus();

void runProcess('command-service', async (settings, logger) => {
  const service = await createCommandService(settings, logger);
  await service.app.listen(settings.ports.command, settings.host);
  return service;
});
