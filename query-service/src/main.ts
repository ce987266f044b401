import { runProcess } from '@rewards/service-kit/process';
import { createQueryService } from './query-service';

void runProcess('query-service', async (settings, logger) => {
  const service = await createQueryService(settings, logger);
  await service.app.listen(settings.ports.query, settings.host);
  return service;
});
