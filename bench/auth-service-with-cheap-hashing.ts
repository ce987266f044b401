/** auth-service with cheap password hashing, for loads that measure everything else. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { runProcess } from '@rewards/service-kit/process';

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, { passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 } });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
