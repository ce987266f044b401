/** auth-service on engines that fail when they are told to. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { runProcess } from '@rewards/service-kit/process';
import { breakEngines } from './break-engines';

breakEngines();

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, {
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
