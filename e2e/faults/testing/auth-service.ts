/** auth-service as a process that may be told to die at a named place. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { runProcess } from '@rewards/service-kit/process';
import { breakBus, breakCommits, breakDocuments } from './crash-points';

breakCommits();
breakBus();
breakDocuments();

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, {
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
